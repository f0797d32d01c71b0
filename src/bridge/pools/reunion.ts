import type { PilotId } from '../../protocol';
import type { IBridgeContext, IDisposable } from '../tokens';
import type { ISwitch } from '../tunnels';
import type { LeaseBook } from './leases';
import type { IBell, IPilotEntry } from './model';
import type { PilotBook } from './pilotBook';

/**
 * The time after a start in which kernels and agents of the bridge before find
 * each other again: pools that nobody has claimed yet are kept, and leases
 * whose pilot has not come back yet are not asked for anew.
 */
export class Reunion implements IDisposable {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _pilots: PilotBook,
    private readonly _leases: LeaseBook,
    private readonly _switch: Pick<ISwitch, 'settle'>,
    private readonly _bell: IBell
  ) {}

  /** Unclaimed pools are stopped from now on. */
  get over(): boolean {
    return this._over;
  }

  /** Pilots of the bridge before have not all been heard of yet. */
  get pending(): boolean {
    return this._missing.size > 0;
  }

  begin(missing: readonly IPilotEntry[]): void {
    for (const entry of missing) {
      this._missing.add(entry.record.pilot.pilot);
    }
    this._timer = this._context.clock.after(this._context.times.reunionMs, () => {
      this._end();
    });
  }

  /** A pilot has spoken, or has ended: no more is to be waited for from it. */
  back(entry: IPilotEntry): void {
    if (this._missing.delete(entry.record.pilot.pilot) && this._missing.size === 0) {
      this._release();
    }
  }

  dispose(): void {
    this._timer?.dispose();
  }

  private _end(): void {
    this._over = true;
    this._missing.clear();
    this._release();
    this._switch.settle();
    for (const entry of this._pilots.all()) {
      if (entry.orphan !== null) {
        this._context.log.info('pool.unclaimed', { ...entry.orphan });
        entry.connection?.send('pool.stop', { lease: entry.orphan.lease });
      }
    }
  }

  /** Leases that no agent has spoken of are asked for anew. */
  private _release(): void {
    for (const lease of this._leases.all()) {
      if (lease.awaitsReunion) {
        lease.awaitsReunion = false;
        this._bell.ring(lease.executor.pool);
      }
    }
  }

  private readonly _missing = new Set<PilotId>();
  private _timer: IDisposable | null = null;
  private _over = false;
}
