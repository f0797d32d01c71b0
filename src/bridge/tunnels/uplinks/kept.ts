import { RELAY_LIMITS, type RelayReady } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IBridgeContext, IDisposable } from '../../tokens';
import type { IDoorOfAgents } from '../tokens';
import { Carrier, type IRelayStream } from './carrier';

/** A stream on which a relay has begun to speak, and what it has said of its frames so far. */
export interface IOpenRelay extends IRelayStream {
  readonly first: Buffer;
}

interface IWaiter {
  readonly resolve: (ready: RelayReady) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One relay, kept: when its stream breaks it is opened again, after a while that
 * doubles, or at once when it is wanted or its login is back.
 */
export class KeptRelay implements IDisposable {
  /**
   * @param _name for the log
   * @param _open throws a PilothouseError; `login_needed` waits for `again`
   * @param _opened called with each new `ready`
   */
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _door: IDoorOfAgents,
    private readonly _name: string,
    private readonly _open: () => Promise<IOpenRelay>,
    private readonly _opened: (ready: RelayReady) => void = () => undefined
  ) {}

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
    this._timer?.dispose();
    this._timer = null;
    void this._try();
  }

  dispose(): void {
    this._disposed = true;
    this._timer?.dispose();
    this._limit?.dispose();
    this._carrier?.dispose();
    this._carrier = null;
    this._ready = null;
    this._settle(({ reject }) => {
      reject(new PilothouseError({ code: 'host_lost', params: { host: this._name } }));
    });
  }

  private async _try(): Promise<void> {
    this._isOpening = true;
    try {
      const stream = await this._open();
      if (this._disposed) {
        stream.close();
        return;
      }
      this._carry(stream);
    } catch (error) {
      this._failed(error);
    } finally {
      this._isOpening = false;
    }
  }

  private _carry(stream: IOpenRelay): void {
    const { clock, log } = this._context;
    const carrier = new Carrier(clock, stream, this._door, {
      ready: ready => {
        log.info('uplink.open', { relay: this._name, port: ready.port });
        this._limit?.dispose();
        this._pauseMs = RELAY_LIMITS.againAfterMs;
        this._ready = ready;
        this._said = '';
        this._opened(ready);
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
    this._failed(
      new PilothouseError({ code: 'host_lost', params: { host: this._name }, words: why })
    );
  }

  private _failed(error: unknown): void {
    const said = String(error);
    if (said !== this._said && !this._disposed) {
      this._context.log.warn('uplink.lost', { relay: this._name, words: said });
    }
    this._said = said;
    this._settle(({ reject }) => {
      reject(error);
    });
    const waits = error instanceof PilothouseError && error.code === 'login_needed';
    if (!this._disposed && !waits) {
      this._timer?.dispose();
      this._timer = this._context.clock.after(this._pauseMs, () => {
        this.again();
      });
      this._pauseMs = Math.min(this._pauseMs * 2, RELAY_LIMITS.againAtMostMs);
    }
  }

  private _settle(call: (waiter: IWaiter) => void): void {
    this._waiters.splice(0).forEach(call);
  }

  private readonly _waiters: IWaiter[] = [];
  private _carrier: Carrier | null = null;
  private _ready: RelayReady | null = null;
  private _isKept = false;
  private _isOpening = false;
  private _pauseMs: number = RELAY_LIMITS.againAfterMs;
  private _timer: IDisposable | null = null;
  private _limit: IDisposable | null = null;
  private _said = '';
  private _disposed = false;
}
