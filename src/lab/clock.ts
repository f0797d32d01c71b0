import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';

/** Time, as an argument, so that tests can own it. Milliseconds. */
export interface IClock {
  now(): number;
  /** Calls once after `ms`, unless disposed before. */
  after(ms: number, call: () => void): IDisposable;
  /** Calls before the next frame is drawn; a hidden page draws none. */
  frame(call: () => void): IDisposable;
  /** Whether somebody can see the page. */
  readonly visible: boolean;
  /** Calls when the page is looked at again, or the network is back. */
  onReturn(call: () => void): IDisposable;
}

/** The browser's own. */
export const browserClock: IClock = {
  now: () => Date.now(),
  after: (ms, call) => {
    const timer = window.setTimeout(call, ms);
    return new DisposableDelegate(() => window.clearTimeout(timer));
  },
  frame: call => {
    const handle = window.requestAnimationFrame(call);
    return new DisposableDelegate(() => window.cancelAnimationFrame(handle));
  },
  get visible() {
    return document.visibilityState !== 'hidden';
  },
  onReturn: call => {
    const look = () => {
      if (document.visibilityState !== 'hidden') {
        call();
      }
    };
    document.addEventListener('visibilitychange', look);
    window.addEventListener('online', look);
    return new DisposableDelegate(() => {
      document.removeEventListener('visibilitychange', look);
      window.removeEventListener('online', look);
    });
  }
};
