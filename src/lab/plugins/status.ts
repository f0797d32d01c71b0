import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { StatusItem } from '../status';
import { IPilothouseModel, IPilothouseSettings } from '../tokens';
import { surroundingsOf } from './surroundings';

/** The status bar's item. */
export const status: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-pilothouse:status',
  description: 'How much runs, in the status bar.',
  autoStart: true,
  requires: [IPilothouseModel, IPilothouseSettings],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IPilothouseModel,
    settings: IPilothouseSettings,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ) => {
    if (statusBar === null) {
      return;
    }
    const item = new StatusItem(surroundingsOf(app, model, translator));
    const activeStateChanged = new Signal<StatusItem, void>(item);
    settings.changed.connect(() => activeStateChanged.emit(), item);
    statusBar.registerStatusItem(status.id, {
      item,
      align: 'left',
      rank: 600,
      isActive: () => settings.showStatus,
      activeStateChanged
    });
  }
};
