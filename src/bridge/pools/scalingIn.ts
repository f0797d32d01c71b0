import type { IBridgeContext } from '../tokens';
import type { Endings } from './endings';
import { spare } from './lending';
import { isFree, isPresent, type IPilotEntry, type IPoolEntry } from './model';
import { wantedCount } from './wanted';

const NOT_STARTED = ['requested', 'queued', 'held'];

/** Ends pilots that are too many: beyond a number, queued in vain, idle for too long, in the way. */
export class ScalingIn {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _endings: Endings
  ) {}

  /** Returns when time alone will make it end another one; Infinity: never. */
  settle(pool: IPoolEntry): number {
    const present = [...pool.pilots.values()].filter(isPresent);
    const over = present.length - pool.wanted.count;
    pool.shrinking = pool.shrinking && over > 0;
    if (over > 0 && (pool.typed !== null || pool.shrinking)) {
      this.spare(present, over);
    }
    const left = present.filter(isPresent);
    const queuedAtMs = this._endSurplusQueued(pool, left);
    return Math.min(queuedAtMs, this._endIdle(pool, left.filter(isPresent)));
  }

  /** Ends up to `count` of these that nobody has, cheapest first. */
  spare(from: readonly IPilotEntry[], count: number): void {
    const candidates = from
      .filter(entry => entry.lease === null && entry.orphan === null)
      .map(entry => ({ entry, ...entry.record.pilot }));
    const going = spare(candidates, count).map(({ entry }) => entry);
    if (going.length > 0) {
      this._endings.end(going, 'scaled_in', true);
    }
  }

  private _endSurplusQueued(pool: IPoolEntry, present: readonly IPilotEntry[]): number {
    const { scaling } = pool.profile;
    let kept = 0;
    for (const { asking } of pool.executors.values()) {
      kept += asking.count;
    }
    const over =
      present.length - Math.max(pool.wanted.count, wantedCount(pool.typed, kept, scaling));
    const queued = present.filter(({ record }) => NOT_STARTED.includes(record.pilot.state));
    if (over <= 0 || queued.length === 0) {
      pool.surplusSinceMs = null;
      return Infinity;
    }
    const now = this._context.clock.now();
    pool.surplusSinceMs ??= now;
    const dueMs = pool.surplusSinceMs + scaling.restSeconds * 1000;
    if (now < dueMs) {
      return dueMs;
    }
    this.spare(queued, over);
    pool.surplusSinceMs = null;
    return Infinity;
  }

  private _endIdle(pool: IPoolEntry, present: readonly IPilotEntry[]): number {
    const { idleSeconds, min } = pool.profile.scaling;
    const over = present.length - (pool.typed ?? min);
    if (over <= 0) {
      return Infinity;
    }
    const now = this._context.clock.now();
    const going: IPilotEntry[] = [];
    let nextMs = Infinity;
    for (const entry of present.filter(isFree)) {
      const dueMs = entry.record.pilot.sinceMs + idleSeconds * 1000;
      if (dueMs > now) {
        nextMs = Math.min(nextMs, dueMs);
      } else if (going.length < over) {
        going.push(entry);
      }
    }
    if (going.length > 0) {
      this._endings.end(going, 'idle_timeout', true);
    }
    return nextMs;
  }
}
