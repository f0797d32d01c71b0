import { z } from 'zod';

/** One line of a file that would be submitted. */
export const ScriptLine = z.object({
  text: z.string(),
  /** The profile's field it comes from, as a path such as `scheduler.partition`; null: ours. */
  field: z.string().nullable()
});
export type ScriptLine = z.infer<typeof ScriptLine>;

/** A file that would be submitted: its bytes are its lines, each followed by LF. */
export const ScriptFile = z.object({
  /** Relative to the submission's folder. */
  path: z.string(),
  language: z.enum(['shell', 'submit']),
  lines: z.array(ScriptLine)
});
export type ScriptFile = z.infer<typeof ScriptFile>;

/** All that submitting so many pilots would write and run. */
export const SubmissionPlan = z.object({
  files: z.array(ScriptFile),
  /** What else goes there, that cannot or must not be shown: secrets, archives. */
  others: z.array(z.object({ path: z.string(), what: z.string() })),
  /** The commands, one for each call of the scheduler; `SUBMISSION` stands for an id not made yet. */
  commands: z.array(z.string())
});
export type SubmissionPlan = z.infer<typeof SubmissionPlan>;

/** A file as text. */
export const textOf = (file: ScriptFile): string =>
  file.lines.map(line => `${line.text}\n`).join('');

/** What is wrong with a field of a profile. */
export const FieldProblem = z.object({
  /** A path such as `pilot.walltime`; empty: the whole. */
  field: z.string(),
  message: z.string(),
  severity: z.enum(['error', 'warning']),
  /** For a further line (`line`, as it stands) that belongs to a field: which, and the value it would have. */
  moveTo: z.object({ field: z.string(), value: z.string(), line: z.string().optional() }).optional()
});
export type FieldProblem = z.infer<typeof FieldProblem>;

/** A partition of Slurm, or null fields where it does not say. */
export const Partition = z.object({
  name: z.string(),
  isDefault: z.boolean(),
  up: z.boolean(),
  maxSeconds: z.number().nullable(),
  defaultSeconds: z.number().nullable(),
  nodes: z.int().nullable(),
  coresPerNode: z.int().nullable(),
  memoryMiBPerNode: z.int().nullable(),
  gres: z.array(z.string()),
  features: z.array(z.string()),
  /** Accounts and QOS that may run there; null: all. */
  accounts: z.array(z.string()).nullable(),
  qos: z.array(z.string()).nullable(),
  /** Whether this user may run there; null: not known. */
  allowed: z.boolean().nullable(),
  /** Why not. */
  why: z.string().nullable()
});
export type Partition = z.infer<typeof Partition>;

/** What a scheduler lets this user ask for. */
export const SiteLimits = z.object({
  scheduler: z.string(),
  version: z.string().nullable(),
  partitions: z.array(Partition),
  /** This user's accounts, each with its QOS; null: the site keeps no accounts. */
  accounts: z
    .array(
      z.object({ account: z.string(), partition: z.string().nullable(), qos: z.array(z.string()) })
    )
    .nullable(),
  qos: z
    .array(
      z.object({
        name: z.string(),
        maxSeconds: z.number().nullable(),
        maxJobs: z.int().nullable(),
        maxSubmit: z.int().nullable()
      })
    )
    .nullable(),
  /** Most elements of one array. */
  maxArray: z.int().nullable(),
  /** Most jobs this user may have submitted. */
  maxSubmit: z.int().nullable(),
  atMs: z.number()
});
export type SiteLimits = z.infer<typeof SiteLimits>;
