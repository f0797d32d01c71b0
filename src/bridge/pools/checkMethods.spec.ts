import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestLink } from '../hosts/remote/link.fixture';
import { StandIn } from '../schedulers/standIn.fixture';
import type { IConnection } from '../ssh/connections';
import { ShellTransport } from '../ssh/connections/transport.fixture';
import { PoolRoom } from './pools.fixture';
import { readFolder } from './checkMethods';

describe('of a place', () => {
  let there: string;
  let room: PoolRoom;
  beforeEach(() => {
    there = mkdtempSync(join(tmpdir(), 'ph-'));
  });
  afterEach(async () => {
    await room.dispose();
    rmSync(there, { recursive: true, force: true });
  });

  const check = async (submitHost: object, link?: TestLink) => {
    room = await PoolRoom.open({
      standIn: new StandIn(),
      submitHost: { folder: join(there, 'site'), ...submitHost },
      ...(link === undefined
        ? {}
        : { connections: { of: () => link as unknown as IConnection, setPlaces: () => undefined } })
    });
    return room.pools.handlers['checks.folder']?.({ pool: 'local' }, room.kernel());
  };
  const connected = (): TestLink => {
    const link = new TestLink(null);
    link.connect(new ShellTransport({ environment: { HOME: there, PATH: '/usr/bin:/bin' } }));
    return link;
  };

  it.each<[string, object, () => TestLink | undefined, string]>([
    ['this machine', {}, () => undefined, 'test'],
    ['another machine', { address: 'there' }, connected, 'alice@there']
  ])('the folder on %s is made, tried, and left as it was', async (_, host, link, machine) => {
    const path = join(there, 'site');
    const found = await check(host, link());
    expect(found).toEqual({ machine, path, runs: true, freeMiB: expect.any(Number) as number });
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(readdirSync(path)).toEqual([]);
  });

  it('a folder that others can enter is no place for secrets', async () => {
    const path = join(there, 'site');
    mkdirSync(join(path, 'more'), { recursive: true });
    chmodSync(path, 0o755);
    await expect(check({})).rejects.toMatchObject({
      code: 'file_failed',
      data: { params: { path } }
    });
  });

  it('nothing is known of a folder where nobody is logged in', async () => {
    const away = new TestLink(null);
    await expect(check({ address: 'there' }, away)).rejects.toMatchObject({ code: 'login_needed' });
  });

  it('only what the profile names is tried as a way home', async () => {
    await check({});
    const params = { pool: 'local', kind: 'relay', mayListen: true } as const;
    expect(() => room.pools.handlers['checks.uplink']?.(params, room.kernel())).toThrow(
      'does not name relay'
    );
  });

  it('a form’s draft is tried as it is written, and not what is saved', async () => {
    await check({});
    const tryDraft = (uplink: object) =>
      room.pools.handlers['checks.uplink']?.(
        {
          ...{ pool: 'local', kind: 'submit-host', mayListen: false },
          profile: { name: 'draft', uplink }
        },
        room.kernel()
      );
    expect(await tryDraft({ kinds: ['submit-host'] })).toEqual({
      result: { verdict: 'untried', why: 'here' },
      steps: []
    });
    expect(() => tryDraft({ kinds: ['direct'] })).toThrow('draft does not name submit-host');
    expect(() => tryDraft({ kinds: ['by car'] })).toThrow('uplink.kinds');
  });
});

const HEAD = 'Filesystem     1024-blocks     Used Available Capacity Mounted on\n';
it.each([
  ['runs', `${HEAD}/dev/vda         264212084 27783452  67717812      30% /\n`, true, 66130.68],
  ['closed', `${HEAD}nfs:/a b 1000 10 990 1% /home of all\n`, false, 0.966],
  ['runs', '', true, null],
  ['runs', `${HEAD}weird - - - - /x\n`, true, null]
])('reads %s, %j', (word, usage, runs, freeMiB) => {
  const found = readFolder(`${word}\n${usage}`);
  expect(found.runs).toBe(runs);
  if (freeMiB === null) {
    expect(found.freeMiB).toBeNull();
  } else {
    expect(found.freeMiB).toBeCloseTo(freeMiB, 1);
  }
});
