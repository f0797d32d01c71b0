import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestLink } from '../hosts/remote/link.fixture';
import { StandIn } from '../schedulers/standIn.fixture';
import type { IConnection } from '../ssh/connections';
import { ShellTransport } from '../ssh/connections/transport.fixture';
import { until } from '../until.fixture';
import { codeOfAsync, PoolRoom } from './pools.fixture';

/** What is at the other machine. */
let there: string;
let link: TestLink;
let site: StandIn;
let room: PoolRoom;
beforeEach(() => {
  there = mkdtempSync(join(tmpdir(), 'ph-'));
  link = new TestLink(null);
  site = new StandIn();
});
afterEach(async () => {
  login();
  await room.dispose();
  rmSync(there, { recursive: true, force: true });
});

const transport = (): ShellTransport =>
  new ShellTransport({ environment: { HOME: there, PATH: '/usr/bin:/bin' } });
const login = (): void => {
  if (link.transport === null) {
    link.connect(transport());
  }
};
/** The connection breaks, as it does: what runs there goes on. */
const cut = (): void => {
  const was = link.transport as ShellTransport;
  link.transport = null;
  was.cut();
  link.connect(null);
};
const given = (more: ConstructorParameters<typeof PoolRoom>[0] = {}) => ({
  standIn: site,
  submitHost: { address: 'there', folder: join(there, 'site') },
  uplink: { listenAddress: '127.0.0.1', advertiseAddress: '127.0.0.1' },
  connections: { of: () => link as unknown as IConnection, setPlaces: () => undefined },
  ...more
});
const queued = (count: number) =>
  until(`${count} queued pilots`, () => room.pilots('queued').length === count);
const submissions = (): string[] =>
  readdirSync(join(there, 'site')).filter(name => /^[0-9a-f]{10}$/.test(name));

describe('while nobody is logged in', () => {
  it('pilots wait, and are submitted as soon as somebody is', async () => {
    room = await PoolRoom.open(given());
    room.setWanted(2);
    await until('they say why', () => room.pilots().every(({ cause }) => cause === 'login_needed'));
    expect(room.pilots('requested')).toHaveLength(2);
    expect(room.pilots()[0].words).toBe('Nobody is logged in to alice@there.');
    expect(room.pool()).toMatchObject({ host: 'alice@there', stopped: null });
    expect(site.calls).toEqual([]);
    login();
    await queued(2);
    expect(site.calls).toEqual([2]);
    expect(submissions()).toHaveLength(1);
    const [{ folder, host }] = room.store.submissions.submissions();
    expect([folder, host]).toEqual([join(there, 'site', submissions()[0]), 'alice@there']);
  });

  it('pilots that are taken back end at once, and nothing is submitted later', async () => {
    room = await PoolRoom.open(given());
    room.setWanted(2);
    await until('they wait', () => room.pilots().every(({ cause }) => cause === 'login_needed'));
    room.setWanted(0);
    await until('they end', () => room.pilots('ended').length === 2);
    login();
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(site.calls).toEqual([]);
  });

  it('jobs that are to be removed are, as soon as somebody is', async () => {
    login();
    room = await PoolRoom.open(given());
    room.setWanted(2);
    await queued(2);
    cut();
    room.setWanted(0);
    await until('they drain', () => room.pilots('draining').length === 2);
    expect(site.removed).toEqual([]);
    login();
    await until('they end', () => room.pilots('ended').length === 2);
    expect(site.removed.sort()).toEqual(['1', '2']);
  });

  it('files that are to go do so later', async () => {
    login();
    room = await PoolRoom.open(given());
    room.setWanted(1);
    await queued(1);
    const [{ pilot }] = room.pilots();
    const secret = join(room.folder(pilot), 'pilot.json');
    cut();
    site.say(pilot, { state: 'ended', exitCode: 0, signal: null, words: '' });
    room.setWanted(0);
    await until('it ends', () => room.pilots('ended').length === 1);
    expect(existsSync(secret)).toBe(true);
    login();
    await until('its secret goes', () => !existsSync(secret));
  });

  it('a pool that is cleared leaves nothing, whenever somebody is', async () => {
    login();
    room = await PoolRoom.open(given());
    room.setWanted(1);
    await queued(1);
    cut();
    void room.pools.handlers['pools.down']?.({ pool: 'local', files: true }, room.kernel());
    expect(submissions()).toHaveLength(1);
    login();
    await until('all is gone', () => readdirSync(join(there, 'site')).length === 0);
  });

  it('logs say that somebody has to', async () => {
    login();
    room = await PoolRoom.open(given());
    room.setWanted(1);
    await queued(1);
    cut();
    const [{ pilot }] = room.pilots();
    const ask = () =>
      room.pools.handlers['pilots.log']?.(
        { pilot, file: 'output', offset: 0, bytes: 10 },
        room.kernel()
      );
    expect(await codeOfAsync(ask)).toBe('login_needed');
  });

  it('the preview and the check of a profile do without', async () => {
    room = await PoolRoom.open(given());
    const plan = await room.pools.handlers['profiles.script']?.(
      { profile: room.profile, pilots: 2 },
      room.kernel()
    );
    expect(plan?.commands).toEqual(['submit --name=pilothouse.SUBMISSION pilot.sh']);
    const checked = await room.pools.handlers['profiles.check']?.(
      { profile: room.profile, deep: false },
      room.kernel()
    );
    expect(checked?.problems).toEqual([]);
  });
});

