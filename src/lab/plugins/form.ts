import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator } from '@jupyterlab/translation';
import { NO_ARGS, POINTED, addProfileCommands } from '../commands';
import type { ProfileDocument, Start } from '../form';
import { CommandIDs, IPilothouseModel } from '../tokens';
import { addDocument, showDocument } from './documents';
import { surroundingsOf } from './surroundings';

/** The forms of places, in the main area. */
export const form: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-pilothouse:form',
  description: 'The form of a place, with what will be submitted beside it.',
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
    const tracker = new WidgetTracker<ProfileDocument>({ namespace: 'pilothouse-form' });
    let number = 0;

    // A saved layout that does not name a restored form leaves it out of the window, but alive.
    const attach = (widget: ProfileDocument): void => {
      if (!widget.isAttached) {
        addDocument(app, labShell, widget, { type: 'Pilothouse Place' });
      }
    };

    const open = async (start: Start): Promise<void> => {
      const there =
        start.kind === 'edit' ? tracker.find(({ place }) => place === start.name) : undefined;
      if (there !== undefined) {
        attach(there);
        showDocument(app, there);
        if (start.kind === 'edit' && start.field !== null) {
          there.content.goTo(start.field);
        }
        return;
      }
      const { ProfileDocument } = await import('../form');
      const widget = new ProfileDocument(surroundings, start);
      number += 1;
      widget.id = `jp-pilothouse-form-${number}`;
      widget.content.draftChanged.connect(() => void tracker.save(widget), widget);
      // The shell owns it from here on.
      attach(widget);
      await tracker.add(widget);
      showDocument(app, widget);
    };
    const close = (place: string): void => {
      // Its file has gone: there is nothing that could be saved.
      tracker.find(one => one.place === place)?.dispose();
    };
    const pointedAt = (): string | null => {
      const place = app.contextMenuHitTest(node => node.dataset.pilothousePlace !== undefined);
      return place?.dataset.pilothousePlace ?? null;
    };

    addProfileCommands({
      commands: app.commands,
      model,
      trans,
      open: start => void open(start),
      close,
      pointedAt
    });
    app.commands.addCommand(CommandIDs.savePlace, {
      label: trans.__('Save Place'),
      isEnabled: () => tracker.currentWidget !== null,
      describedBy: { args: NO_ARGS },
      execute: () => tracker.currentWidget?.save()
    });
    app.commands.addKeyBinding({
      command: CommandIDs.savePlace,
      keys: ['Accel S'],
      selector: '.jp-Pilothouse-form'
    });
    for (const command of [CommandIDs.newPlace, CommandIDs.editPlace, CommandIDs.importPlace]) {
      palette?.addItem({ command, category: trans.__('Pilothouse') });
    }
    [
      CommandIDs.editPlace,
      CommandIDs.renamePlace,
      CommandIDs.duplicatePlace,
      CommandIDs.exportPlace,
      CommandIDs.deletePlace
    ].forEach((command, rank) =>
      app.contextMenu.addItem({
        command,
        rank,
        args: POINTED,
        selector: '.jp-Pilothouse-place'
      })
    );
    void restorer?.restore(tracker, {
      command: CommandIDs.editPlace,
      args: ({ place }) => ({ pool: place }),
      // A new place that was never saved does not come back: an empty name is not kept.
      name: ({ place }) => place
    });
  }
};
