import type { Delta, HostConnection, Params, Result, Snapshot, TaskGroup } from '../../protocol';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { IClock } from '../clock';
import { DisposableBase } from '../disposable';
import type { IDoor, ViewMethod } from '../request';
import { troubleOf } from '../request';
import type {
  Connection,
  IChangeSet,
  ILogTail,
  IPicture,
  IPilothouseModel,
  ITaskList,
  ITaskQuery,
  LogSource
} from '../tokens';
import type { ConnectionEvent } from './connection';
import { nextConnection } from './connection';
import { LogTail } from './logtail';
import { Picture } from './picture';
import type { IStreamReader } from './stream';
import { Stream } from './stream';
import { TaskList } from './tasklist';

/** States of a connection of which a person sees how long they last, or how much is left. */
const TIMED: readonly HostConnection['state'][] = ['logging-in', 'connected', 'lost'];

/** The truth in the browser: what the bridge tells, kept in maps, told on by signals. */
export class PilothouseModel extends DisposableBase implements IPilothouseModel {
  constructor(options: PilothouseModel.IOptions) {
    super();
    this._door = options.door;
    this._clock = options.clock;
    const reader: IStreamReader = {
      snapshot: snapshot => this._onSnapshot(snapshot),
      delta: delta => this._onDelta(delta),
      offline: trouble => this._go({ kind: 'offline', trouble }),
      closed: trouble => this._go({ kind: 'closed', trouble })
    };
    this._stream = new Stream(this._door, this._clock, reader);
    this._tick();
  }

  get picture(): IPicture {
    return this._picture;
  }

  get connection(): Connection {
    return this._connection;
  }

  get changed(): ISignal<this, IChangeSet> {
    return this._changed;
  }

  get connectionChanged(): ISignal<this, Connection> {
    return this._connectionChanged;
  }

  get ticked(): ISignal<this, void> {
    return this._ticked;
  }

  protected override release(): void {
    this._stream.dispose();
    this._timer?.dispose();
  }

  nowMs(): number {
    return this._clock.now() - this._skewMs;
  }

  call<M extends ViewMethod>(method: M, params: Params<M>): Promise<Result<M>> {
    return this._door.call(method, params);
  }

  reconnect(): void {
    this._stream.reopen();
  }

  async startBridge(): Promise<void> {
    this._go({ kind: 'starting' });
    try {
      await this._door.start();
    } catch (error) {
      this._go({ kind: 'start-failed', trouble: troubleOf(error) });
      return;
    }
    if (!this.isDisposed) {
      this._stream.reopen();
    }
  }

  tasksOf(query: ITaskQuery): ITaskList {
    return new TaskList({ model: this, clock: this._clock, query });
  }

  logOf(source: LogSource): ILogTail {
    return new LogTail({ door: this._door, clock: this._clock, source });
  }

  private _onSnapshot(snapshot: Snapshot): void {
    this._skewMs = Number.POSITIVE_INFINITY;
    this._heard(snapshot.atMs);
    const changes = this._picture.replace(snapshot);
    this._go({ kind: 'snapshot' });
    this._changed.emit(changes);
  }

  private _onDelta(delta: Delta): boolean {
    this._heard(delta.atMs);
    const applied = this._picture.apply(delta);
    if (applied.kind === 'changed') {
      this._changed.emit(applied.changes);
    }
    return applied.kind !== 'gap';
  }

  /** The smallest difference between the two clocks ever seen is the one with the least delay in it. */
  private _heard(atMs: number): void {
    this._lastHeardMs = this._clock.now();
    this._skewMs = Math.min(this._skewMs, this._lastHeardMs - atMs);
  }

  private _go(event: ConnectionEvent): void {
    if (this.isDisposed) {
      return;
    }
    // "Last heard" is when the picture was last true: while live that is this moment.
    if (this._connection.kind === 'live') {
      this._lastHeardMs = this._clock.now();
    }
    const next = nextConnection(this._connection, event, this._lastHeardMs);
    if (next !== this._connection) {
      this._connection = next;
      this._connectionChanged.emit(next);
    }
  }

  private _tick(): void {
    this._timer = this._clock.after(1000, () => {
      if (this._clock.visible && this._moves()) {
        this._ticked.emit();
      }
      this._tick();
    });
  }

  private _moves(): boolean {
    if (this._connection.kind !== 'live') {
      return true;
    }
    for (const pool of this._picture.pools.values()) {
      if (Object.values(pool.counts).some(count => count > 0)) {
        return true;
      }
    }
    for (const group of this._picture.groups.values()) {
      if (isUnfinished(group)) {
        return true;
      }
    }
    return [...this._picture.hosts.values()].some(({ state }) => TIMED.includes(state));
  }

  private readonly _door: IDoor;
  private readonly _clock: IClock;
  private readonly _stream: Stream;
  private readonly _picture = new Picture();
  private readonly _changed = new Signal<this, IChangeSet>(this);
  private readonly _connectionChanged = new Signal<this, Connection>(this);
  private readonly _ticked = new Signal<this, void>(this);
  private _connection: Connection = { kind: 'connecting' };
  private _lastHeardMs: number | null = null;
  private _skewMs = 0;
  private _timer: IDisposable | null = null;
}

export namespace PilothouseModel {
  export interface IOptions {
    door: IDoor;
    clock: IClock;
  }
}

/** Whether more is to come of a group. */
export function isUnfinished(group: TaskGroup): boolean {
  return !group.kernelGone && group.waiting + group.running > 0;
}
