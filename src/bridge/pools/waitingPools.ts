import { onceConnected, type IHost } from '../hosts';
import type { IClock, IDisposable } from '../tokens';

/** Whose turn comes after a while, or once somebody is logged in; each at most once at a time. */
export class WaitingPools<K> implements IDisposable {
  constructor(
    private readonly _clock: IClock,
    private readonly _turn: (of: K) => void
  ) {}

  /** One that has a time already keeps it. */
  after(of: K, ms: number): void {
    if (this._disposed || this._timed.has(of)) {
      return;
    }
    this._timed.set(
      of,
      this._clock.after(ms, () => {
        this._timed.delete(of);
        this._turn(of);
      })
    );
  }

  /** Its turn is so long after somebody has logged in; one that waits so already waits anew. */
  afterLogin(of: K, host: Pick<IHost, 'connected' | 'onConnection'>, ms: number): void {
    if (this._disposed) {
      return;
    }
    this._logins.get(of)?.dispose();
    const waiting = onceConnected(host, () => {
      this._logins.delete(of);
      this.after(of, ms);
    });
    if (!host.connected) {
      this._logins.set(of, waiting);
    }
  }

  dispose(): void {
    this._disposed = true;
    for (const waiting of [...this._timed.values(), ...this._logins.values()]) {
      waiting.dispose();
    }
    this._timed.clear();
    this._logins.clear();
  }

  private readonly _timed = new Map<K, IDisposable>();
  private readonly _logins = new Map<K, IDisposable>();
  private _disposed = false;
}
