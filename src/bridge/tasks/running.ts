import type { ExecutorId, PilotId } from '../../protocol';
import type { ITaskRecord } from './records';

/** One busy worker, as its agent says. */
export interface IRunningEntry {
  readonly executor: ExecutorId;
  readonly executorTask: number;
  readonly pilot: PilotId;
  readonly host: string | null;
  readonly site: string | null;
  readonly slot: string | null;
  readonly worker: number;
  readonly startedAtMs: number;
}

/** Where a pilot is. */
export type Place = Pick<IRunningEntry, 'host' | 'site' | 'slot'>;
/** One worker in an agent's list. */
export type Busy = Pick<IRunningEntry, 'worker' | 'executorTask' | 'startedAtMs'>;

/** What has changed by an agent's new list. */
export interface IRunningChange {
  readonly begun: readonly IRunningEntry[];
  readonly ended: readonly IRunningEntry[];
}

/**
 * What agents say runs, and which task each of HTEX's ids is. Either may be
 * known first: an agent is often quicker than the kernel's report.
 */
export class RunningTasks {
  /** Replaces what runs on a pilot for an executor. */
  replace(
    executor: ExecutorId,
    pilot: PilotId,
    place: Place,
    busy: readonly Busy[]
  ): IRunningChange {
    const lists = this._lists.get(pilot) ?? new Map<ExecutorId, Map<number, IRunningEntry>>();
    const before = lists.get(executor) ?? new Map<number, IRunningEntry>();
    const after = new Map<number, IRunningEntry>();
    const begun: IRunningEntry[] = [];
    for (const one of busy) {
      const known = before.get(one.executorTask);
      const entry =
        known !== undefined && isSame(known, one, place)
          ? known
          : { executor, pilot, ...place, ...one };
      after.set(one.executorTask, entry);
      if (entry !== known) {
        begun.push(entry);
        this._entriesOf(executor).set(one.executorTask, entry);
      }
    }
    const ended = [...before.values()].filter(entry => !after.has(entry.executorTask));
    for (const entry of ended) {
      const entries = this._entriesOf(executor);
      // Another pilot may have it by now.
      if (entries.get(entry.executorTask) === entry) {
        entries.delete(entry.executorTask);
      }
    }
    if (after.size > 0) {
      lists.set(executor, after);
      this._lists.set(pilot, lists);
    } else {
      lists.delete(executor);
      if (lists.size === 0) {
        this._lists.delete(pilot);
      }
      if (this._entries.get(executor)?.size === 0) {
        this._entries.delete(executor);
      }
    }
    return { begun, ended };
  }

  /** When the task began that has run on a pilot for longest; null: none runs. */
  since(pilot: PilotId): number | null {
    let since: number | null = null;
    for (const list of this._lists.get(pilot)?.values() ?? []) {
      for (const { startedAtMs } of list.values()) {
        since = Math.min(since ?? startedAtMs, startedAtMs);
      }
    }
    return since;
  }

  /** Whether an agent still says this. */
  has(entry: IRunningEntry): boolean {
    return this.entry(entry.executor, entry.executorTask) === entry;
  }

  entry(executor: ExecutorId, executorTask: number): IRunningEntry | null {
    return this._entries.get(executor)?.get(executorTask) ?? null;
  }

  task(entry: IRunningEntry): ITaskRecord | null {
    return this._tasks.get(entry.executor)?.get(entry.executorTask) ?? null;
  }

  /** The kernel says which of HTEX's ids a task has. */
  name(record: ITaskRecord): void {
    const { executor, executorTask } = record;
    if (executor === null || executorTask === null) {
      return;
    }
    let tasks = this._tasks.get(executor);
    if (tasks === undefined) {
      tasks = new Map<number, ITaskRecord>();
      this._tasks.set(executor, tasks);
    }
    tasks.set(executorTask, record);
  }

  /** The task has no use of its id any more. */
  unname(record: ITaskRecord): void {
    if (record.executor === null || record.executorTask === null) {
      return;
    }
    const tasks = this._tasks.get(record.executor);
    if (tasks?.get(record.executorTask) === record) {
      tasks.delete(record.executorTask);
      if (tasks.size === 0) {
        this._tasks.delete(record.executor);
      }
    }
  }

  private _entriesOf(executor: ExecutorId): Map<number, IRunningEntry> {
    let entries = this._entries.get(executor);
    if (entries === undefined) {
      entries = new Map<number, IRunningEntry>();
      this._entries.set(executor, entries);
    }
    return entries;
  }

  private readonly _lists = new Map<PilotId, Map<ExecutorId, Map<number, IRunningEntry>>>();
  private readonly _entries = new Map<ExecutorId, Map<number, IRunningEntry>>();
  private readonly _tasks = new Map<ExecutorId, Map<number, ITaskRecord>>();
}

function isSame(entry: IRunningEntry, busy: Busy, place: Place): boolean {
  return (
    entry.worker === busy.worker &&
    entry.startedAtMs === busy.startedAtMs &&
    entry.host === place.host &&
    entry.site === place.site &&
    entry.slot === place.slot
  );
}
