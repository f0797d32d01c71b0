import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator } from '@jupyterlab/translation';
import { listIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { LogFile, PilotId } from '../../protocol';
import { logArgs, NO_ARGS } from '../commands';
import type { LogViewer } from '../log';
import type { IPilotLog, LogSource } from '../tokens';
import { CommandIDs, IPilothouseModel } from '../tokens';
import { addDocument, showDocument } from './documents';
import { surroundingsOf } from './surroundings';

/** Logs of pilots and of the bridge, in the main area. */
export const log: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-pilothouse:log',
  description: 'Viewer of pilots’ and the bridge’s logs.',
  autoStart: true,
  requires: [IPilothouseModel],
  optional: [ILabShell, ILayoutRestorer, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IPilothouseModel,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const surroundings = surroundingsOf(app, model, translator);
    const { trans } = surroundings;
    const tracker = new WidgetTracker<MainAreaWidget<LogViewer>>({ namespace: 'pilothouse-log' });

    const attach = (widget: MainAreaWidget<LogViewer>): void => {
      const beside = tracker.currentWidget;
      addDocument(app, labShell, widget, {
        // A second log is a tab beside the first: the notebook keeps its half.
        ...(beside?.isAttached ? { mode: 'tab-after', ref: beside.id } : { mode: 'split-bottom' }),
        type: 'Pilothouse Log'
      });
    };

    const show = async (source: LogSource, label: string): Promise<void> => {
      const id = `jp-pilothouse-log-${idOf(source)}`;
      const there = tracker.find(open => open.id === id);
      if (there !== undefined) {
        if (source.kind === 'pilot') {
          there.content.choose(source);
        }
        if (!there.isAttached) {
          // A saved layout that does not name a restored log leaves it out of the window, but alive.
          attach(there);
        }
        showDocument(app, there);
        return;
      }
      const { LogViewer } = await import('../log');
      const widget = new MainAreaWidget({ content: new LogViewer(surroundings, source) });
      widget.id = id;
      widget.title.label = label;
      widget.title.icon = listIcon;
      widget.title.closable = true;
      // The shell owns it from here on.
      attach(widget);
      await tracker.add(widget);
      showDocument(app, widget);
    };

    app.commands.addCommand(CommandIDs.showLog, {
      label: trans.__('Show a Pilot’s Log'),
      describedBy: { args: logArgs(trans) },
      execute: args => {
        const pilot = PilotId.safeParse(args.pilot);
        if (!pilot.success) {
          return undefined;
        }
        const source = { kind: 'pilot', pilot: pilot.data, ...logOf(args) } as const;
        return show(source, trans.__('Log of %1', pilot.data));
      }
    });
    app.commands.addCommand(CommandIDs.showBridgeLog, {
      label: trans.__('Show the Bridge’s Log'),
      icon: listIcon,
      describedBy: { args: NO_ARGS },
      execute: () => show({ kind: 'bridge' }, trans.__('Log of the bridge'))
    });
    palette?.addItem({ command: CommandIDs.showBridgeLog, category: trans.__('Pilothouse') });
    void restorer?.restore(tracker, {
      command: CommandIDs.showLog,
      args: ({ content }) =>
        content.source.kind === 'pilot'
          ? {
              pilot: content.source.pilot,
              file: content.source.file,
              worker: content.source.worker
            }
          : {},
      // Only pilots' logs come back: an empty name is not kept.
      name: ({ content }) => (content.source.kind === 'pilot' ? content.source.pilot : '')
    });
  }
};

/** Which of a pilot's files a command is to show. */
function logOf({ file, worker }: ReadonlyPartialJSONObject): IPilotLog {
  const named = LogFile.safeParse(file);
  if (!named.success) {
    return { file: 'output', worker: null };
  }
  const number = typeof worker === 'number' && Number.isInteger(worker) && worker >= 0 ? worker : 0;
  return { file: named.data, worker: named.data === 'worker' ? number : null };
}

function idOf(source: LogSource): string {
  return source.kind === 'pilot' ? source.pilot : 'bridge';
}
