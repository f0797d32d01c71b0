import type { IClock, IDisposable } from './tokens';

/** The machine's own clock and timers. */
export const systemClock: IClock = {
  now: () => Date.now(),

  after(ms: number, call: () => void): IDisposable {
    const timer = setTimeout(call, ms);
    return { dispose: () => clearTimeout(timer) };
  },

  every(ms: number, call: () => void): IDisposable {
    const timer = setInterval(call, ms);
    return { dispose: () => clearInterval(timer) };
  }
};
