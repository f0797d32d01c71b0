import { z } from 'zod';
import { PoolName } from '../ids';
import { SubmitHost, UplinkOptions } from './host';
import { oneLine, SchedulerOptions } from './scheduler';
import { parseWalltime } from './walltime';

export * from './host';
export * from './scheduler';
export * from './walltime';

export const PilotShape = z.strictObject({
  cores: z.int().min(1).max(4096).default(1).describe('Cores of one pilot.'),
  memoryMiB: z
    .int()
    .min(
      1,
      'Say how much memory one pilot needs; 0 would mean all of a node to one scheduler and none to another.'
    )
    .optional()
    .describe('Memory of one pilot in MiB.'),
  gpus: z.int().min(0).max(64).default(0).describe('GPUs of one pilot.'),
  workers: z
    .int()
    .min(1)
    .max(4096)
    .optional()
    .describe('Tasks that one pilot runs at the same time; as many as cores if not said.'),
  diskMiB: z.int().min(1).optional().describe('Scratch space of one pilot in MiB.'),
  walltime: z
    .string()
    .max(50)
    .superRefine((text, context) => {
      const read = parseWalltime(text);
      if ('problem' in read) {
        context.addIssue({ code: 'custom', message: read.problem });
      }
    })
    .optional()
    .describe('The longest life of one pilot, in any form that Slurm takes, as in 2-15:59:00.')
});

export const EnvironmentOptions = z.strictObject({
  kind: z.enum(['site']).default('site').describe('Where packages come from.'),
  modules: z
    .array(oneLine(200))
    .max(100)
    .default([])
    .describe('Environment modules loaded first, in this order, as in python/3.11.'),
  python: z
    .string()
    .max(4096)
    .optional()
    .describe('The Python that pilots use; that of the notebook’s kernel if not said.'),
  workerInit: z
    .string()
    .max(100_000)
    .default('')
    .describe('Shell lines run in each pilot before Python starts, byte for byte.'),
  setupSeconds: z
    .int()
    .min(10)
    .max(86_400)
    .default(1200)
    .describe('Modules and worker_init that take longer than this have failed.'),
  files: z
    .array(oneLine(4096))
    .max(1000)
    .default([])
    .describe(
      'Files of the submit host that tasks find where they run, but for a folder of the notebook’s or one named here.'
    ),
  sharesFiles: z
    .boolean()
    .optional()
    .describe(
      'Whether pilots see the notebook’s own files and packages; only those of this computer do if not said.'
    ),
  folder: z
    .string()
    .max(4096)
    .optional()
    .describe('The folder tasks run in; that of the notebook if not said.')
});

export const ScalingOptions = z.strictObject({
  initial: z
    .int()
    .min(0)
    .max(10_000)
    .optional()
    .describe('Pilots asked for by load() without a number.'),
  min: z
    .int()
    .min(0)
    .max(10_000)
    .default(0)
    .describe('Fewest pilots that automatic scaling goes down to, where a notebook does not say.'),
  max: z.int().min(1).max(10_000).default(64).describe('Never more pilots than this.'),
  automatic: z.boolean().default(true).describe('Whether automatic scaling is allowed here.'),
  automaticWhy: z
    .string()
    .max(500)
    .optional()
    .describe('Why automatic scaling is not allowed here, for those who wonder.'),
  idleSeconds: z
    .int()
    .min(1)
    .default(600)
    .describe('A pilot without a lease for this long ends by itself.'),
  restSeconds: z
    .number()
    .min(0.1)
    .default(60)
    .describe('A lease without a task for this long is given back.'),
  noContactSeconds: z
    .int()
    .min(5)
    .default(600)
    .describe('A pilot that cannot reach home for this long ends by itself.'),
  drainSeconds: z
    .number()
    .min(0)
    .default(60)
    .describe(
      'A pilot takes no new task once less of its walltime is left than the longest task so far and this; at most half the walltime.'
    )
});

export const LogOptions = z.strictObject({
  keepDays: z
    .number()
    .min(0)
    .max(3650)
    .default(14)
    .describe('The files of an ended pilot are kept for this many days.')
});

/**
 * A profile: where and how to run. Saved as JSON; this schema also drives the
 * form, the checks and the docs. Unknown keys are refused, so that a typing
 * mistake is not a setting silently ignored.
 */
export const Profile = z.strictObject({
  name: PoolName.describe('What notebooks call the place, as in pilothouse.load("ospool").'),
  title: z.string().min(1).max(200).optional().describe('As the panel shows it.'),
  submitHost: SubmitHost.prefault({}),
  scheduler: SchedulerOptions.default({ kind: 'local' }),
  jobName: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'Letters, digits, dots, dashes, underscores.')
    .default('pilothouse')
    .describe('What the scheduler calls the jobs; an id of the submission is added.'),
  pilot: PilotShape.prefault({}),
  environment: EnvironmentOptions.prefault({}),
  uplink: UplinkOptions.prefault({}),
  scaling: ScalingOptions.prefault({}),
  logs: LogOptions.prefault({})
});
/** A profile with its defaults filled in. */
export type Profile = z.infer<typeof Profile>;
/** A profile as it is written: what has a default may be left out. */
export type WrittenProfile = z.input<typeof Profile>;

/** Tasks that one pilot of this profile runs at the same time. */
export const workersPerPilot = (profile: Profile): number =>
  profile.pilot.workers ?? profile.pilot.cores;

/** The longest life of one pilot of this profile, in seconds; null: no end is set. */
export function walltimeSeconds(profile: Profile): number | null {
  const { walltime } = profile.pilot;
  if (walltime === undefined) {
    return null;
  }
  const read = parseWalltime(walltime);
  return 'seconds' in read ? read.seconds : null;
}

/** Whether pilots see the kernel's files: its folder and its packages are then theirs too. */
export const sharesFiles = (profile: Profile): boolean =>
  profile.environment.sharesFiles ?? profile.scheduler.kind === 'local';
