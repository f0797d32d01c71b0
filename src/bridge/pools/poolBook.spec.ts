import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TIMES, type Change } from '../../protocol';
import { systemClock } from '../clock';
import { Profiles } from '../profiles';
import type { IBridgeContext } from '../tokens';
import { PoolRoom } from './pools.fixture';
import { PoolBook } from './poolBook';

describe('the pools of profile files', () => {
  let room: PoolRoom;
  let folder: string;
  let changes: Change[];
  let book: PoolBook;

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
    book = new PoolBook(context, room.store.pilots, profiles, room.tasks, {
      hostOf: () => null,
      troubleOf: () => null
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
});
