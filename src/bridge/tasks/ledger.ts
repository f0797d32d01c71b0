import type { CellExecution, GroupId, KernelOrigin, RunId } from '../../protocol';
import { groupIdOf } from './groupId';
import { TaskGroupRecord } from './groups';
import { OrderedList } from './ordered';
import type { IRunRecord, ITaskRecord } from './records';

/** How many tasks and groups are kept. */
export interface IKeeping {
  readonly tasks: number;
  readonly groups: number;
}

/** What was let go, for views and database to let go too. */
export interface IForgotten {
  readonly tasks: ITaskRecord[];
  readonly groups: TaskGroupRecord[];
  readonly runs: IRunRecord[];
}

/** All runs, groups and tasks that are kept, and which of them go first when there are too many. */
export class Ledger {
  constructor(private readonly _keeping: IKeeping) {}

  readonly runs = new Map<RunId, IRunRecord>();
  readonly groups = new Map<GroupId, TaskGroupRecord>();
  readonly tasks = new OrderedList<ITaskRecord>();

  run(run: RunId, origin: KernelOrigin): IRunRecord {
    let record = this.runs.get(run);
    if (record === undefined) {
      record = {
        run,
        origin,
        gone: false,
        heard: false,
        tasks: new Map(),
        groups: new Set(),
        early: new Map()
      };
      this.runs.set(run, record);
    }
    return record;
  }

  group(run: IRunRecord, cell: CellExecution | null, app: string): TaskGroupRecord {
    const id = groupIdOf(run.run, cell?.messageId ?? null, app);
    return this.groups.get(id) ?? this.addGroup(new TaskGroupRecord(id, run, cell, app));
  }

  addGroup(group: TaskGroupRecord): TaskGroupRecord {
    this.groups.set(group.group, group);
    group.run.groups.add(group);
    return group;
  }

  /** A new task that waits and has not been counted yet. */
  add(group: TaskGroupRecord, task: number, submittedAtMs: number, position?: number): ITaskRecord {
    this._position = position ?? this._position + 1;
    const record: ITaskRecord = {
      run: group.run,
      task,
      group,
      position: this._position,
      kernelState: 'waiting',
      kernelReason: 'pilot',
      state: 'waiting',
      reason: 'pilot',
      dependsOn: [],
      failedInput: null,
      tries: 0,
      executor: null,
      executorTask: null,
      pilot: null,
      host: null,
      site: null,
      slot: null,
      worker: null,
      submittedAtMs,
      launchedAtMs: null,
      startedAtMs: null,
      endedAtMs: null,
      entry: null,
      place: null,
      awaits: [],
      awaitedBy: null,
      words: null,
      hasWords: false,
      forgettable: false,
      forgotten: false
    };
    group.kept++;
    group.tasks.append(record);
    group.run.tasks.set(task, record);
    this.tasks.append(record);
    return record;
  }

  /** The task may be forgotten once all that may be before it are. */
  mayForget(record: ITaskRecord): void {
    if (!record.forgettable) {
      record.forgettable = true;
      this._queue.push(record);
    }
  }

  /** Forgets what is too much; null: nothing. */
  forget(): IForgotten | null {
    const { tasks, groups } = this._keeping;
    if (this.tasks.size <= tasks && this.groups.size <= groups) {
      return null;
    }
    const forgotten: IForgotten = { tasks: [], groups: [], runs: [] };
    while (this.tasks.size > tasks && this._head < this._queue.length) {
      const record = this._queue[this._head++];
      record.forgettable = false;
      if (!record.forgotten && isOver(record)) {
        this._forgetTask(record, forgotten);
      }
    }
    if (this._head > 1024 && this._head * 2 > this._queue.length) {
      this._queue = this._queue.slice(this._head);
      this._head = 0;
    }
    for (const group of this.groups.values()) {
      if (this.groups.size <= groups) {
        break;
      }
      if (group.unfinished === 0 || group.run.gone) {
        for (const record of [...group.tasks.newestFirst()]) {
          this._forgetTask(record, forgotten);
        }
      }
    }
    return forgotten;
  }

  private _forgetTask(record: ITaskRecord, forgotten: IForgotten): void {
    const { group, run } = record;
    record.forgotten = true;
    group.forget(record);
    group.tasks.dropped();
    this.tasks.dropped();
    run.tasks.delete(record.task);
    forgotten.tasks.push(record);
    if (group.kept === 0) {
      this.groups.delete(group.group);
      run.groups.delete(group);
      forgotten.groups.push(group);
      if (run.groups.size === 0 && (run.gone || !run.heard)) {
        this.runs.delete(run.run);
        forgotten.runs.push(run);
      }
    }
  }

  private _position = 0;
  /** In the order in which they finished. */
  private _queue: ITaskRecord[] = [];
  private _head = 0;
}

/** Nothing more will happen to it. */
const isOver = (record: ITaskRecord): boolean =>
  record.kernelState !== 'waiting' || record.run.gone;
