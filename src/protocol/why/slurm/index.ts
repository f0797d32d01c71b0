import { SLURM_ACCOUNTS } from './accounts';
import { SLURM_HELD } from './held';
import { SLURM_LIMITS } from './limits';
import { SLURM_PLACES } from './places';
import { SLURM_QUEUE } from './queue';
import type { IExplained } from '../sentence';
import { SLURM_STATES } from './states';

export type { IExplained } from '../sentence';

/**
 * Slurm's job reasons and final states (Slurm manual, "Job Reason Codes" and
 * "Job State Codes"), of versions 22.05 to 26.05. Codes begin with `slurm.`
 */
export const SLURM_WHYS: Readonly<Record<string, IExplained>> = Object.fromEntries(
  [SLURM_LIMITS, SLURM_QUEUE, SLURM_PLACES, SLURM_ACCOUNTS, SLURM_HELD, SLURM_STATES].flatMap(
    part => Object.entries(part).map(([name, explained]) => [`slurm.${name}`, explained])
  )
);
