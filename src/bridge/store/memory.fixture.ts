import type { RunId } from '../../protocol';
import type { IStoredTasks, ITaskBatch, ITaskRow, ITaskStore, ITaskWords } from './tasks';

/** A write of nothing, to be filled in. */
export const NOTHING: ITaskBatch = {
  runs: [],
  groups: [],
  tasks: [],
  words: [],
  ran: [],
  forgottenRuns: [],
  forgottenGroups: [],
  forgottenTasks: []
};

/** What the database would hold of tasks, for tests that are not about the database. */
export class MemoryTaskStore implements ITaskStore {
  /** Refuses writes, as a full disk does. */
  full = false;

  load(): IStoredTasks {
    return {
      runs: [...this._runs].map(([run, value]) => ({ run, value })),
      groups: [...this._groups.values()],
      tasks: [...this._tasks.values()].sort((a, b) => a.position - b.position),
      ran: [...this._ran.values()]
    };
  }

  write(batch: ITaskBatch): void {
    if (this.full) {
      throw new Error('database or disk is full');
    }
    batch.runs.forEach(({ run, value }) => this._runs.set(run, value));
    batch.groups.forEach(group => this._groups.set(group.group, group));
    batch.tasks.forEach(row => this._tasks.set(key(row.run, row.task), row));
    batch.words.forEach(({ run, task, words }) => this._words.set(key(run, task), words));
    batch.ran.forEach(ran => this._ran.set(ran.pilot, ran));
    batch.forgottenTasks.forEach(({ run, task }) => this._tasks.delete(key(run, task)));
    batch.forgottenGroups.forEach(group => this._groups.delete(group));
    batch.forgottenRuns.forEach(run => this._runs.delete(run));
  }

  words(run: RunId, task: number): ITaskWords | null {
    return this._words.get(key(run, task)) ?? null;
  }

  damage(run: RunId, task: number): void {
    const row = this._tasks.get(key(run, task));
    if (row !== undefined) {
      this._tasks.set(key(run, task), { ...row, value: '{"group":' });
    }
  }

  private readonly _runs = new Map<RunId, string>();
  private readonly _groups = new Map<string, IStoredTasks['groups'][number]>();
  private readonly _tasks = new Map<string, ITaskRow>();
  private readonly _words = new Map<string, ITaskWords>();
  private readonly _ran = new Map<string, IStoredTasks['ran'][number]>();
}

const key = (run: RunId, task: number): string => `${run} ${task}`;
