import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { ExecutorId, PilotId, PoolName, RunId } from '../../protocol';
import { aPilot } from '../entities.fixture';
import { ManualClock } from '../manualClock.fixture';
import type { ILog, IPilotRecord } from '../tokens';
import { NOTHING } from './memory.fixture';
import { migrate, MIGRATIONS } from './migrations';
import { journalFor, transaction } from './sqlite';
import { openStore, type IStore } from '.';

const record = (id: string, ran = 0): IPilotRecord => ({
  pilot: aPilot(id, {
    gpus: ['GPU-1'],
    runtime: { python: '3.11.7' },
    running: ['pi'],
    ran
  }),
  folder: `/pilots/${id}`,
  job: '{"pid":1}',
  executable: '/usr/bin/python3'
});
const RUN = RunId.parse('run');

describe('the database', () => {
  const clock = new ManualClock();
  let home: string;
  let logged: string[];
  const log: ILog = {
    info: () => undefined,
    warn: event => void logged.push(event),
    error: event => void logged.push(event)
  };
  const open = (): IStore => openStore(home, clock, log);

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'ph-'));
    logged = [];
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('gives back pilots, typed numbers, orders to rest and small values, also after it was closed', () => {
    let store = open();
    store.pilots.putPilots([record('p1'), record('p2'), { ...record('p3'), job: null }]);
    store.pilots.putPilots([record('p1', 5)]);
    store.pilots.removePilots([PilotId.parse('p2'), PilotId.parse('none')]);
    store.pilots.putTyped(PoolName.parse('local'), 3);
    store.pilots.putTyped(PoolName.parse('local'), 4);
    store.pilots.putTyped(PoolName.parse('lab'), 1);
    store.pilots.putTyped(PoolName.parse('lab'), null);
    const [local, lab] = ['local', 'lab'].map(name => PoolName.parse(name));
    const executor = ExecutorId.parse('e1');
    store.pilots.putRests(local, new Map([[ExecutorId.parse('e2'), 9]]));
    store.pilots.putRests(lab, new Map([[executor, 0]]));
    store.pilots.putRests(local, new Map([[executor, 5]]));
    store.pilots.putValue('port', '1');
    store.pilots.putValue('port', '2');
    store.dispose();
    store = open();
    expect(store.pilots.pilots()).toEqual([record('p1', 5), { ...record('p3'), job: null }]);
    expect([...store.pilots.typed()]).toEqual([['local', 4]]);
    expect([...store.pilots.rests(local)]).toEqual([['e1', 5]]);
    expect([...store.pilots.rests(lab)]).toEqual([['e1', 0]]);
    expect(store.pilots.value('port')).toBe('2');
    expect(store.pilots.value('none')).toBeNull();
    store.dispose();
    expect(logged).toEqual([]);
  });

  it('writes all pilots of a call or none', () => {
    const store = open();
    const unwritable = { ...record('p2'), folder: undefined as unknown as string };
    expect(() => store.pilots.putPilots([record('p1'), unwritable])).toThrow();
    expect(store.pilots.pilots()).toEqual([]);
    store.pilots.putPilots([record('p1')]);
    expect(store.pilots.pilots()).toHaveLength(1);
    store.dispose();
  });

  it('gives back tasks in the order of submission, with their words', () => {
    const store = open();
    const row = (task: number, position: number, value = `{"n":${task}}`) => ({
      run: RUN,
      task,
      position,
      value
    });
    const error = { type: 'E', message: 'm', traceback: 't' };
    store.tasks.write({
      ...NOTHING,
      runs: [{ run: RUN, value: '{}' }],
      groups: [{ group: 'g', run: RUN, value: '{}' }],
      tasks: [row(7, 2), row(3, 1), row(5, 3)],
      words: [{ run: RUN, task: 3, words: { error, printed: 'p' } }],
      ran: [{ pilot: PilotId.parse('p1'), ran: 2 }]
    });
    store.tasks.write({
      ...NOTHING,
      tasks: [row(5, 3, '{"new":true}')],
      forgottenTasks: [{ run: RUN, task: 7 }]
    });
    expect(store.tasks.load()).toEqual({
      runs: [{ run: RUN, value: '{}' }],
      groups: [{ group: 'g', run: RUN, value: '{}' }],
      tasks: [row(3, 1), row(5, 3, '{"new":true}')],
      ran: [{ pilot: 'p1', ran: 2 }]
    });
    expect(store.tasks.words(RUN, 3)).toEqual({ error, printed: 'p' });
    expect(store.tasks.words(RUN, 5)).toBeNull();
    store.dispose();
  });

  it('is for its owner only, with all its side files', () => {
    const store = open();
    store.pilots.putValue('a', 'b');
    const files = readdirSync(home);
    expect(files).toContain('bridge.db-wal');
    expect(files.map(name => lstatSync(join(home, name)).mode & 0o077)).toEqual(files.map(() => 0));
    store.dispose();
  });

  it('uses a write-ahead log only where one machine sees the file', () => {
    const kinds: [number, string][] = [
      [0xef53, 'wal'], // ext4
      [0x01021994, 'wal'], // tmpfs
      [0x6969, 'delete'], // NFS
      [0x47504653, 'delete'], // GPFS
      [0xff534d42 | 0, 'delete'], // CIFS, as a machine of signed words says it
      [0x0bd00bd0, 'delete'] // Lustre
    ];
    expect(kinds.map(([type]) => journalFor(type))).toEqual(kinds.map(([, journal]) => journal));
  });

  it.each([
    ['is no database', 'x'.repeat(5000)],
    ['was cut', 'SQLite format 3\u0000']
  ])('is begun afresh where the file %s; the old one is set aside', (_, content) => {
    writeFileSync(join(home, 'bridge.db'), content);
    const store = open();
    store.pilots.putValue('a', 'b');
    store.dispose();
    expect(logged).toEqual(['database_damaged']);
    expect(readdirSync(home).filter(name => name.startsWith('bridge.db.damaged-'))).toHaveLength(1);
    const again = open();
    expect(again.pilots.value('a')).toBe('b');
    again.dispose();
  });

  it('passes over one pilot that it cannot read, and says so', () => {
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    let store = open();
    store.pilots.putPilots([record('p1'), record('p2')]);
    store.dispose();
    const database = new DatabaseSync(join(home, 'bridge.db'));
    database.exec("UPDATE pilots SET value = '{}' WHERE pilot = 'p1'");
    database.close();
    store = open();
    expect(store.pilots.pilots()).toEqual([record('p2')]);
    expect(logged).toEqual(['pilot_unreadable']);
    store.dispose();
  });

  it('is brought to the newest schema step by step, a step whole or not at all', () => {
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const database = new DatabaseSync(join(home, 'x.db'));
    const version = (): unknown => database.prepare('PRAGMA user_version').get()?.user_version;
    migrate(database, ['CREATE TABLE one (a)']);
    migrate(database, ['CREATE TABLE one (a)', 'CREATE TABLE two (a)']);
    expect(version()).toBe(2);
    const broken = ['', '', 'CREATE TABLE three (a); CREATE TABLE one (a)'];
    expect(() => migrate(database, broken)).toThrow('already exists');
    expect(version()).toBe(2);
    expect(() => database.prepare('SELECT * FROM three')).toThrow('no such table');
    database.close();
  });

  it('refuses a file of a newer Pilothouse, and leaves it as it is', () => {
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const database = new DatabaseSync(join(home, 'bridge.db'));
    database.exec(`PRAGMA user_version=${MIGRATIONS.length + 1}`);
    database.close();
    expect(open).toThrow('newer Pilothouse');
    expect(readdirSync(home)).toEqual(['bridge.db']);
  });

  it('takes back a transaction that fails', () => {
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE t (a)');
    const work = (): void => {
      database.exec('INSERT INTO t VALUES (1)');
      throw new Error('half way');
    };
    expect(() => transaction(database, work)).toThrow('half way');
    expect(database.prepare('SELECT * FROM t').all()).toEqual([]);
    expect(database.isTransaction).toBe(false);
    database.close();
  });

  it('has all that it said it has, whenever its process is killed', async () => {
    const script = join(home, 'writer.cjs');
    buildSync({
      entryPoints: [join(__dirname, 'writer.fixture.ts')],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'cjs'
    });
    let had = 0;
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, ['--no-warnings', script, home], {
        stdio: ['ignore', 'pipe', 'inherit']
      });
      // Each line is the number of a write that had returned.
      let said = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        said = Number(line);
        if (said > had + 40 + round * 7) {
          child.kill('SIGKILL');
        }
      }
      if (child.signalCode === null && child.exitCode === null) {
        await once(child, 'exit');
      }
      expect(child.signalCode).toBe('SIGKILL');
      const store = open();
      const pilots = store.pilots.pilots();
      had = Number(store.pilots.value('count'));
      expect(had).toBeGreaterThanOrEqual(said);
      // The two pilots of one call are there with the same number, or not at all.
      const [left, right] = pilots.map(({ pilot: { ran } }) => ran);
      expect(left).toBe(right);
      expect(left).toBeGreaterThanOrEqual(said);
      expect(store.tasks.load().tasks.length).toBeGreaterThanOrEqual(said);
      store.dispose();
    }
    expect(logged).toEqual([]);
  });
});
