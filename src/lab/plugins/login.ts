import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ITranslator } from '@jupyterlab/translation';
import { addLoginCommands, RunningConnections } from '../login';
import { CommandIDs, IPilothouseModel } from '../tokens';
import { surroundingsOf } from './surroundings';

/** Logging in to submit hosts. */
export const login: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-pilothouse:login',
  description: 'Logging in to submit hosts: the dialogs, and the connections among what runs.',
  autoStart: true,
  requires: [IPilothouseModel],
  optional: [IRunningSessionManagers, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IPilothouseModel,
    managers: IRunningSessionManagers | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const surroundings = surroundingsOf(app, model, translator);
    const { trans } = surroundings;
    addLoginCommands(surroundings);
    managers?.add(new RunningConnections(surroundings));
    const { logIn, answerLogin, useOpenSsh, logOut } = CommandIDs;
    for (const command of [logIn, answerLogin, useOpenSsh, logOut]) {
      palette?.addItem({ command, category: trans.__('Pilothouse') });
    }
  }
};
