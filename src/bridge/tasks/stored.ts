import { z } from 'zod';
import {
  CellExecution,
  EpochMs,
  ExecutorId,
  GroupId,
  KernelOrigin,
  PilotId,
  TaskError,
  TaskReason,
  TaskState
} from '../../protocol';
import type { TaskGroupRecord } from './groups';
import type { IRunRecord, ITaskRecord } from './records';

/** What of runs, groups and tasks is in the database's `value` columns. */
export const StoredRun = z.object({ origin: KernelOrigin, gone: z.boolean() });
export const StoredGroup = z.object({
  cell: CellExecution.nullable(),
  app: z.string(),
  firstAtMs: EpochMs,
  lastAtMs: EpochMs,
  error: TaskError.omit({ traceback: true }).nullable(),
  sites: z.array(z.string()),
  /** Counts of tasks that are forgotten. */
  forgotten: z.object({
    done: z.int(),
    fromMemory: z.int(),
    failed: z.int(),
    retried: z.int()
  })
});
export const StoredTask = z.object({
  group: GroupId,
  kernelState: TaskState.exclude(['running']),
  kernelReason: TaskReason.nullable(),
  running: z.boolean(),
  dependsOn: z.array(z.int()).readonly(),
  failedInput: z.int().nullable(),
  tries: z.int(),
  executor: ExecutorId.nullable(),
  executorTask: z.int().nullable(),
  pilot: PilotId.nullable(),
  host: z.string().nullable(),
  site: z.string().nullable(),
  slot: z.string().nullable().default(null),
  worker: z.int().nullable(),
  submittedAtMs: EpochMs,
  launchedAtMs: EpochMs.nullable(),
  startedAtMs: EpochMs.nullable(),
  endedAtMs: EpochMs.nullable(),
  hasWords: z.boolean()
});
type StoredRun = z.infer<typeof StoredRun>;
type StoredGroup = z.infer<typeof StoredGroup>;
type StoredTask = z.infer<typeof StoredTask>;

export function storeRun({ origin, gone }: IRunRecord): string {
  return JSON.stringify({ origin, gone } satisfies StoredRun);
}

export function storeGroup(group: TaskGroupRecord): string {
  const stored: StoredGroup = {
    cell: group.cell,
    app: group.app,
    firstAtMs: Math.min(group.firstAtMs, group.lastAtMs),
    lastAtMs: group.lastAtMs,
    error: group.error,
    sites: [...group.sites],
    forgotten: group.forgotten
  };
  return JSON.stringify(stored);
}

export function storeTask(record: ITaskRecord): string {
  const stored: StoredTask = {
    group: record.group.group,
    kernelState: record.kernelState,
    kernelReason: record.kernelReason,
    running: record.state === 'running',
    dependsOn: record.dependsOn,
    failedInput: record.failedInput,
    tries: record.tries,
    executor: record.executor,
    executorTask: record.executorTask,
    pilot: record.pilot,
    host: record.host,
    site: record.site,
    slot: record.slot,
    worker: record.worker,
    submittedAtMs: record.submittedAtMs,
    launchedAtMs: record.launchedAtMs,
    startedAtMs: record.startedAtMs,
    endedAtMs: record.endedAtMs,
    hasWords: record.hasWords
  };
  return JSON.stringify(stored);
}
