import { isIPv6 } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { LIMITS } from '../../protocol';
import type { IClock, IDisposable } from '../tokens';
import type { IWayHere } from './tokens';

/** An agent of this machine has proved itself by then; who has not makes room for a newer one. */
const EVICT_AFTER_MS = 250;

type Origin = Pick<IWayHere, 'by' | 'from'>;

interface IStranger extends Origin {
  readonly sinceMs: number;
  readonly timer: IDisposable;
}

/** What one port or relay has brought: by the machines that they came from, the oldest first. */
class Brought {
  count = 0;
  readonly from = new Map<string, Set<TLSSocket>>();

  get most(): Set<TLSSocket> {
    let most = new Set<TLSSocket>();
    for (const sockets of this.from.values()) {
      most = sockets.size > most.size ? sockets : most;
    }
    return most;
  }
}

/**
 * Connections that have not proved themselves, so many and no longer than the
 * limits say. When there are too many, the port or relay that has brought most
 * gives up one, the oldest of the machine that most of its come from: so a
 * stranger who holds connections keeps nobody out, and a relay that makes up
 * machines none but its own. Who comes from where most come from, too, is
 * turned away and comes again while even the oldest may be about to finish: ten
 * thousand agents may dial at once.
 */
export class Unproven {
  constructor(
    private readonly _clock: IClock,
    private readonly _tooLate: (socket: TLSSocket) => void
  ) {}

  get count(): number {
    return this._strangers.size;
  }

  /** Makes room for one more from there; false: there is none. */
  makeRoom({ by, from }: Origin): boolean {
    if (this._strangers.size < LIMITS.unprovenConnections) {
      return true;
    }
    const own = this._by.get(by);
    let fullest = new Brought();
    for (const brought of this._by.values()) {
      fullest = brought.count > fullest.count ? brought : fullest;
    }
    const { most } = fullest;
    const [oldest] = most;
    const sinceMs = this._strangers.get(oldest)?.sinceMs ?? 0;
    const isNoFewer =
      fullest === own
        ? most.size <= (own.from.get(machineOf(from))?.size ?? 0) + 1
        : fullest.count <= (own?.count ?? 0) + 1;
    if (isNoFewer && this._clock.now() - sinceMs < EVICT_AFTER_MS) {
      return false;
    }
    this.drop(oldest);
    oldest.destroy();
    return true;
  }

  add(socket: TLSSocket, { by, from: address }: Origin): void {
    const from = machineOf(address);
    const timer = this._clock.after(LIMITS.proveWithinMs, () => this._tooLate(socket));
    this._strangers.set(socket, { by, from, sinceMs: this._clock.now(), timer });
    const brought = this._by.get(by) ?? new Brought();
    const same = brought.from.get(from) ?? new Set();
    same.add(socket);
    brought.from.set(from, same);
    brought.count += 1;
    this._by.set(by, brought);
  }

  /** It has proved itself, or is gone. */
  drop(socket: TLSSocket): void {
    const stranger = this._strangers.get(socket);
    if (stranger === undefined) {
      return;
    }
    stranger.timer.dispose();
    this._strangers.delete(socket);
    const brought = this._by.get(stranger.by);
    const same = brought?.from.get(stranger.from);
    if (brought === undefined || same === undefined) {
      return;
    }
    same.delete(socket);
    brought.count -= 1;
    if (same.size === 0) {
      brought.from.delete(stranger.from);
    }
    if (brought.count === 0) {
      this._by.delete(stranger.by);
    }
  }

  dispose(): void {
    for (const [socket, { timer }] of this._strangers) {
      timer.dispose();
      socket.destroy();
    }
    this._strangers.clear();
    this._by.clear();
  }

  private readonly _strangers = new Map<TLSSocket, IStranger>();
  private readonly _by = new Map<object, Brought>();
}

/**
 * What counts as one machine; of loopback, a user where that is known (`LocalUsers`).
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
