import { RELAY_LIMITS, type RelayReady } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IBridgeContext, IDisposable } from '../../tokens';
import { onWaking } from '../../waking';
import type { IDoorOfAgents } from '../tokens';
import { Carrier, type IRelayStream } from './carrier';
import { UplinkState, type UplinkCondition } from './state';

/** A stream on which a relay has begun to speak, and what it has said of its frames so far. */
export interface IOpenRelay extends IRelayStream {
  readonly first: Buffer;
}

/** What is relayed, and who is told. */
export interface IKeptRelay {
  /** For the log, and as errors call it. */
  readonly name: string;
  /** @throws PilothouseError; `login_needed` waits for `again` */
  open(): Promise<IOpenRelay>;
  /** What its loss is called, which `words` explain. */
  lost(words: string): PilothouseError;
  /** Called with each new `ready`. */
  opened?(ready: RelayReady): void;
  /** `condition` is another. */
  changed(): void;
}

interface IWaiter {
  readonly resolve: (ready: RelayReady) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One relay, kept: when its stream breaks it is opened again, at once and then
 * after a while that doubles, or when it is wanted, its login is back, or this
 * machine wakes.
 */
export class KeptRelay implements IDisposable {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _door: IDoorOfAgents,
    private readonly _kept: IKeptRelay
  ) {
    this._state = new UplinkState(_context.clock, () => _kept.changed());
  }

  /** Whether it is open, and why not; null: that is not known yet. */
  get condition(): UplinkCondition | null {
    return this._state.condition;
  }

  /** Where it listens, or has listened last; null: it never has. */
  get last(): RelayReady | null {
    return this._last;
  }

  /** Where it listens, opened if it is not. @throws PilothouseError of this try */
  wanted(): Promise<RelayReady> {
    if (this._ready !== null) {
      return Promise.resolve(this._ready);
    }
    return new Promise((resolve, reject) => {
      this._waiters.push({ resolve, reject });
      this.again();
    });
  }

  /** Has it open from now on; what does not work is tried again by itself. */
  keepOpen(): void {
    if (!this._isKept) {
      this.again();
    }
  }

  /** Tries now, if it is not open and not being opened. */
  again(): void {
    if (this._disposed || this._isOpening || this._carrier !== null) {
      return;
    }
    this._isKept = true;
    this._waking ??= onWaking(this._context.clock, sleptMs => this._woke(sleptMs));
    this._timer?.dispose();
    this._timer = null;
    void this._try();
  }

  /** Tries now over a new login: what is being opened over the one before comes too late. */
  overNewLogin(): void {
    this._attempt += 1;
    this._isOpening = false;
    this.again();
  }

  dispose(): void {
    this._disposed = true;
    this._waking?.dispose();
    this._timer?.dispose();
    this._limit?.dispose();
    this._carrier?.dispose();
    this._carrier = null;
    this._ready = null;
    this._settle(({ reject }) => {
      reject(new PilothouseError({ code: 'host_lost', params: { host: this._kept.name } }));
    });
  }

  private async _try(): Promise<void> {
    this._isOpening = true;
    this._attempt += 1;
    const attempt = this._attempt;
    try {
      const stream = await this._kept.open();
      if (attempt !== this._attempt || this._disposed) {
        stream.close();
        return;
      }
      this._isOpening = false;
      this._carry(stream);
    } catch (error) {
      if (attempt === this._attempt) {
        this._isOpening = false;
        this._failed(error);
      }
    }
  }

  private _carry(stream: IOpenRelay): void {
    const { clock, log } = this._context;
    const carrier = new Carrier(clock, stream, this._door, {
      ready: ready => {
        log.info('uplink.open', { relay: this._kept.name, port: ready.port });
        this._limit?.dispose();
        this._pauseMs = RELAY_LIMITS.againAfterMs;
        this._ready = this._last = ready;
        this._openSinceMs = clock.now();
        this._said = '';
        this._kept.opened?.(ready);
        this._state.opened();
        this._settle(({ resolve }) => {
          resolve(ready);
        });
      },
      ended: why => {
        if (this._carrier === carrier) {
          this._lost(why);
        }
      }
    });
    this._carrier = carrier;
    this._limit = clock.after(RELAY_LIMITS.silenceMs, () => {
      carrier.dispose();
      this._lost('the relay does not say where it listens');
    });
    carrier.begin(stream.first);
  }

  private _lost(why: string): void {
    this._limit?.dispose();
    this._carrier = null;
    this._ready = null;
    this._failed(this._kept.lost(why));
  }

  /** A relay ends when it has heard nothing of its bridge for too long, and that may not have come here. */
  private _woke(sleptMs: number): void {
    this._pauseMs = RELAY_LIMITS.againAfterMs;
    const carrier = this._carrier;
    if (carrier === null) {
      this.again();
    } else if (sleptMs > RELAY_LIMITS.silenceMs) {
      carrier.ask();
    }
  }

  /** How long to wait for the next try. */
  private _pause(): number {
    const { clock } = this._context;
    const sinceMs = this._openSinceMs;
    this._openSinceMs = null;
    if (sinceMs !== null) {
      this._lostAtMs = clock.now();
      if (clock.now() - sinceMs >= RELAY_LIMITS.goodAfterMs) {
        return 0;
      }
    }
    const pauseMs = this._pauseMs;
    const isSoon = clock.now() < this._lostAtMs + RELAY_LIMITS.soonMs;
    if (!isSoon) {
      this._pauseMs = Math.min(pauseMs * 2, RELAY_LIMITS.againAtMostMs);
    }
    return pauseMs;
  }

  private _failed(error: unknown): void {
    const said = String(error);
    if (said !== this._said && !this._disposed) {
      this._context.log.warn('uplink.lost', { relay: this._kept.name, words: said });
    }
    this._said = said;
    const waits = error instanceof PilothouseError && error.code === 'login_needed';
    if (!this._disposed) {
      const { clock } = this._context;
      const pauseMs = this._pause();
      this._state.failed(error, waits ? null : clock.now() + pauseMs);
      if (!waits) {
        this._timer?.dispose();
        this._timer = clock.after(pauseMs, () => {
          this.again();
        });
      }
    }
    this._settle(({ reject }) => {
      reject(error);
    });
  }

  private _settle(call: (waiter: IWaiter) => void): void {
    this._waiters.splice(0).forEach(call);
  }

  private readonly _state: UplinkState;
  private readonly _waiters: IWaiter[] = [];
  private _last: RelayReady | null = null;
  private _carrier: Carrier | null = null;
  private _ready: RelayReady | null = null;
  private _isKept = false;
  private _isOpening = false;
  /** Counts what was begun to open it, of which only the last counts. */
  private _attempt = 0;
  private _pauseMs: number = RELAY_LIMITS.againAfterMs;
  /** Since when it is open; null: it is not. */
  private _openSinceMs: number | null = null;
  /** When it was open last. */
  private _lostAtMs = -Infinity;
  private _waking: IDisposable | null = null;
  private _timer: IDisposable | null = null;
  private _limit: IDisposable | null = null;
  private _said = '';
  private _disposed = false;
}
