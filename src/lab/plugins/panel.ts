import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { NO_ARGS } from '../commands';
import { pilothouseIcon } from '../icons';
import { PilothousePanel } from '../panel';
import { CommandIDs, IPilothouseModel } from '../tokens';
import { surroundingsOf } from './surroundings';

/** The side panel. Third parties' ranks begin at 501. */
export const panel: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-pilothouse:panel',
  description: 'The side panel with places, pilots and tasks.',
  autoStart: true,
  requires: [IPilothouseModel],
  optional: [ILayoutRestorer, INotebookTracker, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IPilothouseModel,
    restorer: ILayoutRestorer | null,
    notebooks: INotebookTracker | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const surroundings = surroundingsOf(app, model, translator);
    const { trans } = surroundings;
    const widget = new PilothousePanel({
      surroundings,
      notebooks,
      translator: translator ?? nullTranslator
    });
    app.shell.add(widget, 'left', { rank: 600, type: 'Pilothouse' });
    restorer?.add(widget, widget.id);
    app.commands.addCommand(CommandIDs.openPanel, {
      label: trans.__('Show Pilothouse'),
      caption: trans.__('Places, pilots and tasks'),
      icon: pilothouseIcon,
      describedBy: { args: NO_ARGS },
      execute: () => app.shell.activateById(widget.id)
    });
    palette?.addItem({ command: CommandIDs.openPanel, category: trans.__('Pilothouse') });
  }
};
