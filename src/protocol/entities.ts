import { z } from 'zod';
import { EpochMs, ExecutorId, GroupId, HostId, LeaseId, PilotId, PoolName, RunId } from './ids';
import { ErrorCode, ErrorData } from './errors';
import { LeaseCause, LeaseState, PilotEnd, PilotState, TaskReason, TaskState } from './states';
import { LIMITS } from './limits';
import { SCHEDULER_KINDS } from './profile';
import { Uplink } from './uplinks';
import { Why } from './why';

/** Where a kernel is seen by a person. */
export const KernelOrigin = z.object({
  /** Jupyter's kernel id; absent outside Jupyter. */
  kernelId: z.string().max(200).optional(),
  /** Path of the notebook or script, as Jupyter's server names it if it is known. */
  notebook: z.string().max(4096).optional(),
  pid: z.int().positive(),
  workingFolder: z.string().max(4096)
});
export type KernelOrigin = z.infer<typeof KernelOrigin>;

/** What a pilot must have to serve a kernel. */
export const Runtime = z.object({
  /** `sys.executable`; matters only where pilots share the kernel's files. */
  executable: z.string().max(4096),
  /** `3.11.7` */
  python: z.string().regex(/^\d+\.\d+\.\d+\S*$/),
  parsl: z.string().max(100)
});
export type Runtime = z.infer<typeof Runtime>;

/** How many pilots an executor asks for. */
export const Ask = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('blocks'), blocks: z.int().min(0).max(LIMITS.pilotsPerPool) }),
  z.object({
    kind: z.literal('auto'),
    min: z.int().min(0).max(LIMITS.pilotsPerPool),
    max: z.int().min(0).max(LIMITS.pilotsPerPool)
  })
]);
export type Ask = z.infer<typeof Ask>;

export const Executor = z.object({
  executor: ExecutorId,
  pool: PoolName,
  label: z.string().max(200),
  origin: KernelOrigin,
  runtime: Runtime,
  ask: Ask,
  /** What it asks for just now: its blocks, or what automatic scaling makes of its tasks. */
  asksFor: z.int().min(0),
  /** Leases it has been granted to hold; 0 while it rests. */
  target: z.int().min(0),
  registered: z.int().min(0),
  /** It has had no task for a while and has given its pilots back. */
  resting: z.boolean(),
  connected: z.boolean(),
  /** Why it runs nothing any more, while its kernel lives and has loaded nothing in its place. */
  failure: ErrorData.nullable().default(null),
  openedAtMs: EpochMs
});
export type Executor = z.infer<typeof Executor>;

/** Pilots by what a person calls their state; `busy` is leased with tasks, `idle` is not. */
export const PilotCounts = z.object({
  requested: z.int(),
  queued: z.int(),
  held: z.int(),
  suspended: z.int(),
  starting: z.int(),
  idle: z.int(),
  busy: z.int(),
  draining: z.int(),
  lost: z.int()
});
export type PilotCounts = z.infer<typeof PilotCounts>;

export const Pool = z.object({
  pool: PoolName,
  title: z.string(),
  scheduler: z.enum(SCHEDULER_KINDS),
  /** The submit host by name; this machine's own name where it is this one. */
  submitHost: z.string().max(300),
  /** The connection to it; null: it is this machine. */
  host: HostId.nullable().default(null),
  /** The scheduler does not answer, or not as it should: since when, and its words. */
  schedulerTrouble: z
    .object({ code: ErrorCode, words: z.string().max(LIMITS.wordsChars), sinceMs: EpochMs })
    .nullable(),
  /** Ways home that its pilots use, or that one was tried for: open, or why not. */
  uplinks: z.array(Uplink).max(100).default([]),
  /** Pilots wanted, and how that number came about. */
  wanted: z.object({
    count: z.int().min(0),
    typed: z.int().min(0).nullable(),
    /** The sum of what executors ask. */
    asked: z.int().min(0),
    min: z.int().min(0),
    max: z.int().min(0)
  }),
  counts: PilotCounts,
  workersPerPilot: z.int().min(1),
  /** Why the pool has stopped asking for pilots, until a person resumes it. */
  stopped: z
    .object({
      code: ErrorCode,
      params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
      words: z.string(),
      failures: z.int(),
      sinceMs: EpochMs
    })
    .nullable(),
  /** Leases asked for that no pilot can serve, and why. */
  waitingWhy: z.string().nullable()
});
export type Pool = z.infer<typeof Pool>;

