import type { IWhySentence } from '.';

/**
 * HTCondor's hold codes and the ends of jobs (HTCondor manual, "Job ClassAd
 * Attributes", HoldReasonCode). Codes begin with `htcondor.`
 */
export const HTCONDOR_WHYS: Readonly<Record<string, IWhySentence>> = {};
