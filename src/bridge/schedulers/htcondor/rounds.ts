import type { IClock, IDisposable } from '../../tokens';
import { waitMs, type IPace } from '../pace';

/** A submission's first events may come a moment after the reply. */
const DOUBT_MS = 3000;

/**
 * When condor_q is asked: soon and then regularly where a log leaves a doubt,
 * else when nothing was heard for as long as the profiles' ceiling; less often
 * while no answer comes, and never below the floor.
 */
export class Rounds implements IDisposable {
  constructor(
    private readonly _clock: IClock,
    private readonly _pace: () => IPace,
    /** Never rejects; whether there was an answer. */
    private readonly _round: () => Promise<boolean>
  ) {}

  /** There is something to ask for. */
  begin(): void {
    if (!this._begun) {
      this._begun = true;
      this._heardAtMs = this._clock.now();
      this._schedule();
    }
  }

  /** There is nothing to ask for. */
  rest(): void {
    this._begun = false;
    this._doubtAtMs = null;
    this._timer?.dispose();
    this._timer = null;
    this._answered();
  }

  /** A log has told something: HTCondor is alive. */
  heard(): void {
    this._heardAtMs = this._clock.now();
    this._schedule();
  }

  doubt(is: boolean): void {
    if (is !== (this._doubtAtMs !== null)) {
      this._doubtAtMs = is ? this._clock.now() : null;
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
    if (this._running || this._disposed || !this._begun) {
      return;
    }
    const now = this._clock.now();
    const atMs = Math.max(this._dueAtMs(now), this._notBeforeMs());
    this._timer?.dispose();
    this._timer = this._clock.after(Math.max(0, atMs - now), () => {
      this._timer = null;
      void this._run();
    });
  }

  private _dueAtMs(now: number): number {
    const pace = this._pace();
    if (this._asked.length > 0 || this._failures > 0) {
      return now;
    }
    if (this._doubtAtMs !== null) {
      return this._askedAtMs >= this._doubtAtMs
        ? this._askedAtMs + pace.everyMs
        : this._doubtAtMs + DOUBT_MS;
    }
    return Math.max(this._heardAtMs, this._askedAtMs) + pace.ceilingMs;
  }

  private _notBeforeMs(): number {
    const pace = this._pace();
    const backOffMs = this._failures > 0 ? waitMs(pace, this._failures) : 0;
    return this._askedAtMs + Math.max(pace.floorMs, backOffMs);
  }

  private async _run(): Promise<void> {
    this._running = true;
    this._askedAtMs = this._clock.now();
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
  private _running = false;
  private _disposed = false;
  private _askedAtMs = -Infinity;
  private _heardAtMs = -Infinity;
  private _doubtAtMs: number | null = null;
  private _failures = 0;
}
