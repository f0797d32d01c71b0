import type { IRunningSessions } from '@jupyterlab/running';
import type { HostConnection } from '../../protocol';
import { pilothouseIcon } from '../icons';
import { CommandIDs } from '../tokens';
import { RunningList } from '../runningList';
import type { ISurroundings } from '../views';
import { age, connectionState, hostAddress, shortName } from '../words';

const SHOWN: readonly HostConnection['state'][] = ['logging-in', 'connected'];

/** JupyterLab's list of what runs: the connections to submit hosts. */
export class RunningConnections extends RunningList implements IRunningSessions.IManager {
  constructor(surroundings: ISurroundings) {
    super(surroundings);
    const { trans } = surroundings;
    this.name = trans.__('Pilothouse connections');
    this.shutdownLabel = trans.__('Log out');
    this.shutdownAllLabel = trans.__('Log out of all');
    this.shutdownAllConfirmationText = trans.__(
      'Log out of all submit hosts? Pilots that come home through them are out of reach until you log in again.'
    );
  }

  readonly name: string;
  readonly shutdownLabel: string;
  readonly shutdownAllLabel: string;
  readonly shutdownAllConfirmationText: string;

  running(): IRunningSessions.IRunningItem[] {
    return this._hosts().map(host => this._item(host));
  }

  /** JupyterLab has asked already. */
  shutdownAll(): void {
    for (const { host } of this._hosts()) {
      this._surroundings.model.call('hosts.logout', { host }).catch(() => {
        // What is still connected stays in the list, and its place says why.
        this.refreshRunning();
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
      labelTitle: () => hostAddress(host),
      // There is room for little: that it is connected goes without saying.
      detail: () =>
        host.state === 'connected'
          ? age(trans, model.nowMs() - host.sinceMs)
          : connectionState(trans, host, model.nowMs()),
      open: () => void commands.execute(CommandIDs.openPanel),
      shutdown: () => void commands.execute(CommandIDs.logOut, { host: host.host })
    };
  }
}
