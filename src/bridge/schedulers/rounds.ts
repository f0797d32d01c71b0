import type { IClock, IDisposable } from '../tokens';
import { waitMs, type IPace } from './pace';

/**
 * When a scheduler is asked: soon and then regularly where only that tells how
 * jobs are doing, else when nothing was heard of them for as long as the
 * profiles' ceiling; less often while no answer comes, and never below the
 * floor. All times count from the last answer.
 */
export class Rounds implements IDisposable {
  /**
   * `pace` is that of all that is asked for, `round` asks, and resolves to
   * whether there was an answer (it never rejects). `firstLookMs`: how long
   * after a doubt has come up it is asked, at the latest.
   */
  constructor(
    private readonly _clock: IClock,
    private readonly _pace: () => IPace,
    private readonly _round: () => Promise<boolean>,
    private readonly _firstLookMs: number
  ) {}

  /** There is something to ask for. */
  begin(): void {
    if (!this._begun) {
      this._begun = true;
      this._heardAtMs = this._clock.now();
      this._schedule();
    }
  }

  /**
   * Nobody can be asked: no question is tried, and none fails. When somebody
   * can be asked again that is done at once, whatever failed before.
   */
  absent(is: boolean): void {
    if (is === this._absent) {
      return;
    }
    this._absent = is;
    if (is) {
      this._timer?.dispose();
      this._timer = null;
    } else {
      this._failures = 0;
      this._back = true;
      this._schedule();
    }
  }

  /** There is nothing to ask for. */
  rest(): void {
    this._begun = false;
    this._doubtAtMs = null;
    this._firstLookAtMs = Infinity;
    this._timer?.dispose();
    this._timer = null;
    this._answered();
  }

  /** Something was heard that nobody had to be asked for: the scheduler is alive. */
  heard(): void {
    this._heardAtMs = this._clock.now();
    this._schedule();
  }

  /** There is more that only asking tells. */
  newDoubt(): void {
    const now = this._clock.now();
    this._doubtAtMs ??= now;
    // A thousand jobs, one after the other, are one doubt.
    if (now + this._firstLookMs < this._firstLookAtMs) {
      this._firstLookAtMs = now + this._firstLookMs;
      this._schedule();
    }
  }

  /** Whether there is anything that only asking tells. */
  doubt(is: boolean): void {
    if (is && this._doubtAtMs === null) {
      this.newDoubt();
    } else if (!is && this._doubtAtMs !== null) {
      this._doubtAtMs = null;
      this._firstLookAtMs = Infinity;
      this._schedule();
    }
  }

  /** Resolves when there was an answer, or nothing is left to ask for. */
  ask(): Promise<void> {
    if (!this._begun || this._disposed) {
      return Promise.resolve();
    }
    return new Promise(resolve => {
      this._asked.push(resolve);
      this._schedule();
    });
  }

  dispose(): void {
    this._disposed = true;
    this.rest();
  }

  private _schedule(): void {
    if (this._running || this._disposed || !this._begun || this._absent) {
      return;
    }
    const now = this._clock.now();
    this._timer?.dispose();
    this._timer = this._clock.after(Math.max(0, this._nextAtMs(now) - now), () => {
      this._timer = null;
      const thenMs = this._clock.now();
      // Since this was set, profiles may have come that allow less.
      if (this._nextAtMs(thenMs) > thenMs) {
        this._schedule();
      } else {
        void this._run();
      }
    });
  }

  private _nextAtMs(now: number): number {
    const pace = this._pace();
    const backOffMs = this._failures > 0 ? waitMs(pace, this._failures) : 0;
    const notBeforeMs = this._lastAtMs + Math.max(pace.floorMs, backOffMs);
    return Math.max(this._dueAtMs(now, pace), notBeforeMs);
  }

  private _dueAtMs(now: number, pace: IPace): number {
    if (this._asked.length > 0 || this._failures > 0 || this._back) {
      return now;
    }
    if (this._doubtAtMs === null) {
      return Math.max(this._heardAtMs, this._lastAtMs) + pace.ceilingMs;
    }
    const isNew = this._lastAtMs < this._doubtAtMs;
    return Math.min(this._firstLookAtMs, isNew ? Infinity : this._lastAtMs + pace.everyMs);
  }

  private async _run(): Promise<void> {
    this._running = true;
    this._back = false;
    this._firstLookAtMs = Infinity;
    const asked = this._asked.splice(0);
    if (await this._round()) {
      this._failures = 0;
      for (const resolve of asked) {
        resolve();
      }
    } else {
      this._failures += 1;
      this._asked.unshift(...asked);
    }
    this._running = false;
    this._lastAtMs = this._clock.now();
    if (!this._begun || this._disposed) {
      this._answered();
    } else {
      this._schedule();
    }
  }

  private _answered(): void {
    for (const resolve of this._asked.splice(0)) {
      resolve();
    }
  }

  private readonly _asked: (() => void)[] = [];
  private _timer: IDisposable | null = null;
  private _begun = false;
  private _absent = false;
  /** Somebody can be asked again, and has not been yet. */
  private _back = false;
  private _running = false;
  private _disposed = false;
  /** When the last question was answered, or had failed. */
  private _lastAtMs = -Infinity;
  private _heardAtMs = -Infinity;
  /** Since when there is something that only asking tells; null: there is nothing. */
  private _doubtAtMs: number | null = null;
  /** When what came up since the last question is asked for, at the latest. */
  private _firstLookAtMs = Infinity;
  private _failures = 0;
}
