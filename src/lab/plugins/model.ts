import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { browserClock } from '../clock';
import { PilothouseModel } from '../model';
import { ServerDoor } from '../request';
import { IPilothouseModel } from '../tokens';

/** Listens to the bridge. */
export const model: JupyterFrontEndPlugin<IPilothouseModel> = {
  id: 'jupyterlab-pilothouse:model',
  description: 'The state of the Pilothouse bridge in the browser.',
  autoStart: true,
  provides: IPilothouseModel,
  activate: (app: JupyterFrontEnd) =>
    new PilothouseModel({
      door: new ServerDoor(() => app.serviceManager.serverSettings),
      clock: browserClock
    })
};
