import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transfer } from '../../protocol';
import { PlayedLogins, ShellTransport } from '../ssh/connections/transport.fixture';
import { TestBridge } from './bridge.fixture';

let bridge: TestBridge;
let there: string;
beforeEach(async () => {
  there = realpathSync(mkdtempSync(join(tmpdir(), 'ph-')));
  const logins = new PlayedLogins();
  logins.plays = [() => Promise.resolve(new ShellTransport({ environment: { HOME: there } }))];
  bridge = await TestBridge.start({ transports: { ssh2: logins.open } });
  mkdirSync(join(bridge.home, 'profiles'));
  const submitHost = { address: 'login1', user: 'alice' };
  writeFileSync(
    join(bridge.home, 'profiles', 'site.json'),
    JSON.stringify({ name: 'site', scheduler: { kind: 'slurm' }, submitHost })
  );
});
afterEach(async () => {
  await bridge.dispose();
  rmSync(there, { recursive: true });
});

it('files of a place are there once somebody has logged in', async () => {
  const client = await bridge.client('command');
  const list = () => client.call('files.list', { pool: 'site', path: '.' });
  expect((await list()).error?.data.code).toBe('login_needed');
  await client.call('hosts.login', { pool: 'site' });
  const content = Buffer.from('hello').toString('base64');
  const write = { pool: 'site', path: 'a file', content, offset: 0, last: true };
  expect((await client.call('files.write', write)).result).toMatchObject({ received: 5 });
  expect(readFileSync(join(there, 'a file'), 'utf8')).toBe('hello');
  expect((await list()).result).toMatchObject({ path: there, entries: [{ name: 'a file' }] });
  const wrong = await client.call('files.write', { ...write, content: 'no base64!' });
  expect(wrong.error?.data).toMatchObject({ code: 'file_failed', params: { path: 'a file' } });
});

it('a transfer is in the stream of changes, and in the list after its end', async () => {
  const client = await bridge.client('command');
  await client.call('state.subscribe', {});
  const local = join(bridge.home, 'big');
  writeFileSync(local, Buffer.alloc(1_000_000));
  const remote = join(there, 'big');
  const put = { pool: 'local', direction: 'put', local, remote };
  const begun = Transfer.parse((await client.call('files.transfer', put)).result);
  const done = await client.until(() => {
    const told = client.received
      .filter(({ method }) => method === 'state.changed')
      .flatMap(({ params }) => params?.changes as { kind: string; value: unknown }[])
      .filter(({ kind }) => kind === 'transfer')
      .map(({ value }) => Transfer.parse(value));
    return told.find(({ state }) => state === 'done') ?? null;
  });
  expect(done).toMatchObject({ transfer: begun.transfer, bytes: 1_000_000, size: 1_000_000 });
  expect((await client.call('hosts.list', {})).result?.transfers).toEqual([done]);
  expect(readFileSync(remote)).toHaveLength(1_000_000);
});

it('a view cannot name files of this machine to be sent', async () => {
  const view = await bridge.client('view');
  const put = { pool: 'local', direction: 'put', local: '/etc/hostname', remote: 'x' };
  expect((await view.call('files.transfer', put)).error?.data.code).toBe('not_allowed');
});
