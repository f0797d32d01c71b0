import type {
  ExecutorId,
  KernelOrigin,
  PilotId,
  RunId,
  TaskReason,
  TaskState
} from '../../protocol';
import type { ITaskWords } from '../store';
import type { TaskGroupRecord } from './groups';
import type { IRunningEntry } from './running';

/** One DataFlowKernel's run. */
export interface IRunRecord {
  readonly run: RunId;
  origin: KernelOrigin;
  /** Its kernel is gone for good, as far as is known. */
  gone: boolean;
  /** It was heard of since this bridge started. */
  heard: boolean;
  readonly tasks: Map<number, ITaskRecord>;
  readonly groups: Set<TaskGroupRecord>;
  /** Tasks that wait for the future of one which was not reported yet, by that one's id. */
  readonly early: Map<number, Set<ITaskRecord>>;
}

/**
 * One call, as small as may be: there are up to 200,000. What it said at
 * length (`ITaskWords`) is here only until it is on disk.
 */
export interface ITaskRecord {
  readonly run: IRunRecord;
  readonly task: number;
  readonly group: TaskGroupRecord;
  /** Its place in the order of submission, over all runs. */
  readonly position: number;
  /** The kernel's last word; never `running`, which agents say. */
  kernelState: Exclude<TaskState, 'running'>;
  kernelReason: TaskReason | null;
  /** What a person sees: the kernel's word and the agents', put together. */
  state: TaskState;
  reason: TaskReason | null;
  dependsOn: readonly number[];
  failedInput: number | null;
  tries: number;
  executor: ExecutorId | null;
  /** HTEX's id of its newest try. */
  executorTask: number | null;
  pilot: PilotId | null;
  host: string | null;
  site: string | null;
  slot: string | null;
  worker: number | null;
  submittedAtMs: number;
  launchedAtMs: number | null;
  startedAtMs: number | null;
  endedAtMs: number | null;
  /** Where an agent has it now. */
  entry: IRunningEntry | null;
  /** Its place at a worker (`Workers`). */
  place: IRunningEntry | null;
  /** Unfinished tasks whose futures it waits for; empty unless it waits for futures. */
  awaits: readonly ITaskRecord[];
  /** Groups with tasks that wait for its future, and how many these are. */
  awaitedBy: Map<TaskGroupRecord, number> | null;
  words: ITaskWords | null;
  /** It has said something at length, here or on disk. */
  hasWords: boolean;
  /** It stands in the queue of what may be forgotten. */
  forgettable: boolean;
  forgotten: boolean;
}

export const isFinal = (record: ITaskRecord): boolean => record.kernelState !== 'waiting';

const NONE: readonly ITaskRecord[] = [];

/**
 * Finds the unfinished tasks, each once, whose futures a task waits for just
 * now. One that was not reported yet (threads submit side by side; a crash
 * came between two writes) is remembered, so that its own report can settle it.
 */
export function findInputs(record: ITaskRecord): void {
  const { run, dependsOn } = record;
  const waits = record.state === 'waiting' && record.reason === 'futures';
  if (!waits) {
    record.awaits = NONE;
    if (run.early.size > 0) {
      dependsOn.forEach(task => forgetEarly(run, task, record));
    }
    return;
  }
  const inputs = new Set<ITaskRecord>();
  for (const task of dependsOn) {
    const input = run.tasks.get(task);
    if (input === undefined) {
      const early = run.early.get(task) ?? new Set();
      run.early.set(task, early.add(record));
    } else if (!isFinal(input)) {
      inputs.add(input);
    }
  }
  record.awaits = [...inputs];
}

/** The tasks that were reported before this one, whose future they wait for. */
export function takeEarly(record: ITaskRecord): Iterable<ITaskRecord> {
  const early = record.run.early.get(record.task);
  record.run.early.delete(record.task);
  return early ?? NONE;
}

function forgetEarly(run: IRunRecord, task: number, record: ITaskRecord): void {
  const early = run.early.get(task);
  if (early?.delete(record) === true && early.size === 0) {
    run.early.delete(task);
  }
}

/** The place at a worker that a task is to have: none once its kernel says that it ended there. */
export function placeOf(record: ITaskRecord): IRunningEntry | null {
  // A joining task's own code has ended, whatever its agent's last list says.
  const ended = isFinal(record) || record.run.gone || record.kernelReason === 'joining';
  return ended ? null : record.entry;
}

/**
 * Works out what a person sees of a task from what kernel and agents have said of it.
 * @param runs where it has its worker for itself
 */
export function settle(record: ITaskRecord, runs: IRunningEntry | null): void {
  const { run } = record;
  if (record.kernelState !== 'waiting') {
    record.state = record.kernelState;
    record.reason = record.kernelReason;
  } else if (run.gone) {
    record.state = 'waiting';
    record.reason = 'lost';
  } else if (runs !== null) {
    record.state = 'running';
    record.reason = null;
    record.pilot = runs.pilot;
    record.host = runs.host;
    record.site = runs.site;
    record.slot = runs.slot;
    record.worker = runs.worker;
    record.startedAtMs = runs.startedAtMs;
  } else {
    if (record.state === 'running' && record.kernelReason !== 'joining') {
      record.pilot = record.host = record.site = record.slot = null;
      record.worker = record.startedAtMs = null;
    }
    record.state = 'waiting';
    record.reason = record.kernelReason ?? 'pilot';
  }
}
