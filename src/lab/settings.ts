import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { DisposableBase } from './disposable';
import type { IPilothouseSettings } from './tokens';

/** A person's choices, with the defaults until they are loaded, or where nothing keeps them. */
export class PilothouseSettings extends DisposableBase implements IPilothouseSettings {
  get showStrips(): boolean {
    return this._chosen('showStrips');
  }

  get showStatus(): boolean {
    return this._chosen('showStatus');
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Follows these settings from now on. */
  follow(settings: ISettingRegistry.ISettings): void {
    this._settings?.changed.disconnect(this._onChanged, this);
    this._settings = settings;
    settings.changed.connect(this._onChanged, this);
    this._onChanged();
  }

  private _chosen(name: string): boolean {
    return this._settings?.get(name).composite !== false;
  }

  private _onChanged(): void {
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _settings: ISettingRegistry.ISettings | null = null;
}
