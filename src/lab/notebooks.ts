import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { INotebookScope } from './model';

/** How groups name this notebook. */
export function scopeOf(panel: NotebookPanel): INotebookScope {
  return {
    kernelId: panel.sessionContext.session?.kernel?.id ?? null,
    path: panel.context.localPath
  };
}

/** The notebook that a person looked at last, if one is open. */
export function currentScope(tracker: INotebookTracker | null): INotebookScope | null {
  const panel = tracker?.currentWidget;
  return panel ? scopeOf(panel) : null;
}
