import type { IClock, IDisposable } from './tokens';

/** A longer wait would be over at once (Node.js, Timers, `setTimeout`); people may set years. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's own clock and timers. */
export const systemClock: IClock = {
  now: () => Date.now(),

  after(ms: number, call: () => void): IDisposable {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      const next = leftMs <= LONGEST_MS ? call : () => wait(leftMs - LONGEST_MS);
      timer = setTimeout(next, Math.min(leftMs, LONGEST_MS));
    };
    wait(ms);
    return { dispose: () => clearTimeout(timer) };
  },

  every(ms: number, call: () => void): IDisposable {
    const timer = setInterval(call, ms);
    return { dispose: () => clearInterval(timer) };
  }
};
