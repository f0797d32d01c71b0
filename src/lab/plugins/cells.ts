import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator } from '@jupyterlab/translation';
import { StripExtension } from '../cells';
import { IPilothouseModel, IPilothouseSettings } from '../tokens';
import { surroundingsOf } from './surroundings';

/** The strips in notebooks. */
export const cells: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-pilothouse:cells',
  description: 'The line in each cell that shows what the cell started and where it runs.',
  autoStart: true,
  requires: [IPilothouseModel, IPilothouseSettings],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IPilothouseModel,
    settings: IPilothouseSettings,
    translator: ITranslator | null
  ) => {
    const surroundings = surroundingsOf(app, model, translator);
    app.docRegistry.addWidgetExtension('Notebook', new StripExtension(surroundings, settings));
  }
};
