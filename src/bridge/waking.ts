import type { IClock, IDisposable } from './tokens';

/** How often it is looked whether time has passed unseen. */
const LOOK_MS = 500;
/** A process that is only busy is not away for longer. */
const ASLEEP_MS = 5_000;

/**
 * Calls, soon after, when this machine or process has slept, and for how long.
 * Timers count the time that a machine is awake (clock_gettime(2),
 * CLOCK_MONOTONIC) and the clock all of it: a look that the clock says is late
 * comes after a sleep. A clock that was set forward looks the same: who is called
 * may ask what is open for a sign of life, and must not give it up unasked.
 */
export function onWaking(clock: IClock, call: (sleptMs: number) => void): IDisposable {
  let lookedMs = clock.now();
  return clock.every(LOOK_MS, () => {
    const nowMs = clock.now();
    const sleptMs = nowMs - lookedMs - LOOK_MS;
    lookedMs = nowMs;
    if (sleptMs > ASLEEP_MS) {
      call(sleptMs);
    }
  });
}
