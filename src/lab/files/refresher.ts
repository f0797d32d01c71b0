import type { IDisposable } from '@lumino/disposable';
import type { IClock } from '../clock';
import { DisposableBase } from '../disposable';

/** A folder that somebody looks at is listed again this often. */
const EVERY_MS = 30_000;

/** Does something now and then while somebody looks at it, and nothing while nobody does. */
export class Refresher extends DisposableBase {
  constructor(
    private readonly _clock: IClock,
    private readonly _work: () => void
  ) {
    super();
    this._return = _clock.onReturn(() => this._due());
  }

  protected override release(): void {
    this._return.dispose();
    this.stop();
  }

  /** It is looked at from now on. */
  start(): void {
    this._isOn = true;
    this._due();
  }

  /** It has been done just now. */
  done(): void {
    this._doneMs = this._clock.now();
  }

  stop(): void {
    this._isOn = false;
    this._timer?.dispose();
    this._timer = null;
  }

  private _due(): void {
    this._timer?.dispose();
    this._timer = null;
    // A page that nobody sees says when it is looked at again.
    if (!this._isOn || !this._clock.visible) {
      return;
    }
    if (this._clock.now() - this._doneMs >= EVERY_MS) {
      this.done();
      this._work();
    }
    const wait = this._doneMs + EVERY_MS - this._clock.now();
    this._timer = this._clock.after(wait, () => this._due());
  }

  private readonly _return: IDisposable;
  private _isOn = false;
  private _doneMs = Number.NEGATIVE_INFINITY;
  private _timer: IDisposable | null = null;
}
