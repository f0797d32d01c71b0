import type { PilotId } from '../../protocol';
import type { ITaskStore } from '../store';
import type { IClock, IDisposable, ILog } from '../tokens';
import type { TaskGroupRecord } from './groups';
import type { IForgotten } from './ledger';
import type { IRunRecord, ITaskRecord } from './records';
import { storeGroup, storeRun, storeTask } from './stored';

/** Tasks in one transaction, so that no write holds up the bridge for long. */
export const TASKS_PER_WRITE = 5000;

/** Brings what has changed to the database, many changes at a time. */
export class Saving implements IDisposable {
  constructor(
    private readonly _store: ITaskStore,
    private readonly _clock: IClock,
    private readonly _log: ILog,
    private readonly _everyMs: number
  ) {}

  run(run: IRunRecord): void {
    this._runs.add(run);
    this._arm();
  }

  group(group: TaskGroupRecord): void {
    this._groups.add(group);
    this._arm();
  }

  task(record: ITaskRecord): void {
    this._tasks.add(record);
    this._arm();
  }

  ran(pilot: PilotId, ran: number): void {
    this._ran.set(pilot, ran);
    this._arm();
  }

  forgot(forgotten: IForgotten): void {
    forgotten.tasks.forEach(record => this._tasks.delete(record));
    forgotten.groups.forEach(group => this._groups.delete(group));
    forgotten.runs.forEach(run => this._runs.delete(run));
    this._forgotten.tasks.push(...forgotten.tasks);
    this._forgotten.groups.push(...forgotten.groups);
    this._forgotten.runs.push(...forgotten.runs);
    this._arm();
  }

  /** Writes all that is left. */
  dispose(): void {
    this._timer?.dispose();
    this._timer = null;
    while (this._isDirty && this._write()) {
      // Each write takes at most TASKS_PER_WRITE.
    }
    this._disposed = true;
  }

  private get _isDirty(): boolean {
    return (
      [this._runs, this._groups, this._tasks, this._ran].some(set => set.size > 0) ||
      this._forgotten.tasks.length > 0
    );
  }

  private _arm(): void {
    if (this._timer === null && !this._disposed) {
      this._timer = this._clock.after(this._everyMs, () => {
        this._timer = null;
        this._write();
        if (this._isDirty) {
          this._arm();
        }
      });
    }
  }

  /** Returns whether it worked; what could not be written is tried again. */
  private _write(): boolean {
    const tasks: ITaskRecord[] = [];
    for (const record of this._tasks) {
      tasks.push(record);
      if (tasks.length === TASKS_PER_WRITE) {
        break;
      }
    }
    const forgotten = this._forgotten;
    try {
      this._store.write({
        runs: [...this._runs].map(run => ({ run: run.run, value: storeRun(run) })),
        groups: [...this._groups].map(group => ({
          group: group.group,
          run: group.run.run,
          value: storeGroup(group)
        })),
        tasks: tasks.map(record => ({
          run: record.run.run,
          task: record.task,
          position: record.position,
          value: storeTask(record)
        })),
        words: tasks.flatMap(({ run, task, words }) =>
          words === null ? [] : [{ run: run.run, task, words }]
        ),
        ran: [...this._ran].map(([pilot, ran]) => ({ pilot, ran })),
        forgottenRuns: forgotten.runs.map(run => run.run),
        forgottenGroups: forgotten.groups.map(group => group.group),
        forgottenTasks: forgotten.tasks.map(({ run, task }) => ({ run: run.run, task }))
      });
    } catch (error) {
      this._log.error('tasks_not_saved', error, { tasks: this._tasks.size });
      return false;
    }
    for (const record of tasks) {
      record.words = null;
      this._tasks.delete(record);
    }
    this._runs.clear();
    this._groups.clear();
    this._ran.clear();
    this._forgotten = { tasks: [], groups: [], runs: [] };
    return true;
  }

  private readonly _runs = new Set<IRunRecord>();
  private readonly _groups = new Set<TaskGroupRecord>();
  private readonly _tasks = new Set<ITaskRecord>();
  private readonly _ran = new Map<PilotId, number>();
  private _forgotten: IForgotten = { tasks: [], groups: [], runs: [] };
  private _timer: IDisposable | null = null;
  private _disposed = false;
}
