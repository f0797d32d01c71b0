import type { BridgeInstance, Change, Delta, Pilot, PilotId, Snapshot } from '../../protocol';
import type { IChangeSink, IClock, IDisposable } from '../tokens';
import { EntityTable } from './entities';

/** Who gets the stream: a connection that takes texts serialized already. */
export interface ISubscriber {
  send(text: string): void;
}

export interface IChangesOptions {
  readonly clock: IClock;
  readonly instance: BridgeInstance;
  /** At most one delta in this time. */
  readonly everyMs: number;
}

/**
 * The one ordered stream of changes. What is put is coalesced by entity; each
 * flush is one delta, serialized once for all subscribers. Without subscribers
 * nothing is serialized until one comes.
 */
export class Changes implements IChangeSink, IDisposable {
  constructor(private readonly _options: IChangesOptions) {
    this._flushedAtMs = _options.clock.now() - _options.everyMs;
  }

  put(change: Change): void {
    this._entities.put(change);
    this._arm();
  }

  late(put: () => void): void {
    this._late.add(put);
    this._arm();
  }

  /** The newest that was put of a pilot. */
  pilot(pilot: PilotId): Pilot | null {
    return this._entities.pilot(pilot);
  }

  /** Adds a subscriber; the next delta it gets is the one after the snapshot's `seq`. */
  subscribe(subscriber: ISubscriber): Snapshot {
    this.flush();
    this._subscribers.add(subscriber);
    return {
      instance: this._options.instance,
      seq: this._seq,
      atMs: this._options.clock.now(),
      ...this._entities.all()
    };
  }

  unsubscribe(subscriber: ISubscriber): void {
    this._subscribers.delete(subscriber);
    if (this._subscribers.size === 0) {
      this._disarm();
    }
  }

  /** Sends what is pending now. */
  flush(): void {
    for (const put of this._late) {
      put();
    }
    this._late.clear();
    this._disarm();
    const changes = this._entities.take();
    if (changes.length === 0) {
      return;
    }
    this._seq++;
    this._flushedAtMs = this._options.clock.now();
    if (this._subscribers.size === 0) {
      return;
    }
    const head: Omit<Delta, 'changes'> = {
      instance: this._options.instance,
      seq: this._seq,
      atMs: this._flushedAtMs
    };
    const delta = `${JSON.stringify(head).slice(0, -1)},"changes":[${changes.join(',')}]}`;
    const text = `{"jsonrpc":"2.0","method":"state.changed","params":${delta}}`;
    for (const subscriber of this._subscribers) {
      subscriber.send(text);
    }
  }

  dispose(): void {
    this._disarm();
    this._subscribers.clear();
  }

  /** A change after a quiet time goes out at once (with what its turn still adds), others wait. */
  private _arm(): void {
    if (this._timer !== null || this._subscribers.size === 0) {
      return;
    }
    const { clock, everyMs } = this._options;
    const wait = this._flushedAtMs + everyMs - clock.now();
    this._timer = clock.after(Math.min(Math.max(wait, 0), everyMs), () => this.flush());
  }

  private _disarm(): void {
    this._timer?.dispose();
    this._timer = null;
  }

  private readonly _entities = new EntityTable();
  private readonly _late = new Set<() => void>();
  private readonly _subscribers = new Set<ISubscriber>();
  private _seq = 0;
  private _flushedAtMs: number;
  private _timer: IDisposable | null = null;
}
