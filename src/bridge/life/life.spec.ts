import { once } from 'node:events';
import { connect } from 'node:net';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Delta, RunId, Snapshot, TIMES, type TaskReport } from '../../protocol';
import { TestClient } from '../api/client.fixture';
import { anOpening } from '../entities.fixture';
import { ManualClock } from '../manualClock.fixture';
import { TestBridge } from './bridge.fixture';
import { About, LOOK_EVERY_MS } from './door';
import { endsWithServer } from './endsWithServer';
import { ownFolder, runtimeFiles } from './folder';

/** Tries until it works; the last failure is the test's. */
async function eventually<T>(attempt: () => T | Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === 300) {
        throw error;
      }
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }
}

const kernel = { pid: process.pid, workingFolder: '/' };

describe('the life of a bridge', () => {
  let clock: ManualClock;
  let bridge: TestBridge;

  beforeEach(async () => {
    clock = new ManualClock();
    bridge = await TestBridge.start({ clock });
  });
  afterEach(async () => {
    await bridge.dispose();
    expect(clock.pending).toBe(0);
    expect(bridge.pools.calls.filter(call => call === 'dispose')).toHaveLength(1);
  });

  const look = (): void => clock.advance(LOOK_EVERY_MS);
  const run = (): string => join(bridge.home, 'run');

  it('says in its folder who it is', () => {
    const about = About.parse(JSON.parse(readFileSync(join(run(), 'bridge.json'), 'utf8')));
    expect(about).toMatchObject({
      pid: process.pid,
      instance: bridge.bridge.instance,
      version: '1.0',
      stateFolder: bridge.home
    });
  });

  it.each([
    ['the folder', ''],
    ['the socket', 'bridge.sock'],
    ['the secret', 'secret'],
    ['the file that says who it is', 'bridge.json']
  ])('is reachable again when %s was deleted; who is connected stays', async (_, name) => {
    const before = await bridge.client();
    const secret = bridge.secret;
    rmSync(join(run(), name), { recursive: true });
    look();
    const after = await eventually(() => bridge.client());
    expect((await after.call('bridge.status')).result).toMatchObject({
      instance: bridge.bridge.instance,
      clients: { view: 2 }
    });
    expect((await before.call('bridge.status')).result).toBeDefined();
    expect(bridge.secret).not.toBe(secret);
    expect(statSync(run()).mode & 0o777).toBe(0o700);
    await expect(TestClient.connect(bridge.socket, secret)).rejects.toThrow('401');
    // Once more: what was made again is looked after as well.
    rmSync(run(), { recursive: true });
    look();
    (await eventually(() => bridge.client())).close();
    [before, after].forEach(client => client.close());
  });

  it('makes nothing anew while nothing is missing', async () => {
    const secret = bridge.secret;
    look();
    look();
    (await bridge.client()).close();
    expect(bridge.secret).toBe(secret);
    expect(bridge.log().map(({ event }) => event)).not.toContain('runtime_folder_lost');
  });

  it('says what is wrong while its folder cannot be made, and comes back after', async () => {
    rmSync(run(), { recursive: true });
    writeFileSync(run(), 'in the way');
    look();
    const failed = await eventually(() => {
      const found = bridge.log().find(({ event }) => event === 'runtime_folder_failed');
      expect(found).toBeDefined();
      return found;
    });
    expect(failed).toMatchObject({ data: { code: 'folder_unsafe', params: { folder: run() } } });
    rmSync(run());
    await eventually(() => {
      look();
      return bridge.client();
    }).then(client => client.close());
  });

  it('leaves the folder of another bridge alone', async () => {
    const other = mkdtempSync(join(tmpdir(), 'ph-'));
    symlinkSync(run(), join(other, 'elsewhere'));
    // The same runtime folder, another state folder, and so another lock.
    const second = TestBridge.start({ home: other, runtime: run() });
    await expect(second).rejects.toMatchObject({
      code: 'folder_taken',
      data: { params: { folder: run(), other: bridge.home, state: other } }
    });
    (await bridge.client()).close();
    rmSync(other, { recursive: true });
  });

  it('ends when nobody has needed it for long', async () => {
    await bridge.dispose();
    // Shorter than the time between pings, which a hand-moved clock leaves no time to answer.
    const idleMs = 5000;
    bridge = await TestBridge.start({ clock, times: { bridgeIdleMs: idleMs } });
    const client = await bridge.client();
    clock.advance(idleMs * 2);
    expect((await client.call('bridge.status')).result).toBeDefined();

    bridge.pools.alive = 1;
    client.close();
    await eventually(async () => {
      const asker = await bridge.client('command');
      const { result } = await asker.call('bridge.status');
      asker.close();
      expect(result).toMatchObject({ clients: { view: 0 } });
    });
    for (let turn = 0; turn < 20; turn++) {
      // In some of these turns the bridge knows that its last client has gone.
      clock.advance(idleMs);
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    (await bridge.client()).close();

    bridge.pools.alive = 0;
    await eventually(() => {
      clock.advance(idleMs);
      expect(bridge.log().at(-1)).toMatchObject({ event: 'bridge_ends', why: 'idle' });
    });
    await bridge.bridge.ended;
    expect(
      ['bridge.sock', 'secret', 'bridge.json'].filter(n => existsSync(join(run(), n)))
    ).toEqual([]);
  });

  it('sends all views the same picture, and shows the next bridge the same', async () => {
    const views = [await bridge.client(), await bridge.client()];
    const teller = await bridge.client('kernel');
    const first = Snapshot.parse((await views[0].call('state.subscribe')).result);
    expect(first).toMatchObject({ seq: 0, groups: [] });
    await views[1].call('state.subscribe');
    const report = (tasks: unknown[]): TaskReport =>
      ({ run: 'run-1', cells: [], tasks }) as unknown as TaskReport;
    const tell = (tasks: unknown[]): void =>
      teller.send({ jsonrpc: '2.0', method: 'tasks.report', params: report(tasks) });
    tell([{ task: 0, app: 'pi', cell: null, state: 'waiting', submittedAtMs: 1 }]);
    tell([{ task: 0, state: 'done', reason: 'executed', endedAtMs: 2 }]);
    await teller.call('bridge.status');
    const deltas = (view: TestClient): unknown[] =>
      view.received.filter(({ method }) => method === 'state.changed').map(({ params }) => params);
    await eventually(() => {
      clock.advance(TIMES.changesEveryMs);
      expect(deltas(views[0])).toHaveLength(1);
      expect(deltas(views[1])).toHaveLength(1);
    });
    const delta = Delta.parse(deltas(views[0])[0]);
    expect(deltas(views[1])).toEqual(deltas(views[0]));
    expect(delta).toMatchObject({ seq: 1, changes: [{ kind: 'group', value: { done: 1 } }] });

    await views[0].call('state.unsubscribe');
    tell([{ task: 1, app: 'pi', cell: null, state: 'waiting', submittedAtMs: 1 }]);
    await teller.call('bridge.status');
    clock.advance(TIMES.changesEveryMs);
    await eventually(() => expect(deltas(views[1])).toHaveLength(2));
    expect(deltas(views[0])).toHaveLength(1);

    const last = Snapshot.parse((await views[0].call('state.subscribe')).result);
    [teller, ...views].forEach(client => client.close());
    await bridge.bridge.end('the next one comes');
    bridge = await TestBridge.start({ clock, home: bridge.home });
    const view = await bridge.client();
    const next = Snapshot.parse((await view.call('state.subscribe')).result);
    expect(next.groups).toEqual(last.groups);
    expect(next.instance).not.toBe(last.instance);
    view.close();
  });

  it('takes the notebook of an opened executor for its tasks', async () => {
    const teller = await bridge.client('kernel');
    const open = anOpening('e1', {
      run: RunId.parse('run-1'),
      origin: { ...kernel, notebook: 'pi.ipynb' }
    });
    expect((await teller.call('executors.open', open)).result).toMatchObject({ target: 0 });
    const tasks = [{ task: 0, app: 'pi', cell: null, state: 'waiting', submittedAtMs: 1 }];
    teller.send({
      jsonrpc: '2.0',
      method: 'tasks.report',
      params: { run: 'run-1', cells: [], tasks }
    });
    const snapshot = Snapshot.parse((await teller.call('state.subscribe')).result);
    expect(snapshot.groups[0]).toMatchObject({ origin: open.origin, total: 1 });
    teller.close();
  });
});

describe('the folders of a bridge', () => {
  it('are refused where a socket would not fit, or somebody put something else', () => {
    expect(() => runtimeFiles(`/tmp/${'x'.repeat(100)}`)).toThrow('path_too_long');
    const home = mkdtempSync(join(tmpdir(), 'ph-'));
    symlinkSync('/etc', join(home, 'link'));
    expect(() => ownFolder(join(home, 'link'))).toThrow('folder_unsafe');
    const [uid, me] = [process.getuid, process.getuid?.() ?? 0];
    process.getuid = () => me + 1;
    try {
      expect(() => ownFolder(home)).toThrow(/folder_unsafe.*owner/);
    } finally {
      process.getuid = uid;
    }
    rmSync(home, { recursive: true });
  });
});

describe('a bridge in a pod or a batch job', () => {
  it.each([
    [{ HOME: '/home/me' }, false],
    [{ SLURM_JOB_ID: '' }, false],
    [{ SLURM_JOB_ID: '12' }, true],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, true]
  ])('knows that it ends with its server: %j', (environment, ends) => {
    expect(endsWithServer(environment)).toBe(ends);
  });
});

describe('a socket that somebody left', () => {
  it('is nobody', async () => {
    const home = mkdtempSync(join(tmpdir(), 'ph-'));
    const bridge = await TestBridge.start({ home });
    const left = About.parse(JSON.parse(readFileSync(join(home, 'run', 'bridge.json'), 'utf8')));
    await bridge.bridge.end('');
    writeFileSync(join(home, 'run', 'bridge.sock'), '');
    const other = JSON.stringify({ ...left, pid: 1, stateFolder: '/elsewhere' });
    writeFileSync(join(home, 'run', 'bridge.json'), other);
    const next = await TestBridge.start({ home });
    const socket = connect(next.socket);
    await once(socket, 'connect');
    const closed = once(socket.resume(), 'close');
    // Who never came in does not hold up the end.
    await next.dispose();
    await closed;
  });
});
