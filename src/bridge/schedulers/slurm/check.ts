import type { FieldProblem, Profile, SchedulerOptions } from '../../../protocol';
import { furtherProblems } from './further';

export type SlurmOptions = Extract<SchedulerOptions, { kind: 'slurm' }>;

/** The Slurm part of a profile. @throws TypeError for a profile of another scheduler */
export function slurmOptions(profile: Pick<Profile, 'scheduler'>): SlurmOptions {
  if (profile.scheduler.kind !== 'slurm') {
    throw new TypeError(`a profile for ${profile.scheduler.kind} given to Slurm`);
  }
  return profile.scheduler;
}

/**
 * What is wrong with a folder for submissions: slurmd reads the paths of a
 * job's output as patterns, with the folder in front (sbatch(1), "filename
 * pattern"; tried with 22.05), and then no job of it can be launched.
 */
export const folderProblem = (folder: string): string | null =>
  /[%\\]/.test(folder)
    ? 'Slurm cannot start jobs in a folder with a % or a backslash in its path: name another.'
    : null;

/** Whether generic resources name GPUs, as in `gpu:a100:1,nvme:200`. */
export const namesGpus = (gres: string): boolean =>
  /(^|,)\s*(gres[:/])?gpu([:=]|,|\s*$)/.test(gres);

/** What is wrong with Slurm's own fields, without asking Slurm. */
export function checkSlurm(profile: Profile): FieldProblem[] {
  const options = slurmOptions(profile);
  const problems: FieldProblem[] = [];
  const error = (field: string, message: string): void => {
    problems.push({ field, message, severity: 'error' });
  };
  const warning = (field: string, message: string): void => {
    problems.push({ field, message, severity: 'warning' });
  };
  if (options.gres !== undefined && namesGpus(options.gres) && profile.pilot.gpus > 0) {
    error(
      'scheduler.gres',
      `Say how many GPUs a pilot has once: here, or as the number of GPUs (${profile.pilot.gpus}).`
    );
  }
  if (options.mailUser !== undefined && options.mailType.length === 0) {
    warning('scheduler.mailType', 'Slurm writes of nothing unless it is told of which events.');
  }
  if (options.mailType.includes('NONE') && options.mailType.length > 1) {
    error('scheduler.mailType', 'NONE excludes all others.');
  }
  if (profile.pilot.walltime === undefined) {
    warning(
      'pilot.walltime',
      'Without a walltime the partition’s default holds, and pilots may not know when they end.'
    );
  }
  for (const [field, value] of [
    ['scheduler.account', options.account],
    ['scheduler.partition', options.partition],
    ['scheduler.qos', options.qos],
    ['scheduler.reservation', options.reservation]
  ] as const) {
    if (value !== undefined && (/\s/.test(value) || value === '')) {
      error(field, 'Names in Slurm have no spaces.');
    }
  }
  const unfit = folderProblem(profile.submitHost.folder ?? '');
  if (unfit !== null) {
    error('submitHost.folder', unfit);
  }
  for (const [index, file] of profile.environment.files.entries()) {
    if (!/^~?\//.test(file)) {
      error(
        `environment.files.${index}`,
        'An absolute path, or one that begins with ~/, which nodes see as the submit host does: Slurm itself brings no files.'
      );
    }
  }
  return [...problems, ...furtherProblems(options.further, profile.pilot.cores)];
}
