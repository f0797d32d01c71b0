import { Dialog, InputDialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { IDisposable } from '@lumino/disposable';
import { DisposableSet } from '@lumino/disposable';
import type { HostConnection, Pool, PoolName } from '../../protocol';
import { poolArgs, text } from '../commands';
import { poolsOf } from '../model';
import { troubleOf } from '../request';
import { CommandIDs } from '../tokens';
import type { ISurroundings } from '../views';
import { count, hostAddress, mayUseOpenSsh, sentence } from '../words';
import { LoginDialogs } from './dialogs';
import { writeOpenSsh } from './openSsh';

/** Commands that log in to submit hosts, answer what a login asks, and log out. */
export function addLoginCommands(surroundings: ISurroundings): IDisposable {
  const { commands, model, trans } = surroundings;
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
  const dialogs = new LoginDialogs(surroundings, work => void told(work));

  /** Places whose submit host is another machine. */
  const elsewhere = (): Pool[] => poolsOf(model.picture).filter(({ host }) => host !== null);
  const hosts = (): HostConnection[] => [...model.picture.hosts.values()];
  /** Places, or the one of that name, that Pilothouse's own SSH cannot log in for. */
  const unfit = (named: string | null): Pool[] =>
    elsewhere().filter(
      ({ pool, host }) =>
        (named ?? pool) === pool && hosts().some(one => one.host === host && mayUseOpenSsh(one))
    );
  const choose = async <T>(
    all: readonly T[],
    title: string,
    labelOf: (one: T) => string
  ): Promise<T | null> => {
    if (all.length < 2) {
      return all.at(0) ?? null;
    }
    const { value } = await InputDialog.getItem({ title, items: all.map(labelOf) });
    return all.find(one => labelOf(one) === value) ?? null;
  };

  const logIn = (pool: PoolName): Promise<void> =>
    told(
      model.call('hosts.login', { pool }).then(host => {
        dialogs.open(host, pool, false);
      })
    );

  const set = new DisposableSet();
  set.add(dialogs);
  set.add(
    commands.addCommand(CommandIDs.logIn, {
      label: trans.__('Log In to a Submit Host…'),
      caption: trans.__('Where a place’s pilots are submitted'),
      isEnabled: () => elsewhere().length > 0,
      describedBy: { args: poolArgs(trans) },
      execute: async args => {
        const named = text(args, 'pool');
        const pool =
          named === null
            ? await choose(elsewhere(), trans.__('Log in for which place?'), ({ title }) => title)
            : elsewhere().find(one => one.pool === named);
        if (pool) {
          await logIn(pool.pool);
        }
      }
    })
  );
  set.add(
    commands.addCommand(CommandIDs.answerLogin, {
      label: trans.__('Answer What a Login Asks'),
      isEnabled: () => hosts().some(({ state }) => state === 'logging-in'),
      describedBy: { args: hostArgs(surroundings) },
      execute: async args => {
        const named = text(args, 'host');
        const under = hosts().filter(({ state }) => state === 'logging-in');
        const host =
          named === null
            ? await choose(under, trans.__('Which login?'), hostAddress)
            : under.find(one => one.host === named);
        if (host) {
          dialogs.open(host, null, true);
        }
      }
    })
  );
  set.add(
    commands.addCommand(CommandIDs.useOpenSsh, {
      label: trans.__('Log In by This Machine’s OpenSSH'),
      caption: trans.__(
        'Changes the place’s profile, where Pilothouse’s own SSH cannot do what the host asks'
      ),
      isEnabled: args => unfit(text(args, 'pool')).length > 0,
      describedBy: { args: poolArgs(trans) },
      execute: async args => {
        const pool = await choose(
          unfit(text(args, 'pool')),
          trans.__('Use OpenSSH for which place?'),
          ({ title }) => title
        );
        if (pool) {
          await told(writeOpenSsh(model, pool.pool).then(() => logIn(pool.pool)));
        }
      }
    })
  );
  set.add(
    commands.addCommand(CommandIDs.logOut, {
      label: trans.__('Log Out of a Submit Host…'),
      caption: trans.__('Closes the connection; asks first where pilots are there'),
      isEnabled: () => hosts().some(({ state }) => state === 'connected'),
      describedBy: { args: hostArgs(surroundings) },
      execute: async args => {
        const named = text(args, 'host');
        const host =
          named === null
            ? await choose(
                hosts().filter(({ state }) => state === 'connected'),
                trans.__('Log out of which submit host?'),
                hostAddress
              )
            : hosts().find(one => one.host === named);
        if (host && (await mayLogOut(surroundings, host))) {
          await told(model.call('hosts.logout', { host: host.host }));
        }
      }
    })
  );
  return set;
}

/** Asks, where pilots may need the connection. */
async function mayLogOut({ model, trans }: ISurroundings, host: HostConnection): Promise<boolean> {
  const places = poolsOf(model.picture).filter(pool => pool.host === host.host);
  const pilots = places.reduce(
    (sum, { counts }) => sum + Object.values(counts).reduce((all, one) => all + one, 0),
    0
  );
  if (pilots === 0) {
    return true;
  }
  const { button } = await showDialog({
    title: trans.__('Log out of %1?', host.address),
    body: [
      trans._n(
        '%2 has a pilot.',
        '%2 has %3 pilots.',
        pilots,
        places.map(({ title }) => title).join(', '),
        count(pilots)
      ),
      trans.__(
        'Those that come home through this connection are out of reach until you log in again; after a while their tasks run elsewhere. Queued ones are not watched meanwhile.'
      )
    ].join(' '),
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Log out') })]
  });
  return button.accept;
}

/** The arguments of commands about one submit host. */
function hostArgs({ trans }: ISurroundings) {
  return {
    type: 'object',
    properties: { host: { type: 'string', description: trans.__('The connection’s id') } }
  } as const;
}
