import type { Params, Task } from '../../protocol';
import { LIMITS } from '../../protocol';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { IClock } from '../clock';
import { DisposableBase } from '../disposable';
import { troubleOf } from '../request';
import type { IChangeSet, IPilothouseModel, ITaskList, ITaskQuery, Trouble } from '../tokens';

/** Tasks of the first page: a screen or two. */
const FIRST_PAGE = 50;
/** A list on show is loaded again at most this often. */
const REFRESH_MS = 500;

/** Tasks of one group or pilot, in pages; follows the group's changes. */
export class TaskList extends DisposableBase implements ITaskList {
  constructor(private readonly _options: TaskList.IOptions) {
    super();
    _options.model.changed.connect(this._onChanged, this);
    void this.refresh();
  }

  get tasks(): readonly Task[] {
    return this._tasks;
  }

  get total(): number | null {
    return this._total;
  }

  get loading(): boolean {
    return this._loading;
  }

  get trouble(): Trouble | null {
    return this._trouble;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  protected override release(): void {
    this._pause?.dispose();
  }

  async more(): Promise<void> {
    if (this._cursor !== null && !this._loading) {
      await this._load(this._tasks.length + LIMITS.tasksPerPage);
    }
  }

  async refresh(): Promise<void> {
    if (this._loading) {
      this._again = true;
      return;
    }
    await this._load(Math.max(FIRST_PAGE, this._tasks.length));
  }

  /** Loads the newest `wanted` tasks, page by page, and shows them at once. */
  private async _load(wanted: number): Promise<void> {
    this._loading = true;
    this._tell();
    try {
      const tasks: Task[] = [];
      let cursor: string | null = null;
      do {
        const limit = Math.min(LIMITS.tasksPerPage, wanted - tasks.length);
        const params: Params<'tasks.list'> = { ...this._options.query, limit };
        if (cursor !== null) {
          params.cursor = cursor;
        }
        const page = await this._options.model.call('tasks.list', params);
        tasks.push(...page.tasks);
        this._total = page.total;
        cursor = page.cursor;
      } while (cursor !== null && tasks.length < wanted);
      this._tasks = tasks;
      this._cursor = cursor;
      this._trouble = null;
    } catch (error) {
      this._trouble = troubleOf(error);
    }
    this._loading = false;
    this._tell();
    if (this._again && !this.isDisposed) {
      this._again = false;
      this._soon();
    }
  }

  private _onChanged(_: unknown, changes: IChangeSet): void {
    const { group, pilot } = this._options.query;
    const concerns =
      changes.all ||
      (group !== undefined && changes.groups.has(group)) ||
      (pilot !== undefined && changes.pilots.has(pilot));
    if (concerns) {
      this._soon();
    }
  }

  private _soon(): void {
    this._pause ??= this._options.clock.after(REFRESH_MS, () => {
      this._pause = null;
      void this.refresh();
    });
  }

  private _tell(): void {
    if (!this.isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _tasks: readonly Task[] = [];
  private _total: number | null = null;
  private _cursor: string | null = null;
  private _loading = false;
  private _again = false;
  private _trouble: Trouble | null = null;
  private _pause: IDisposable | null = null;
}

export namespace TaskList {
  export interface IOptions {
    model: IPilothouseModel;
    clock: IClock;
    query: ITaskQuery;
  }
}
