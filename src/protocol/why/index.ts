import { HTCONDOR_WHYS } from './htcondor';
import { PILOT_WHYS } from './pilot';
import type { IWhySentence } from './sentence';
import { SLURM_WHYS } from './slurm';

/** All that a pilot's trouble can be, in plain words; one table for every language that shows it. */
export const WHYS: Readonly<Record<string, IWhySentence>> = {
  ...PILOT_WHYS,
  ...SLURM_WHYS,
  ...HTCONDOR_WHYS
};

export { holdWhy, htcondorWhy, portWhy, type IHoldUsage } from './htcondor';
export { pilotWhy } from './pilot';
export { Why, WhyAction, type IWhySentence } from './sentence';
