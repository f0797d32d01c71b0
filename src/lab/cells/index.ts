import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookModel, NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import type { IPilothouseSettings } from '../tokens';
import type { ISurroundings } from '../views';
import { StripController } from './controller';

/** Gives each notebook its strips. */
export class StripExtension implements DocumentRegistry.IWidgetExtension<
  NotebookPanel,
  INotebookModel
> {
  constructor(
    private readonly _surroundings: ISurroundings,
    private readonly _settings: IPilothouseSettings
  ) {}

  createNew(panel: NotebookPanel): IDisposable {
    return new StripController({
      panel,
      surroundings: this._surroundings,
      settings: this._settings
    });
  }
}
