import type { IRunningSessions } from '@jupyterlab/running';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { ISurroundings } from './views';

/** A list of what runs is drawn at most this often. */
const EVERY_MS = 1000;

/** What JupyterLab's lists of what runs have in common: they follow the picture, not too often. */
export abstract class RunningList implements IDisposable {
  constructor(protected readonly _surroundings: ISurroundings) {
    const { model } = _surroundings;
    model.changed.connect(this._onChanged, this);
    model.connectionChanged.connect(this._onChanged, this);
  }

  abstract running(options: { mode: 'tree' | 'list' }): IRunningSessions.IRunningItem[];

  get runningChanged(): ISignal<this, void> {
    return this._runningChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._pause?.dispose();
    const { model } = this._surroundings;
    model.changed.disconnect(this._onChanged, this);
    model.connectionChanged.disconnect(this._onChanged, this);
    Signal.clearData(this);
  }

  refreshRunning(): void {
    this._runningChanged.emit();
  }

  private _onChanged(): void {
    this._pause ??= this._surroundings.clock.after(EVERY_MS, () => {
      this._pause = null;
      this._runningChanged.emit();
    });
  }

  private readonly _runningChanged = new Signal<this, void>(this);
  private _pause: IDisposable | null = null;
  private _isDisposed = false;
}
