import { z } from 'zod';

/** One line of a file a scheduler reads: no line break, no NUL; what else it may hold its quoting says. */
export const oneLine = (most: number): z.ZodString =>
  z
    .string()
    .max(most)
    .regex(/^[^\r\n\0]*$/, 'This must be one line.');

/** Lines passed on as they are; LF line breaks only, since a CR ends up in a value. */
const lines = z
  .string()
  .max(20_000)
  .regex(/^[^\r\0]*$/, 'Line breaks must be plain (LF) ones.');

const Polling = z
  .strictObject({
    floorSeconds: z
      .number()
      .min(1)
      .max(3600)
      .default(30)
      .describe('Never less than this between two questions to the scheduler.'),
    everySeconds: z
      .number()
      .min(1)
      .max(3600)
      .default(60)
      .describe('How often the scheduler is asked while something may change.'),
    ceilingSeconds: z
      .number()
      .min(1)
      .max(86_400)
      .default(180)
      .describe('At most this long between two questions, also after failures.')
  })
  .prefault({});

export const LocalOptions = z
  .strictObject({ kind: z.literal('local') })
  .describe('Pilots are processes of the submit host itself.');

export const SlurmOptions = z
  .strictObject({
    kind: z.literal('slurm'),
    account: oneLine(200).optional().describe('The account (project) that is charged.'),
    partition: oneLine(200)
      .optional()
      .describe('The partition, or several with commas between; the site’s default if not said.'),
    qos: oneLine(200).optional().describe('Quality of service.'),
    constraint: oneLine(1000)
      .optional()
      .describe('Features that nodes must have, as in skylake&ib.'),
    gres: oneLine(500)
      .optional()
      .describe('Generic resources, as in gpu:a100:1; instead of a number of GPUs.'),
    reservation: oneLine(200).optional().describe('A reservation to run in.'),
    mailUser: oneLine(320).optional().describe('Whom Slurm writes to.'),
    mailType: z
      .array(
        z.enum([
          'NONE',
          'BEGIN',
          'END',
          'FAIL',
          'REQUEUE',
          'ALL',
          'INVALID_DEPEND',
          'STAGE_OUT',
          'TIME_LIMIT',
          'TIME_LIMIT_90',
          'TIME_LIMIT_80',
          'TIME_LIMIT_50',
          'ARRAY_TASKS'
        ])
      )
      .max(20)
      .default([])
      .describe('Of which events Slurm writes.'),
    exclusive: z.boolean().default(false).describe('Whether a pilot has its node for itself.'),
    further: lines.default('').describe('Further #SBATCH lines, passed on as they are.'),
    polling: Polling
  })
  .describe('Pilots are jobs of Slurm.');

export const HTCondorOptions = z
  .strictObject({
    kind: z.literal('htcondor'),
    projectName: oneLine(200)
      .optional()
      .describe('The project that is charged: +ProjectName. Without quotes.'),
    requirements: oneLine(8000)
      .optional()
      .describe('A ClassAd expression that machines must fulfil, as in HAS_SINGULARITY =?= True.'),
    tellsPorts: z
      .boolean()
      .default(false)
      .describe(
        'Whether machines tell which ports they can dial out to, as OSPool’s do: where a relay is the only way home, pilots ask for those that reach its port, as in PORT_8443.'
      ),
    containerImage: oneLine(2000)
      .optional()
      .describe('An image that pilots run in, as in osdf:///… or docker://….'),
    jobDurationCategory: z
      .enum(['Medium', 'Long'])
      .optional()
      .describe('OSPool’s category of duration: Medium below 10 hours, Long below 20.'),
    notification: z
      .enum(['Never', 'Complete', 'Error', 'Always'])
      .optional()
      .describe('Of which events HTCondor writes; never if not said.'),
    notifyUser: oneLine(320).optional().describe('Whom HTCondor writes to.'),
    attributes: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/), oneLine(4000))
      .default({})
      .describe(
        'Further attributes of the job’s ClassAd (+Name = value); a text value needs its quotes.'
      ),
    further: lines.default('').describe('Further lines of the submit file, passed on as they are.'),
    polling: Polling
  })
  .describe('Pilots are jobs of HTCondor.');

/** Where pilots are jobs: one kind for each folder under schedulers/. */
export const SchedulerOptions = z.discriminatedUnion('kind', [
  LocalOptions,
  SlurmOptions,
  HTCondorOptions
]);
export type SchedulerOptions = z.infer<typeof SchedulerOptions>;
export type SchedulerKind = SchedulerOptions['kind'];
export const SCHEDULER_KINDS = ['local', 'slurm', 'htcondor'] as const satisfies SchedulerKind[];
