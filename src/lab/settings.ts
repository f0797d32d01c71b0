import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { IPilothouseSettings } from './tokens';

/** A person's choices, with the defaults until they are loaded, or where nothing keeps them. */
export class PilothouseSettings implements IPilothouseSettings, IDisposable {
  get showStrips(): boolean {
    return this._chosen('showStrips');
  }

  get showStatus(): boolean {
    return this._chosen('showStatus');
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Follows these settings from now on. */
  follow(settings: ISettingRegistry.ISettings): void {
    this._settings?.changed.disconnect(this._onChanged, this);
    this._settings = settings;
    settings.changed.connect(this._onChanged, this);
    this._onChanged();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._settings?.changed.disconnect(this._onChanged, this);
    Signal.clearData(this);
  }

  private _chosen(name: string): boolean {
    return this._settings?.get(name).composite !== false;
  }

  private _onChanged(): void {
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _settings: ISettingRegistry.ISettings | null = null;
  private _isDisposed = false;
}
