import { showErrorMessage, InputDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import { DisposableSet } from '@lumino/disposable';
import { PilotId } from '../../protocol';
import type { Pool } from '../../protocol';
import { poolsOf } from '../model';
import { troubleOf } from '../request';
import type { IPilothouseModel } from '../tokens';
import { CommandIDs } from '../tokens';
import { readWanted, sentence } from '../words';
import { NO_ARGS, pilotArgs, poolArgs, text } from './arguments';

/** Commands that change places and pilots. What fails is said in a dialog. */
export function addPilotCommands(options: {
  commands: CommandRegistry;
  model: IPilothouseModel;
  trans: TranslationBundle;
}): IDisposable {
  const { commands, model, trans } = options;
  const pools = (): Pool[] => poolsOf(model.picture);

  const told = async (work: Promise<unknown>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      const { what, remedy, words } = sentence(trans, troubleOf(error));
      await showErrorMessage(
        trans.__('Pilothouse'),
        [what, remedy, words].filter(Boolean).join('\n')
      );
    }
  };
  /** The pool that the arguments name, else the one that a person chooses. */
  const choosePool = async (args: unknown): Promise<Pool | null> => {
    const named = text(args, 'pool');
    const all = pools();
    if (named !== null || all.length < 2) {
      return all.find(pool => named === null || pool.pool === named) ?? null;
    }
    const { value } = await InputDialog.getItem({
      title: trans.__('Which place?'),
      items: all.map(pool => pool.title)
    });
    return all.find(pool => pool.title === value) ?? null;
  };

  const set = new DisposableSet();
  set.add(
    commands.addCommand(CommandIDs.setPilots, {
      label: trans.__('Set the Number of Pilots…'),
      caption: trans.__('Type how many pilots a place should have'),
      isEnabled: () => pools().length > 0,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            pool: { type: 'string', description: trans.__('The place’s name') },
            count: {
              type: ['integer', 'null'],
              minimum: 0,
              description: trans.__('Pilots wanted; null: what notebooks ask for')
            }
          }
        }
      },
      execute: async args => {
        const pool = await choosePool(args);
        if (pool === null) {
          return;
        }
        let count = args.count;
        if (count === undefined) {
          const { value } = await InputDialog.getText({
            title: trans.__('How many pilots should %1 have?', pool.title),
            text: String(pool.wanted.count),
            okLabel: trans.__('Set')
          });
          if (value === null) {
            return;
          }
          const read = readWanted(trans, value, pool);
          if (read.kind === 'wrong') {
            await showErrorMessage(trans.__('Pilothouse'), read.words);
            return;
          }
          count = read.value;
        }
        const wanted = count === null ? null : Number(count);
        await told(model.call('pools.setWanted', { pool: pool.pool, count: wanted }));
      }
    })
  );
  set.add(
    commands.addCommand(CommandIDs.resumePool, {
      label: trans.__('Ask for Pilots Again'),
      caption: trans.__('After several pilots failed in a row'),
      isEnabled: () => pools().some(pool => pool.stopped !== null),
      describedBy: { args: poolArgs(trans) },
      execute: async args => {
        const named = text(args, 'pool');
        for (const pool of pools()) {
          if (pool.stopped !== null && (named === null || pool.pool === named)) {
            await told(model.call('pools.resume', { pool: pool.pool }));
          }
        }
      }
    })
  );
  set.add(
    commands.addCommand(CommandIDs.endPilots, {
      label: trans.__('End All Pilots of a Place'),
      isEnabled: () => pools().length > 0,
      describedBy: { args: poolArgs(trans) },
      execute: async args => {
        const pool = await choosePool(args);
        if (pool !== null) {
          await told(model.call('pools.down', { pool: pool.pool }));
        }
      }
    })
  );
  for (const [id, method, label] of [
    [CommandIDs.drainPilot, 'pilots.drain', trans.__('Drain Pilot')],
    [CommandIDs.removePilot, 'pilots.remove', trans.__('Remove Pilot')]
  ] as const) {
    set.add(
      commands.addCommand(id, {
        label,
        describedBy: { args: pilotArgs(trans) },
        execute: async args => {
          const pilot = PilotId.safeParse(args.pilot);
          if (pilot.success) {
            await told(model.call(method, { pilot: pilot.data }));
          }
        }
      })
    );
  }
  set.add(
    commands.addCommand(CommandIDs.startBridge, {
      label: trans.__('Start the Bridge'),
      isEnabled: () => model.connection.kind === 'offline',
      describedBy: { args: NO_ARGS },
      execute: () => model.startBridge()
    })
  );
  set.add(
    commands.addCommand(CommandIDs.refresh, {
      label: trans.__('Refresh'),
      caption: trans.__('Ask the bridge for everything again'),
      icon: refreshIcon,
      describedBy: { args: NO_ARGS },
      execute: () => model.reconnect()
    })
  );
  return set;
}
