import { z } from 'zod';
import { PoolName } from './ids';

/**
 * A profile: where and how to run. Saved as JSON; this schema also drives the
 * form, the checks and the docs. Unknown keys are refused, so that a typing
 * mistake is not a setting silently ignored.
 */
export const SchedulerOptions = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('local') })
    .describe('Pilots are processes of the submit host itself.')
]);

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
  walltimeSeconds: z.int().min(60).optional().describe('The longest life of one pilot, in seconds.')
});

export const EnvironmentOptions = z.strictObject({
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
  min: z.int().min(0).max(10_000).default(0),
  max: z.int().min(1).max(10_000).default(64),
  automatic: z.boolean().default(true).describe('Whether automatic scaling is allowed here.'),
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
    .describe('A pilot that cannot reach home for this long ends by itself.')
});

export const Profile = z.strictObject({
  name: PoolName,
  title: z.string().min(1).max(200).optional().describe('As the panel shows it.'),
  scheduler: SchedulerOptions.default({ kind: 'local' }),
  pilot: PilotShape.prefault({}),
  environment: EnvironmentOptions.prefault({}),
  scaling: ScalingOptions.prefault({})
});
/** A profile with its defaults filled in. */
export type Profile = z.infer<typeof Profile>;

/** Tasks that one pilot of this profile runs at the same time. */
export const workersPerPilot = (profile: Profile): number =>
  profile.pilot.workers ?? profile.pilot.cores;
