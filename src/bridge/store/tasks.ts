import type { PilotId, RunId, TaskError } from '../../protocol';
import { transaction, type Database } from './sqlite';

/** What a task said at length; kept on disk and read when somebody looks. */
export interface ITaskWords {
  readonly error: TaskError | null;
  readonly printed: string;
}

/** A row that belongs to one task; `value` is the JSON of its maker. */
export interface ITaskRow {
  readonly run: RunId;
  readonly task: number;
  /** Its place in the order of submission, over all runs. */
  readonly position: number;
  readonly value: string;
}

export interface ITaskBatch {
  readonly runs: readonly { run: RunId; value: string }[];
  readonly groups: readonly { group: string; run: RunId; value: string }[];
  readonly tasks: readonly ITaskRow[];
  readonly words: readonly { run: RunId; task: number; words: ITaskWords }[];
  readonly ran: readonly { pilot: PilotId; ran: number }[];
  readonly forgottenRuns: readonly RunId[];
  readonly forgottenGroups: readonly string[];
  readonly forgottenTasks: readonly { run: RunId; task: number }[];
}

export interface IStoredTasks {
  readonly runs: { run: RunId; value: string }[];
  readonly groups: { group: string; run: RunId; value: string }[];
  /** In the order of submission. */
  readonly tasks: ITaskRow[];
  readonly ran: { pilot: PilotId; ran: number }[];
}

/** The part of the database that the tasks' side needs. */
export interface ITaskStore {
  load(): IStoredTasks;
  /** All of it in one transaction. */
  write(batch: ITaskBatch): void;
  words(run: RunId, task: number): ITaskWords | null;
}

const upsert = (table: string, keys: readonly string[], columns: readonly string[]): string => {
  const all = [...keys, ...columns];
  const set = columns.map(column => `${column} = excluded.${column}`).join(', ');
  return (
    `INSERT INTO ${table} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')}) ` +
    `ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${set}`
  );
};

export class TaskStore implements ITaskStore {
  constructor(private readonly _database: Database) {
    const prepare = _database.prepare.bind(_database);
    this._putRun = prepare(upsert('runs', ['run'], ['value']));
    this._putGroup = prepare(upsert('task_groups', ['grp'], ['run', 'value']));
    this._putTask = prepare(upsert('tasks', ['run', 'task'], ['position', 'value']));
    this._putWords = prepare(upsert('task_words', ['run', 'task'], ['error', 'printed']));
    this._putRan = prepare(upsert('pilot_tasks', ['pilot'], ['ran']));
    this._removeRun = prepare('DELETE FROM runs WHERE run = ?');
    this._removeGroup = prepare('DELETE FROM task_groups WHERE grp = ?');
    this._removeTask = prepare('DELETE FROM tasks WHERE run = ? AND task = ?');
    this._removeWords = prepare('DELETE FROM task_words WHERE run = ? AND task = ?');
    this._words = prepare('SELECT error, printed FROM task_words WHERE run = ? AND task = ?');
  }

  load(): IStoredTasks {
    // The columns are those of migrations.ts; their values are what `write` put there.
    const all = <T>(sql: string): T[] => this._database.prepare(sql).all() as unknown as T[];
    return {
      runs: all('SELECT run, value FROM runs'),
      groups: all('SELECT grp AS "group", run, value FROM task_groups'),
      tasks: all('SELECT run, task, position, value FROM tasks ORDER BY position'),
      ran: all('SELECT pilot, ran FROM pilot_tasks')
    };
  }

  write(batch: ITaskBatch): void {
    transaction(this._database, () => {
      batch.runs.forEach(({ run, value }) => this._putRun.run(run, value));
      batch.groups.forEach(({ group, run, value }) => this._putGroup.run(group, run, value));
      batch.tasks.forEach(({ run, task, position, value }) =>
        this._putTask.run(run, task, position, value)
      );
      batch.words.forEach(({ run, task, words: { error, printed } }) =>
        this._putWords.run(run, task, error === null ? null : JSON.stringify(error), printed)
      );
      batch.ran.forEach(({ pilot, ran }) => this._putRan.run(pilot, ran));
      batch.forgottenTasks.forEach(({ run, task }) => {
        this._removeTask.run(run, task);
        this._removeWords.run(run, task);
      });
      batch.forgottenGroups.forEach(group => this._removeGroup.run(group));
      batch.forgottenRuns.forEach(run => this._removeRun.run(run));
    });
  }

  words(run: RunId, task: number): ITaskWords | null {
    const row = this._words.get(run, task);
    if (row === undefined) {
      return null;
    }
    const error = row.error;
    return {
      error: typeof error === 'string' ? (JSON.parse(error) as TaskError) : null,
      printed: String(row.printed)
    };
  }

  private readonly _putRun;
  private readonly _putGroup;
  private readonly _putTask;
  private readonly _putWords;
  private readonly _putRan;
  private readonly _removeRun;
  private readonly _removeGroup;
  private readonly _removeTask;
  private readonly _removeWords;
  private readonly _words;
}
