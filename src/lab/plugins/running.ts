import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ITranslator } from '@jupyterlab/translation';
import { RunningPilots } from '../running';
import { IPilothouseModel } from '../tokens';
import { surroundingsOf } from './surroundings';

/** Pools and pilots in JupyterLab's list of what runs. */
export const running: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-pilothouse:running',
  description: 'Pools, pilots and running apps in the list of running things.',
  autoStart: true,
  requires: [IPilothouseModel],
  optional: [IRunningSessionManagers, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IPilothouseModel,
    managers: IRunningSessionManagers | null,
    translator: ITranslator | null
  ) => {
    managers?.add(new RunningPilots(surroundingsOf(app, model, translator)));
  }
};
