import type { IClock, IDisposable } from './tokens';

interface ITimer {
  at: number;
  every: number | null;
  call: () => void;
}

/** A clock that a test moves by hand; calls what falls due, in order. */
export class ManualClock implements IClock {
  constructor(private _now = 1_700_000_000_000) {}

  now(): number {
    return this._now;
  }

  after(ms: number, call: () => void): IDisposable {
    return this._add({ at: this._now + ms, every: null, call });
  }

  every(ms: number, call: () => void): IDisposable {
    return this._add({ at: this._now + ms, every: ms, call });
  }

  /** How many timers are set: none may be left when all is disposed. */
  get pending(): number {
    return this._timers.size;
  }

  advance(ms: number): void {
    const end = this._now + ms;
    for (;;) {
      const next = [...this._timers].sort((a, b) => a.at - b.at).find(({ at }) => at <= end);
      if (next === undefined) {
        break;
      }
      this._now = next.at;
      if (next.every === null) {
        this._timers.delete(next);
      } else {
        next.at += next.every;
      }
      next.call();
    }
    this._now = end;
  }

  /** The machine sleeps, and wakes: the clock goes on, and timers have as long to go as before. */
  sleep(ms: number): void {
    this._now += ms;
    for (const timer of this._timers) {
      timer.at += ms;
    }
  }

  private _add(timer: ITimer): IDisposable {
    this._timers.add(timer);
    return { dispose: () => void this._timers.delete(timer) };
  }

  private readonly _timers = new Set<ITimer>();
}
