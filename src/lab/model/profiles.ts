import type { Result } from '../../protocol';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { IChangeSet, IPilothouseModel } from '../tokens';

/** A file among the profiles that is none, and why. */
export type BrokenProfile = Result<'profiles.list'>['broken'][number];

/**
 * The profile files that cannot be used. The stream knows only places, so the
 * bridge is asked: after a snapshot, when places come or go (a file that a person
 * has broken takes its place away), and whenever somebody looks.
 */
export class BrokenProfiles implements IDisposable {
  constructor(private readonly _model: IPilothouseModel) {
    _model.changed.connect(this._onChanged, this);
  }

  get files(): readonly BrokenProfile[] {
    return this._files;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._model.changed.disconnect(this._onChanged, this);
    Signal.clearData(this);
  }

  /** Asks the bridge, if it is there. */
  look(): void {
    if (this._model.connection.kind === 'live') {
      void this._look();
    }
  }

  private async _look(): Promise<void> {
    let files: readonly BrokenProfile[];
    try {
      files = (await this._model.call('profiles.list', {})).broken;
    } catch {
      // Whoever needs the bridge is told by the connection; what was known stays.
      return;
    }
    if (!this._isDisposed && JSON.stringify(files) !== JSON.stringify(this._files)) {
      this._files = files;
      this._changed.emit();
    }
  }

  private _onChanged(_: unknown, changes: IChangeSet): void {
    const places = [...this._model.picture.pools.keys()].sort().join('\n');
    if (changes.all || places !== this._places) {
      this._places = places;
      this.look();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _files: readonly BrokenProfile[] = [];
  private _places = '';
  private _isDisposed = false;
}
