import type { IClock, IDisposable } from '../tokens';

export interface IIdleOptions {
  readonly clock: IClock;
  /** The bridge ends when it has had no client for this long, no pilot lives, and no file is on its way. */
  readonly idleMs: number;
  clients(): number;
  pilots(): number;
  transfers(): number;
  end(): void;
}

/** How often is looked, at most. */
const LOOK_EVERY_MS = 1000;

/** Ends a bridge that nobody needs. */
export function endWhenIdle(options: IIdleOptions): IDisposable {
  const { clock, idleMs } = options;
  let lonelySinceMs = clock.now();
  return clock.every(Math.max(1, Math.min(LOOK_EVERY_MS, idleMs / 2)), () => {
    const now = clock.now();
    if (options.clients() > 0) {
      lonelySinceMs = now;
    } else if (options.transfers() > 0) {
      lonelySinceMs = now;
    } else if (now - lonelySinceMs >= idleMs && options.pilots() === 0) {
      options.end();
    }
  });
}
