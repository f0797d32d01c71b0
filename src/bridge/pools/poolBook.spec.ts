import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Change, type Pilot, TIMES, type Uplink } from '../../protocol';
import { systemClock } from '../clock';
import { Profiles } from '../profiles';
import type { IBridgeContext } from '../tokens';
import { aPilot } from '../entities.fixture';
import { PilotBook } from './pilotBook';
import { PoolRoom } from './pools.fixture';
import { PoolBook } from './poolBook';

describe('the pools of profile files', () => {
  let room: PoolRoom;
  let folder: string;
  let changes: Change[];
  let book: PoolBook;
  let pilots: PilotBook;
  const way: Uplink = {
    ...{ kind: 'submit-host', machine: 'login.example.org', port: 1, sinceMs: 1 },
    ...{ trouble: null, nextTryMs: null, moved: { from: 'node-1', to: 'node-2', atMs: 10 } }
  };

  beforeEach(() => {
    room = new PoolRoom();
    folder = mkdtempSync(join(tmpdir(), 'ph-'));
    changes = [];
    const context: IBridgeContext = {
      clock: systemClock,
      log: room.log,
      times: TIMES,
      changes: { put: change => void changes.push(change), late: () => undefined },
      folders: { state: room.home, runtime: room.home },
      machine: 'test',
      agentFile: '',
      python: '/bin/sh'
    };
    const profiles = new Profiles({ user: folder, sites: [] }, 2);
    const sites = { hostOf: () => null, troubleOf: () => null };
    const views = { views: () => [way] };
    book = new PoolBook(context, room.store.pilots, profiles, room.tasks, sites, views);
    pilots = new PilotBook(context, room.store.pilots, room.tasks, {
      ...{ ring: () => undefined, touch: () => undefined }
    });
    book.refresh();
    changes.length = 0;
  });

  afterEach(async () => {
    await room.dispose();
    rmSync(folder, { recursive: true });
  });

  const write = (content: string): string => {
    const file = join(folder, 'big.json');
    writeFileSync(file, content);
    return file;
  };

  it('tell views of a file that is broken, once for each way, and of its mending', () => {
    const file = write('{"name": "big", "worker_inits": ""}');
    book.refresh();
    book.refresh();
    expect(changes).toMatchObject([
      { kind: 'broken-profile', value: { file, error: { code: 'invalid_profile' } } }
    ]);
    expect(JSON.stringify(changes)).toContain('worker_inits');
    write('{"name": "big", "pilot": {"walltime": "soon"}}');
    book.refresh();
    expect(changes.at(1)).toMatchObject({
      kind: 'broken-profile',
      value: { error: { params: { field: 'pilot.walltime' } } }
    });
    write('{"name": "big", ');
    book.refresh();
    expect(changes.at(2)).toMatchObject({
      value: { error: { params: { message: 'The file is no JSON.' } } }
    });
    write('{"name": "big"}');
    book.refresh();
    expect(changes.slice(3)).toEqual([{ kind: 'broken-profile-gone', file }]);
    write('');
    book.refresh();
    rmSync(file);
    book.refresh();
    expect(changes.slice(4)).toMatchObject([
      { kind: 'broken-profile', value: { file } },
      { kind: 'pool-gone', pool: 'big' },
      { kind: 'broken-profile-gone', file }
    ]);
  });

  it.each<[string, Partial<Pilot>[], boolean]>([
    ['no pilot', [], false],
    ['one from before', [{ createdAtMs: 9 }], true],
    ['one from before and one since', [{ createdAtMs: 11 }, { createdAtMs: 9 }], true],
    ['one since', [{ createdAtMs: 11 }], false],
    ['one from before that has ended', [{ createdAtMs: 9, state: 'ended' }], false],
    ['one that is not submitted yet', [{ createdAtMs: 9, state: 'requested' }], false]
  ])('say that a name leads elsewhere of %s: %#', (_, living, isSaid) => {
    const pool = book.open('local');
    for (const [number, changes] of living.entries()) {
      const pilot = aPilot(`p${number + 1}-aaaaaa`, changes);
      pilots.adopt(pool, { pilot, folder: '', job: null, executable: '' });
    }
    const { moved, ...rest } = way;
    expect(book.view(pool).uplinks).toEqual([isSaid ? { ...rest, moved } : rest]);
  });
});
