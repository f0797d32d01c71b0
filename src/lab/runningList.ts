import type { IRunningSessions } from '@jupyterlab/running';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { DisposableBase } from './disposable';
import type { ISurroundings } from './views';

/** A list of what runs is drawn at most this often. */
const EVERY_MS = 1000;

/** What JupyterLab's lists of what runs have in common: they follow the picture, not too often. */
export abstract class RunningList extends DisposableBase {
  constructor(protected readonly _surroundings: ISurroundings) {
    super();
    const { model } = _surroundings;
    model.changed.connect(this._onChanged, this);
    model.connectionChanged.connect(this._onChanged, this);
  }

  abstract running(options: { mode: 'tree' | 'list' }): IRunningSessions.IRunningItem[];

  get runningChanged(): ISignal<this, void> {
    return this._runningChanged;
  }

  protected override release(): void {
    this._pause?.dispose();
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
}
