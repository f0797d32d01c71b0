import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

/**
 * What ends once. From then on nobody hears its signals, and it hears none of others' that were
 * connected with it as receiver: a subclass disconnects nothing by itself.
 */
export abstract class DisposableBase implements IDisposable {
  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.release();
    Signal.clearData(this);
  }

  /** Gives back what it holds beside signals: timers, sockets, widgets. Called once. */
  protected release(): void {
    // There need be nothing.
  }

  private _isDisposed = false;
}