export const Pilot = z.object({
  pilot: PilotId,
  pool: PoolName,
  attempt: z.int().min(1),
  state: PilotState,
  sinceMs: EpochMs,
  /** Why it is in that state, as a code, with the scheduler's or agent's words. */
  cause: z.string().max(200),
  words: z.string().max(LIMITS.wordsChars),
  /** Why it waits, is held or has ended, where there is more to say than its state, and what helps. */
  why: Why.nullable().default(null),
  /** What the scheduler said beside when it accepted the job, verbatim; mostly nothing. */
  warnings: z.string().max(LIMITS.wordsChars).default(''),
  end: PilotEnd.nullable(),
  createdAtMs: EpochMs,
  startedAtMs: EpochMs.nullable(),
  endedAtMs: EpochMs.nullable(),
  /** When its maximum life is over. */
  endsByMs: EpochMs.nullable(),
  /**
   * Of one that is lost: until when its tasks go on where they were, should it
   * come back; afterwards they run elsewhere. null: nothing depends on it.
   */
  resumesUntilMs: EpochMs.nullable().default(null),
  /** How far its node's clock is behind the bridge's, where that is much; negative: ahead. */
  clockBehindMs: z.number().default(0),
  /** The scheduler's id of the job, as its own commands take it. */
  schedulerId: z.string().max(200).nullable(),
  /** The slot or node, as the scheduler calls it. */
  slot: z.string().max(300).nullable().default(null),
  host: z.string().max(300).nullable(),
  site: z.string().max(300).nullable(),
  cores: z.int().nullable(),
  memoryMiB: z.int().nullable(),
  gpus: z.array(z.string().max(200)).max(64),
  runtime: Runtime.partial(),
  /** Who has it. */
  lease: z
    .object({
      lease: LeaseId,
      executor: ExecutorId,
      state: LeaseState,
      cause: LeaseCause
    })
    .nullable(),
  /** Names of the apps it runs just now, one for each running task. */
  running: z.array(z.string().max(200)).max(4096),
  /** Tasks it has run. */
  ran: z.int().min(0)
});
export type Pilot = z.infer<typeof Pilot>;

/** The execution of a cell that made a task; null fields where the front end says nothing. */
export const CellExecution = z.object({
  /** Jupyter's message id of the execute request; unique to one execution. */
  messageId: z.string().max(200),
  /** nbformat's cell id, or what the front end sends for it. */
  cellId: z.string().max(500).nullable(),
  executionCount: z.int().nullable(),
  /** The client's session, as in the message's header. */
  session: z.string().max(200).nullable()
});
export type CellExecution = z.infer<typeof CellExecution>;

export const TaskError = z.object({
  type: z.string().max(300),
  message: z.string().max(LIMITS.errorMessageChars),
  traceback: z.string().max(LIMITS.tracebackChars).optional()
});
export type TaskError = z.infer<typeof TaskError>;

/** All calls of one app by one execution of one cell: a row of the panel, a line of a strip. */
export const TaskGroup = z.object({
  group: GroupId,
  run: RunId,
  origin: KernelOrigin,
  /** null: the group of what has no cell. */
  cell: CellExecution.nullable(),
  app: z.string().max(300),
  total: z.int(),
  waiting: z.int(),
  /** Of `waiting`: those that wait for futures; the others wait for a pilot. */
  waitingForFutures: z.int(),
  /** Unfinished futures that those wait for, each counted once; absent: not known. */
  futures: z.int().min(0).optional(),
  running: z.int(),
  done: z.int(),
  /** Of `done`: those whose result came from memory. */
  fromMemory: z.int(),
  failed: z.int(),
  /** Tries beyond the first, of all its tasks. */
  retried: z.int(),
  /** Groups whose futures its waiting tasks wait for. */
  waitsFor: z.array(GroupId).max(20),
  /** Pilots that run its tasks now. */
  pilotsNow: z.int(),
  /** Sites (hosts where a pilot names no site) that have run its tasks: all, and those of now first. */
  sites: z.array(z.string().max(300)).max(50),
  firstAtMs: EpochMs,
  lastAtMs: EpochMs,
  /** The newest failure. */
  error: TaskError.omit({ traceback: true }).nullable(),
  /** Its kernel is gone: what was not finished never will be. */
  kernelGone: z.boolean()
});
export type TaskGroup = z.infer<typeof TaskGroup>;

/** One call, as `tasks.list` gives it. */
export const Task = z.object({
  run: RunId,
  /** Parsl's task id in that run. */
  task: z.int().min(0),
  group: GroupId,
  app: z.string().max(300),
  state: TaskState,
  reason: TaskReason.nullable(),
  /** Tasks (Parsl's ids, same run) whose futures are among its inputs. */
  dependsOn: z.array(z.int()).max(1000),
  /** For reason `dependency`: the input that failed. */
  failedInput: z.int().nullable(),
  tries: z.int().min(0),
  pilot: PilotId.nullable(),
  host: z.string().max(300).nullable(),
  site: z.string().max(300).nullable(),
  slot: z.string().max(300).nullable().default(null),
  worker: z.int().nullable(),
  submittedAtMs: EpochMs,
  /** Handed to HTEX: from here on it waits for a pilot only. */
  launchedAtMs: EpochMs.nullable(),
  startedAtMs: EpochMs.nullable(),
  endedAtMs: EpochMs.nullable(),
  error: TaskError.nullable(),
  printed: z.string().max(LIMITS.printedChars)
});
export type Task = z.infer<typeof Task>;

/** A file among the profiles that is none, and why: `error.params` names field and problem. */
export const BrokenProfile = z.object({ file: z.string(), error: ErrorData });
export type BrokenProfile = z.infer<typeof BrokenProfile>;
