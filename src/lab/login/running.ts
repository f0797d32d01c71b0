import type { IRunningSessions } from '@jupyterlab/running';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { HostConnection } from '../../protocol';
import { pilothouseIcon } from '../icons';
import { CommandIDs } from '../tokens';
import type { ISurroundings } from '../views';
import { age, connectionState, shortName } from '../words';

/** The list of what runs is drawn at most this often. */
const EVERY_MS = 1000;
const SHOWN: readonly HostConnection['state'][] = ['logging-in', 'connected'];

/** JupyterLab's list of what runs: the connections to submit hosts. */
export class RunningConnections implements IRunningSessions.IManager, IDisposable {
  constructor(private readonly _surroundings: ISurroundings) {
    const { model, trans } = _surroundings;
    this.name = trans.__('Pilothouse connections');
    this.shutdownLabel = trans.__('Log out');
    this.shutdownAllLabel = trans.__('Log out of all');
    this.shutdownAllConfirmationText = trans.__(
      'Log out of all submit hosts? Pilots that come home through them are out of reach until you log in again.'
    );
    model.changed.connect(this._onChanged, this);
    model.connectionChanged.connect(this._onChanged, this);
  }

  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  readonly shutdownAllConfirmationText: string;

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

  running(): IRunningSessions.IRunningItem[] {
    return this._hosts().map(host => this._item(host));
  }

  refreshRunning(): void {
    this._runningChanged.emit();
  }

  /** JupyterLab has asked already. */
  shutdownAll(): void {
    for (const { host } of this._hosts()) {
      this._surroundings.model.call('hosts.logout', { host }).catch(() => {
        // What is still connected stays in the list, and its place says why.
        this._runningChanged.emit();
      });
    }
  }

  private _hosts(): HostConnection[] {
    return [...this._surroundings.model.picture.hosts.values()].filter(({ state }) =>
      SHOWN.includes(state)
    );
  }

  private _item(host: HostConnection): IRunningSessions.IRunningItem {
    const { commands, model, trans } = this._surroundings;
    return {
      icon: () => pilothouseIcon,
      label: () => shortName(host.address),
      labelTitle: () => `${host.user}@${host.address}:${host.port}`,
      // There is room for little: that it is connected goes without saying.
      detail: () =>
        host.state === 'connected'
          ? age(trans, model.nowMs() - host.sinceMs)
          : connectionState(trans, host, model.nowMs()),
      open: () => void commands.execute(CommandIDs.openPanel),
      shutdown: () => void commands.execute(CommandIDs.logOut, { host: host.host })
    };
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