describe('a connection that breaks', () => {
  it('while a folder is written: its pilots are submitted anew, and none has failed', async () => {
    login();
    room = await PoolRoom.open(
      given({
        reached: point => {
          if (point === 'planned' && site.calls.length === 0 && !broken) {
            broken = true;
            cut();
          }
        }
      })
    );
    let broken = false;
    room.setWanted(2);
    await until('they wait', () => {
      const pilots = room.pilots();
      return pilots.length === 2 && pilots.every(({ cause }) => cause === 'login_needed');
    });
    login();
    await queued(2);
    expect([site.calls, room.pilots()]).toEqual([[2], room.pilots('queued')]);
    await until('only one folder is left', () => submissions().length === 1);
  });

  it('while a folder is written, and never comes back to this bridge: the next removes it', async () => {
    login();
    let half = '';
    room = await PoolRoom.open(
      given({
        reached: point => {
          if (point === 'planned' && half === '') {
            const [{ folder }] = room.store.submissions.submissions();
            half = folder;
            mkdirSync(half);
            cut();
          }
        }
      })
    );
    room.setWanted(1);
    await until('it waits', () => room.pilots().some(({ cause }) => cause === 'login_needed'));
    room.leave();
    const { home } = room;
    // Whose login is its own.
    link = new TestLink(null);
    room = await PoolRoom.open(given({ home }));
    expect(existsSync(half)).toBe(true);
    login();
    await queued(1);
    await until('only one folder is left', () => submissions().length === 1);
    expect(existsSync(half)).toBe(false);
    await until('and one record', () => room.store.submissions.submissions().length === 1);
  });

  it('while the call is made: it is settled by asking, and nothing is submitted twice', async () => {
    site.next = ['taken, no reply'];
    login();
    room = await PoolRoom.open(
      given({
        reached: point => {
          if (point === 'calling') {
            cut();
          }
        }
      })
    );
    room.setWanted(2);
    await until('nobody knows', () =>
      room
        .pilots()
        .some(({ cause, words }) => cause === 'submission_unknown' && words.includes('logged in'))
    );
    expect(site.finds).toBe(0);
    login();
    await queued(2);
    expect([site.calls, site.finds]).toEqual([[2], 1]);
  });
});

it('the next bridge waits for a login, too', async () => {
  login();
  room = await PoolRoom.open(given());
  room.setWanted(1);
  await queued(1);
  room.leave();
  cut();
  const { home } = room;
  room = await PoolRoom.open(given({ home }));
  expect(room.pilots('queued')).toHaveLength(1);
  room.setWanted(2);
  await until('it waits', () =>
    room.pilots('requested').some(({ cause }) => cause === 'login_needed')
  );
  login();
  await queued(2);
});
