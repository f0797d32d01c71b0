import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';
import type { IClock } from '../clock';
import { NOW_MS } from './entities';

/** A clock that a test moves. */
export class TestClock implements IClock {
  visible = true;

  now(): number {
    return this._nowMs;
  }

  after(ms: number, call: () => void): IDisposable {
    const timer = { atMs: this._nowMs + ms, call };
    this._timers.add(timer);
    return new DisposableDelegate(() => this._timers.delete(timer));
  }

  frame(call: () => void): IDisposable {
    return this.after(16, call);
  }

  onReturn(call: () => void): IDisposable {
    this._returns.add(call);
    return new DisposableDelegate(() => this._returns.delete(call));
  }

  /** What is left behind: timers, and listeners to the page's return. */
  get pending(): number {
    return this._timers.size + this._returns.size;
  }

  comeBack(): void {
    this._returns.forEach(call => call());
  }

  /** Lets time pass; what falls due is called in order. */
  pass(ms: number): void {
    const untilMs = this._nowMs + ms;
    for (;;) {
      const due = [...this._timers]
        .filter(timer => timer.atMs <= untilMs)
        .sort((a, b) => a.atMs - b.atMs)
        .at(0);
      if (due === undefined) {
        break;
      }
      this._timers.delete(due);
      this._nowMs = due.atMs;
      due.call();
    }
    this._nowMs = untilMs;
  }

  private _nowMs = NOW_MS;
  private readonly _timers = new Set<{ atMs: number; call: () => void }>();
  private readonly _returns = new Set<() => void>();
}
