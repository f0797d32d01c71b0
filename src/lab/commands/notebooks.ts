import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import { DisposableSet } from '@lumino/disposable';
import { NO_ARGS, text } from './arguments';
import { EXAMPLE } from '../example';
import { CommandIDs } from '../tokens';

/** Commands that lead from the panel into a notebook. */
export function addNotebookCommands(options: {
  commands: CommandRegistry;
  notebooks: INotebookTracker;
  trans: TranslationBundle;
  /** Brings a widget of the shell to the front. */
  activate: (id: string) => void;
}): IDisposable {
  const { commands, notebooks, trans } = options;
  const set = new DisposableSet();
  set.add(
    commands.addCommand(CommandIDs.goToCell, {
      label: trans.__('Go to the Cell'),
      describedBy: {
        args: {
          type: 'object',
          required: ['cellId'],
          properties: {
            cellId: { type: 'string', description: trans.__('The cell’s id') },
            kernelId: { type: 'string', description: trans.__('The notebook’s kernel') },
            notebook: { type: 'string', description: trans.__('The notebook’s path') }
          }
        }
      },
      execute: async args => {
        const cellId = text(args, 'cellId');
        const path = text(args, 'notebook');
        let panel = notebookOf(notebooks, text(args, 'kernelId'), path);
        if (panel === null && path !== null) {
          await commands.execute('docmanager:open', { path });
          panel = notebookOf(notebooks, null, path);
        }
        if (panel !== null && cellId !== null) {
          await panel.context.ready;
          options.activate(panel.id);
          showCell(panel, cellId);
        }
      }
    })
  );
  set.add(
    commands.addCommand(CommandIDs.insertExample, {
      label: trans.__('Insert a Pilothouse Example'),
      isEnabled: () => notebooks.currentWidget !== null,
      describedBy: { args: NO_ARGS },
      execute: () => {
        const notebook = notebooks.currentWidget?.content;
        const index = (notebook?.activeCellIndex ?? -1) + 1;
        notebook?.model?.sharedModel.insertCell(index, {
          cell_type: 'code',
          source: EXAMPLE,
          metadata: { trusted: true }
        });
        if (notebook) {
          notebook.activeCellIndex = index;
          notebook.activate();
        }
      }
    })
  );
  return set;
}

/** The open notebook with this kernel, else the one with this path. */
function notebookOf(
  notebooks: INotebookTracker,
  kernelId: string | null,
  path: string | null
): NotebookPanel | null {
  const byKernel = notebooks.find(
    panel => kernelId !== null && panel.sessionContext.session?.kernel?.id === kernelId
  );
  const byPath = notebooks.find(
    panel =>
      path !== null &&
      (panel.context.localPath === path || path.endsWith(`/${panel.context.localPath}`))
  );
  return byKernel ?? byPath ?? null;
}

/** Makes the cell the active one and brings it into sight. */
function showCell(panel: NotebookPanel, cellId: string): void {
  const index = panel.content.widgets.findIndex(cell => cell.model.id === cellId);
  if (index >= 0) {
    panel.content.activeCellIndex = index;
    void panel.content.scrollToCell(panel.content.widgets[index], 'center');
  }
}
