import { Dialog, InputDialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import { DisposableSet } from '@lumino/disposable';
import type { Pool } from '../../protocol';
import type { Start } from '../form';
import { readImport } from '../form/start';
import { pilothouseIcon } from '../icons';
import { poolsOf } from '../model';
import { saveFile } from '../preview';
import { troubleOf } from '../request';
import type { IPilothouseModel } from '../tokens';
import { CommandIDs } from '../tokens';
import { count, sentence } from '../words';
import { isPointed, NO_ARGS, poolArgs, text } from './arguments';

/** Commands about places as they are written: make, edit, copy, rename, delete, export, import. */
export function addProfileCommands(options: {
  commands: CommandRegistry;
  model: IPilothouseModel;
  trans: TranslationBundle;
  /** Opens a form. */
  open: (start: Start) => void;
  /** Closes the form of a place that is no more. */
  close: (place: string) => void;
  /** The place that a person has just pointed at, as in a context menu; null: none. */
  pointedAt: () => string | null;
}): IDisposable {
  const { commands, model, trans, open } = options;
  const set = new DisposableSet();

  /** The place that the arguments name, that was pointed at, or that a person chooses. */
  const choose = async (args: unknown): Promise<string | null> => {
    // What was pointed at stays known long after its menu has closed: only a menu may ask for it.
    const named = text(args, 'pool') ?? (isPointed(args) ? options.pointedAt() : null);
    if (named !== null) {
      return named;
    }
    const pools = poolsOf(model.picture);
    const { value } = await InputDialog.getItem({
      title: trans.__('Which place?'),
      items: pools.map(pool => pool.title)
    });
    return pools.find(pool => pool.title === value)?.pool ?? null;
  };
  const poolOf = (name: string): Pool | undefined =>
    [...model.picture.pools.values()].find(({ pool }) => pool === name);
  const told = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const { what, remedy, words } = sentence(trans, troubleOf(error));
      await showErrorMessage(
        trans.__('Pilothouse'),
        [what, remedy, words].filter(Boolean).join('\n')
      );
    }
  };
  const add = (
    id: string,
    label: string,
    caption: string,
    withPlace: (place: string, args: unknown) => unknown
  ): void => {
    set.add(
      commands.addCommand(id, {
        label,
        caption,
        describedBy: { args: poolArgs(trans) },
        execute: async args => {
          const place = await choose(args);
          if (place !== null) {
            await withPlace(place, args);
          }
        }
      })
    );
  };

  set.add(
    commands.addCommand(CommandIDs.newPlace, {
      label: trans.__('New Place…'),
      caption: trans.__('Add OSPool, a Slurm cluster or another HTCondor pool'),
      icon: pilothouseIcon,
      describedBy: { args: NO_ARGS },
      execute: () => open({ kind: 'new' })
    })
  );
  add(
    CommandIDs.editPlace,
    trans.__('Edit Place…'),
    trans.__('Where and how its pilots run'),
    (place, args) => open({ kind: 'edit', name: place, field: text(args, 'field') })
  );
  add(
    CommandIDs.renamePlace,
    trans.__('Rename Place…'),
    trans.__('What notebooks call it'),
    place => open({ kind: 'edit', name: place, field: 'name' })
  );
  add(
    CommandIDs.duplicatePlace,
    trans.__('Duplicate Place'),
    trans.__('A new place like this one'),
    place => open({ kind: 'copy', name: place })
  );
  add(
    CommandIDs.deletePlace,
    trans.__('Delete Place…'),
    trans.__('Removes its file'),
    async place => {
      const pool = poolOf(place);
      const pilots = Object.values(pool?.counts ?? {}).reduce((sum, one) => sum + one, 0);
      if (pilots > 0) {
        await showErrorMessage(
          trans.__('“%1” is in use', pool?.title ?? place),
          trans._n(
            'It has a pilot. End it first, then delete the place.',
            'It has %2 pilots. End them first, then delete the place.',
            pilots,
            count(pilots)
          )
        );
        return;
      }
      const { button } = await showDialog({
        title: trans.__('Delete “%1”?', pool?.title ?? place),
        body: trans.__('Notebooks that load it will no longer find it. This cannot be undone.'),
        buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })]
      });
      if (button.accept) {
        await told(async () => {
          await model.call('profiles.remove', { name: place });
          options.close(place);
        });
      }
    }
  );
  add(
    CommandIDs.exportPlace,
    trans.__('Export Place'),
    trans.__('As a file to keep or to give to others; it holds no secret'),
    place =>
      told(async () => {
        const { profile } = await model.call('profiles.read', { name: place });
        const written = `${JSON.stringify({ name: place, ...profile }, null, 2)}\n`;
        saveFile(`${place}.json`, written, 'application/json');
      })
  );
  set.add(
    commands.addCommand(CommandIDs.importPlace, {
      label: trans.__('Import Place…'),
      caption: trans.__('From a file that was exported'),
      describedBy: { args: NO_ARGS },
      execute: async () => {
        const file = await chooseFile();
        if (file === null) {
          return;
        }
        const written = readImport(await file.text());
        if (written === null) {
          await showErrorMessage(
            trans.__('Pilothouse'),
            trans.__('%1 is not a place: it holds no JSON object.', file.name)
          );
          return;
        }
        open({ kind: 'import', written });
      }
    })
  );
  return set;
}

/** A file of this person's; null: none was chosen. */
function chooseFile(): Promise<File | null> {
  return new Promise(resolve => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = '.json,application/json';
    input.onchange = () => resolve(input.files?.item(0) ?? null);
    input.oncancel = () => resolve(null);
    input.click();
  });
}
