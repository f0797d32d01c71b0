import { z } from 'zod';
import { CellExecution, TaskError } from './entities';
import { EpochMs, ExecutorId, PilotId, RunId } from './ids';
import { LIMITS } from './limits';
import { TaskReason, TaskState } from './states';

/**
 * What the kernel says of a task: everything that changed since it last said
 * something of it, merged. The first update of a task carries `app` and
 * `submittedAtMs`. Times of the kernel's clock.
 */
export const TaskUpdate = z.object({
  task: z.int().min(0),
  app: z.string().max(300).optional(),
  /** Index into the report's `cells`; null: no cell. Comes with `app`. */
  cell: z.int().min(0).nullable().optional(),
  state: TaskState.optional(),
  reason: TaskReason.nullable().optional(),
  dependsOn: z.array(z.int().min(0)).max(1000).optional(),
  failedInput: z.int().nullable().optional(),
  tries: z.int().min(0).optional(),
  submittedAtMs: EpochMs.optional(),
  launchedAtMs: EpochMs.optional(),
  /** The executor and HTEX's own task id of the newest try: what an agent calls it by. */
  executor: ExecutorId.optional(),
  executorTask: z.int().min(0).optional(),
  pilot: PilotId.optional(),
  worker: z.int().min(0).optional(),
  startedAtMs: EpochMs.optional(),
  endedAtMs: EpochMs.optional(),
  error: TaskError.optional(),
  printed: z.string().max(LIMITS.printedChars).optional()
});
export type TaskUpdate = z.infer<typeof TaskUpdate>;

/** Params of the notification `tasks.report`. */
export const TaskReport = z.object({
  run: RunId,
  cells: z.array(CellExecution).max(LIMITS.tasksPerReport),
  tasks: z.array(TaskUpdate).max(LIMITS.tasksPerReport)
});
export type TaskReport = z.infer<typeof TaskReport>;
