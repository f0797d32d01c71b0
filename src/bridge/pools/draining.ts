import type { IBridgeContext, ITaskBook } from '../tokens';
import type { Endings } from './endings';
import { isPresent, profileOf, type IPilotEntry, type IPoolEntry } from './model';

/** How often what runs is compared with what is left, in the second half of a pilot's life. */
const LOOK_EVERY_MS = 1000;

/** A pilot's life, in milliseconds of the same clock. */
export interface ILife {
  readonly startedAtMs: number;
  readonly endsByMs: number;
}

/**
 * When a pilot takes no new task any more: once less of its life is left than
 * the longest task so far and a margin, though never in its first half.
 */
export function drainsAtMs(life: ILife, longestMs: number, marginMs: number): number {
  const half = (life.endsByMs - life.startedAtMs) / 2;
  return life.endsByMs - Math.min(longestMs + marginMs, half);
}

/** Takes pilots out of use before their walltime ends tasks that could not finish there. */
export class Draining {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _tasks: ITaskBook,
    private readonly _endings: Endings
  ) {}

  /** Returns when time alone will make it drain another one; Infinity: never. */
  settle(pool: IPoolEntry): number {
    const mortal = [...pool.pilots.values()].filter(entry => isPresent(entry) && lifeOf(entry));
    if (mortal.length === 0) {
      return Infinity;
    }
    const now = this._context.clock.now();
    let longestMs = 0;
    for (const pilot of pool.pilots.keys()) {
      longestMs = Math.max(longestMs, this._tasks.longestMs(pilot, now));
    }
    let nextMs = Infinity;
    for (const entry of mortal) {
      const life = lifeOf(entry);
      if (life === null) {
        continue;
      }
      const atMs = drainsAtMs(life, longestMs, profileOf(entry).scaling.drainSeconds * 1000);
      if (atMs <= now) {
        this._endings.drain(entry, 'walltime_near');
        continue;
      }
      const halfMs = (life.startedAtMs + life.endsByMs) / 2;
      const again = now < halfMs ? halfMs : now + LOOK_EVERY_MS;
      nextMs = Math.min(nextMs, atMs, again);
    }
    return nextMs;
  }
}

/** null: it lives as long as it likes, or has not begun. */
function lifeOf(entry: IPilotEntry): ILife | null {
  const { startedAtMs, endsByMs } = entry.record.pilot;
  const began = entry.connection !== null && startedAtMs !== null && endsByMs !== null;
  return began ? { startedAtMs, endsByMs } : null;
}
