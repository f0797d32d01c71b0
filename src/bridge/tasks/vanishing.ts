import type { IClock, IDisposable } from '../tokens';
import type { IRunningEntry } from './running';

/** Holds what agents no longer say for a while, and then lets it go. */
export class Vanishing implements IDisposable {
  constructor(
    private readonly _clock: IClock,
    private readonly _afterMs: number,
    private readonly _gone: (entries: readonly IRunningEntry[]) => void
  ) {}

  add(entries: readonly IRunningEntry[]): void {
    const dueMs = this._clock.now() + this._afterMs;
    for (const entry of entries) {
      this._waiting.push({ entry, dueMs });
    }
    this._arm();
  }

  dispose(): void {
    this._timer?.dispose();
    this._timer = null;
    this._waiting = [];
  }

  private _arm(): void {
    if (this._timer === null && this._waiting.length > 0) {
      const wait = Math.max(0, this._waiting[0].dueMs - this._clock.now());
      this._timer = this._clock.after(wait, () => this._due());
    }
  }

  private _due(): void {
    this._timer = null;
    const now = this._clock.now();
    const later = this._waiting.findIndex(({ dueMs }) => dueMs > now);
    const due = later === -1 ? this._waiting.splice(0) : this._waiting.splice(0, later);
    this._gone(due.map(({ entry }) => entry));
    this._arm();
  }

  private _waiting: { entry: IRunningEntry; dueMs: number }[] = [];
  private _timer: IDisposable | null = null;
}
