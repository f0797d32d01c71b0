import type { ErrorData, Uplink } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IClock } from '../../tokens';

/** How a way is, without where it leads. */
export type UplinkCondition = Pick<Uplink, 'sinceMs' | 'trouble' | 'nextTryMs'>;

/** Whether a way is open, and since when; tells of each change. */
export class UplinkState {
  constructor(
    private readonly _clock: IClock,
    private readonly _changed: () => void
  ) {}

  /** null: it has neither opened nor failed yet. */
  get condition(): UplinkCondition | null {
    return this._condition;
  }

  /** Whether it was found not to be open. */
  get isTroubled(): boolean {
    return this._condition !== null && this._condition.trouble !== null;
  }

  opened(): void {
    this._set({ sinceMs: this._since(false), trouble: null, nextTryMs: null });
  }

  failed(error: unknown, nextTryMs: number | null): void {
    this._set({ sinceMs: this._since(true), trouble: dataOf(error), nextTryMs });
  }

  private _since(isTroubled: boolean): number {
    return this._condition !== null && this.isTroubled === isTroubled
      ? this._condition.sinceMs
      : this._clock.now();
  }

  private _set(condition: UplinkCondition): void {
    if (JSON.stringify(condition) !== JSON.stringify(this._condition)) {
      this._condition = condition;
      this._changed();
    }
  }

  private _condition: UplinkCondition | null = null;
}

/** An error as it travels. */
export const dataOf = (error: unknown): ErrorData =>
  error instanceof PilothouseError
    ? error.data
    : {
        code: 'internal',
        params: {},
        words: error instanceof Error ? error.message : String(error)
      };

/** Whether a way that failed may be there again by itself (protocol/errors.ts, `uplink_failed`). */
export const mayPass = (error: unknown): boolean =>
  error instanceof PilothouseError &&
  error.code === 'uplink_failed' &&
  error.data.params.passing === true;
