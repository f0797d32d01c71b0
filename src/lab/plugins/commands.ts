import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';
import { addNotebookCommands, addPilotCommands } from '../commands';
import { CommandIDs, IPilothouseModel } from '../tokens';
import { surroundingsOf } from './surroundings';

/** Commands for palette, keyboard and other extensions. */
export const commands: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-pilothouse:commands',
  description: 'Commands that change places and pilots, and lead into notebooks.',
  autoStart: true,
  requires: [IPilothouseModel],
  optional: [INotebookTracker, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IPilothouseModel,
    notebooks: INotebookTracker | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const { trans } = surroundingsOf(app, model, translator);
    const inPalette = [
      CommandIDs.setPilots,
      CommandIDs.resumePool,
      CommandIDs.endPilots,
      CommandIDs.startBridge
    ] as string[];
    addPilotCommands({ commands: app.commands, model, trans });
    if (notebooks !== null) {
      addNotebookCommands({
        commands: app.commands,
        notebooks,
        trans,
        activate: id => app.shell.activateById(id)
      });
      inPalette.push(CommandIDs.insertExample);
    }
    for (const command of inPalette) {
      palette?.addItem({ command, category: trans.__('Pilothouse') });
    }
  }
};
