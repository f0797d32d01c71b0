import type { IBridgeContext } from '../tokens';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;

interface IWait {
  readonly sinceMs: number;
  readonly pauseMs: number;
  readonly lastMs: number;
}

/** How long what does not open is waited for, and how often it is tried: a short trouble fails nothing. */
export class Patience<K> {
  constructor(private readonly _context: Pick<IBridgeContext, 'clock' | 'times'>) {}

  /** It has failed (again): after how long to try anew; null: it has been long enough. */
  next(of: K): number | null {
    const { clock, times } = this._context;
    const now = clock.now();
    const known = this._waits.get(of);
    // What failed that long ago was another trouble.
    const wait =
      known === undefined || now - known.lastMs > times.uplinkWaitMs
        ? { sinceMs: now, pauseMs: FIRST_PAUSE_MS, lastMs: now }
        : { ...known, pauseMs: Math.min(known.pauseMs * 2, LONGEST_PAUSE_MS), lastMs: now };
    this._waits.set(of, wait);
    return now - wait.sinceMs >= times.uplinkWaitMs ? null : wait.pauseMs;
  }

  /** It is open. */
  over(of: K): void {
    this._waits.delete(of);
  }

  private readonly _waits = new Map<K, IWait>();
}
