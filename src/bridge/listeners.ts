import type { IDisposable } from './tokens';

/** Who wants to hear of one thing; who listens twice hears twice. */
export class Listeners<T extends readonly unknown[]> {
  add(call: (...said: T) => void): IDisposable {
    const listener = { call };
    this._all.add(listener);
    return { dispose: () => void this._all.delete(listener) };
  }

  /** Calls those who listen now. */
  tell(...said: T): void {
    for (const { call } of [...this._all]) {
      call(...said);
    }
  }

  clear(): void {
    this._all.clear();
  }

  private readonly _all = new Set<{ readonly call: (...said: T) => void }>();
}
