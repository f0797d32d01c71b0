import type { TLSSocket } from 'node:tls';
import { LIMITS } from '../../protocol';
import type { IClock, IDisposable } from '../tokens';

/** An agent of this machine has proved itself by then; who has not makes room for a newer one. */
const EVICT_AFTER_MS = 250;

interface IStranger {
  readonly from: string;
  readonly sinceMs: number;
  readonly timer: IDisposable;
}

/**
 * Connections that have not proved themselves, so many and no longer than the
 * limits say. When there are too many, the machine that most of them come from
 * gives up its oldest, so that a stranger who holds connections keeps nobody
 * out; unless even that one is about to finish (ten thousand agents may dial at
 * once), when the newest is turned away and comes again.
 */
export class Unproven {
  constructor(
    private readonly _clock: IClock,
    private readonly _tooLate: (socket: TLSSocket) => void
  ) {}

  /** Makes room for one more; false: there is none. */
  makeRoom(): boolean {
    if (this._strangers.size < LIMITS.unprovenConnections) {
      return true;
    }
    let most = new Set<TLSSocket>();
    for (const sockets of this._from.values()) {
      most = sockets.size > most.size ? sockets : most;
    }
    const [oldest] = most;
    const sinceMs = this._strangers.get(oldest)?.sinceMs ?? 0;
    if (this._clock.now() - sinceMs < EVICT_AFTER_MS) {
      return false;
    }
    this.drop(oldest);
    oldest.destroy();
    return true;
  }

  add(socket: TLSSocket, from: string): void {
    const timer = this._clock.after(LIMITS.proveWithinMs, () => this._tooLate(socket));
    this._strangers.set(socket, { from, sinceMs: this._clock.now(), timer });
    const same = this._from.get(from) ?? new Set();
    same.add(socket);
    this._from.set(from, same);
  }

  /** It has proved itself, or is gone. */
  drop(socket: TLSSocket): void {
    const stranger = this._strangers.get(socket);
    if (stranger === undefined) {
      return;
    }
    stranger.timer.dispose();
    this._strangers.delete(socket);
    const same = this._from.get(stranger.from);
    same?.delete(socket);
    if (same?.size === 0) {
      this._from.delete(stranger.from);
    }
  }

  dispose(): void {
    for (const [socket, { timer }] of this._strangers) {
      timer.dispose();
      socket.destroy();
    }
    this._strangers.clear();
    this._from.clear();
  }

  private readonly _strangers = new Map<TLSSocket, IStranger>();
  private readonly _from = new Map<string, Set<TLSSocket>>();
}
