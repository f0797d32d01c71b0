import { isIPv6 } from 'node:net';
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
 * out. Who comes from that machine, too, is turned away and comes again while
 * even its oldest may be about to finish: ten thousand agents may dial at once.
 */
export class Unproven {
  constructor(
    private readonly _clock: IClock,
    private readonly _tooLate: (socket: TLSSocket) => void
  ) {}

  /** Makes room for one more from there; false: there is none. */
  makeRoom(from: string): boolean {
    if (this._strangers.size < LIMITS.unprovenConnections) {
      return true;
    }
    let most = new Set<TLSSocket>();
    for (const sockets of this._from.values()) {
      most = sockets.size > most.size ? sockets : most;
    }
    const [oldest] = most;
    const sinceMs = this._strangers.get(oldest)?.sinceMs ?? 0;
    const own = this._from.get(machineOf(from))?.size ?? 0;
    if (most.size <= own + 1 && this._clock.now() - sinceMs < EVICT_AFTER_MS) {
      return false;
    }
    this.drop(oldest);
    oldest.destroy();
    return true;
  }

  add(socket: TLSSocket, address: string): void {
    const from = machineOf(address);
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

/**
 * Whoever can dial from one of these addresses can from all: those of loopback
 * are any user's, and a machine chooses its own within a network of IPv6 (RFC
 * 4291, 2.5.4).
 */
export function machineOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (plain.startsWith('127.') || plain === '::1') {
    return 'loopback';
  }
  if (!isIPv6(plain)) {
    return plain;
  }
  const [before, after] = plain.split('::').map(half => half.split(':').filter(Boolean)) as [
    string[],
    string[]?
  ];
  const zeros = after === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...(after ?? [])];
  return groups.slice(0, 4).join(':');
}
