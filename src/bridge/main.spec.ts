import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  closeSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { TestClient } from './api/client.fixture';

const WITHIN_MS = 15_000;

/** Bridges as their starter starts them: real processes of the bundle, with real pools. */
describe('the bridge as a process', () => {
  let home: string;
  let bundle: string;
  const children: ChildProcess[] = [];

  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'ph-'));
    bundle = join(folder, 'bridge.cjs');
    buildSync({
      entryPoints: [join(__dirname, 'main.ts')],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['cpu-features', '*.node'],
      logLevel: 'error'
    });
  });
  afterAll(() => rmSync(join(bundle, '..'), { recursive: true }));

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'ph-'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    }
    rmSync(home, { recursive: true });
  });

  const run = (name: string): string => join(home, 'run', name);
  const log = (): { event: string; [field: string]: unknown }[] =>
    readFileSync(join(home, 'bridge.log'), 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as { event: string });

  function start(...more: string[]): ChildProcess {
    const lock = openSync(join(home, 'bridge.lock'), 'a', 0o600);
    const options = [
      ...['--state-dir', home, '--runtime-dir', join(home, 'run'), '--version', '1.0'],
      ...['--agent', join(home, 'agent.pyz'), '--python', '/usr/bin/python3', ...more]
    ];
    const stderr = openSync(join(home, 'stderr'), 'a', 0o600);
    const child = spawn(process.execPath, [bundle, ...options], {
      stdio: [lock, 'ignore', stderr]
    });
    closeSync(lock);
    closeSync(stderr);
    children.push(child);
    return child;
  }

  async function client(child: ChildProcess): Promise<TestClient> {
    for (const until = Date.now() + WITHIN_MS; ;) {
      try {
        const about = JSON.parse(readFileSync(run('bridge.json'), 'utf8')) as { pid: number };
        if (about.pid === child.pid) {
          return await TestClient.connect(run('bridge.sock'), readFileSync(run('secret'), 'utf8'));
        }
      } catch (error) {
        if (Date.now() > until || child.exitCode !== null) {
          throw new Error(readFileSync(join(home, 'stderr'), 'utf8'), { cause: error });
        }
      }
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }

  async function exit(child: ChildProcess): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) {
      await once(child, 'exit');
    }
    return child.exitCode;
  }

  it.each(['SIGTERM', 'SIGINT'] as const)('ends in order at %s', async signal => {
    const child = start();
    const view = await client(child);
    await view.hello('view');
    child.kill(signal);
    expect(await view.closed()).toBe(1001);
    expect(view.received.at(-1)).toMatchObject({
      method: 'bridge.ending',
      params: { restarting: false }
    });
    expect(await exit(child)).toBe(0);
    expect(['bridge.sock', 'secret', 'bridge.json'].filter(name => existsSync(run(name)))).toEqual(
      []
    );
    const mine = { version: '1.0', pid: child.pid };
    expect(log()[0]).toMatchObject({ event: 'bridge_starts', ...mine });
    expect(log().at(-1)).toMatchObject({ event: 'bridge_ends', why: signal, ...mine });
    expect(readFileSync(join(home, 'stderr'), 'utf8')).toBe('');
  });

  it('keeps its lock, and outlives a terminal', async () => {
    const child = start();
    const command = await client(child);
    child.kill('SIGHUP');
    await command.hello('command');
    expect((await command.call('bridge.status')).result).toMatchObject({ pid: child.pid });
    expect(readlinkSync(`/proc/${String(child.pid)}/fd/0`)).toBe(join(home, 'bridge.lock'));
    await command.call('bridge.stop', {});
    expect(await exit(child)).toBe(0);
  });

  it('is followed by the next after kill -9', async () => {
    const first = start();
    (await client(first)).close();
    first.kill('SIGKILL');
    await exit(first);
    expect(existsSync(run('bridge.sock'))).toBe(true);
    const second = start();
    const view = await client(second);
    expect((await view.hello('view')).result).toMatchObject({ pid: second.pid });
    view.close();
  });

  it('ends by itself when it is not needed', async () => {
    const child = start('--times', '{"bridgeIdleMs": 50}');
    expect(await exit(child)).toBe(0);
    expect(log().at(-1)).toMatchObject({ event: 'bridge_ends', why: 'idle' });
  });

  it('says on stderr which option is wrong', async () => {
    expect(await exit(start('--what'))).toBe(2);
    expect(readFileSync(join(home, 'stderr'), 'utf8')).toBe(
      'pilothouse bridge: unknown option --what\n'
    );
  });

  it('does not start where it cannot, and says why in log and stderr', async () => {
    const child = start('--times', '{}');
    (await client(child)).close();
    const other = mkdtempSync(join(tmpdir(), 'ph-'));
    const second = spawn(
      process.execPath,
      [
        ...[bundle, '--state-dir', other, '--runtime-dir', join(home, 'run'), '--version', '1.0'],
        ...['--agent', 'a', '--python', 'p']
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] }
    );
    let words = '';
    second.stderr.on('data', data => (words += String(data)));
    expect(await exit(second)).toBe(1);
    expect(words).toContain(`the bridge of ${home}`);
    expect(readFileSync(join(other, 'bridge.log'), 'utf8')).toContain('bridge_start_failed');
    rmSync(other, { recursive: true });
    (await client(child)).close();
  });
});
