import type { IWhySentence } from '.';

/**
 * Slurm's job reasons and final states (Slurm manual, "Job Reason Codes";
 * squeue(1), JOB STATE CODES). Codes begin with `slurm.`
 */
export const SLURM_WHYS: Readonly<Record<string, IWhySentence>> = {};
