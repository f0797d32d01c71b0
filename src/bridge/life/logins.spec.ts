import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostConnection } from '../../protocol';
import type { TestClient } from '../api/client.fixture';
import { KEY, PlayedLogins, ShellTransport } from '../ssh/connections/transport.fixture';
import type { ILoginAudience } from '../ssh/tokens';
import { TestBridge } from './bridge.fixture';

const PASSWORD = 'correct horse battery staple';

let bridge: TestBridge;
let logins: PlayedLogins;
let transport: ShellTransport;
beforeEach(async () => {
  logins = new PlayedLogins();
  transport = new ShellTransport({ neededPerson: true });
  logins.plays = [
    async (audience: ILoginAudience) => {
      audience.key(KEY);
      const prompts = [
        { text: 'Password: ', echo: false },
        { text: 'Code: ', echo: true }
      ];
      const round = { name: '', instructions: '', prompts, again: false };
      await audience.ask({ method: 'keyboard-interactive', ...round });
      return transport;
    }
  ];
  bridge = await TestBridge.start({ transports: { ssh2: logins.open } });
  mkdirSync(join(bridge.home, 'profiles'));
  const profile = {
    scheduler: { kind: 'slurm' },
    submitHost: { address: 'login1', user: 'alice' }
  };
  writeFileSync(
    join(bridge.home, 'profiles', 'site.json'),
    JSON.stringify({ name: 'site', ...profile })
  );
});
afterEach(() => bridge.dispose());

/** The connection as a client sees it in the stream of changes. */
const shown = (client: TestClient, state: string): Promise<HostConnection> =>
  client.until(() => {
    for (const { method, params } of client.received.slice().reverse()) {
      const changes =
        method === 'state.changed' ? (params?.changes as { kind: string; value: unknown }[]) : [];
      const last = changes.filter(({ kind }) => kind === 'host').at(-1);
      if (last !== undefined) {
        const host = HostConnection.parse(last.value);
        return host.state === state ? host : null;
      }
    }
    return null;
  });

it('a login that one tab begins is answered by another client, and by nobody twice', async () => {
  const first = await bridge.client();
  await first.call('hosts.login', { pool: 'site' });
  first.socket.close();
  const second = await bridge.client('command');
  const { result } = await second.call('hosts.list', {});
  const [{ login }] = HostConnection.array().parse(result?.hosts);
  const answer = { login: login?.login, round: 1, answers: [PASSWORD, ''] };
  expect((await second.call('logins.answer', answer)).result).toEqual({});
  expect((await second.call('logins.answer', answer)).error?.data.code).toBe('unknown_login');
  const third = await bridge.client();
  await third.call('state.subscribe', {});
  const after = await third.call('hosts.list', {});
  expect(after.result?.hosts).toMatchObject([
    { host: 'alice@login1', state: 'connected', login: null }
  ]);
});

it('is seen in the stream of changes, from its beginning to a disconnection', async () => {
  const view = await bridge.client();
  await view.call('state.subscribe', {});
  await view.call('hosts.login', { pool: 'site' });
  const asked = await shown(view, 'logging-in');
  expect(asked.login?.question).toMatchObject({ kind: 'prompts', round: 1 });
  await view.call('logins.answer', { login: asked.login?.login, round: 1, answers: ['', ''] });
  const { host } = await shown(view, 'connected');
  await view.call('hosts.logout', { host });
  await view.until(() => transport.disposed);
});

it('leaves no answer in the log, in the database or in any other file', async () => {
  const view = await bridge.client();
  const { result } = await view.call('hosts.login', { pool: 'site' });
  const { login } = HostConnection.parse(result);
  const wrong = { login: login?.login, round: 1, answers: [PASSWORD, 5] };
  expect((await view.call('logins.answer', wrong)).error?.data.code).toBe('invalid_params');
  const few = { login: login?.login, round: 1, answers: [PASSWORD] };
  expect((await view.call('logins.answer', few)).error?.data.code).toBe('invalid_params');
  await view.call('logins.answer', { ...few, answers: [PASSWORD, '123456'] });
  expect(JSON.stringify(view.received)).not.toContain(PASSWORD);
  await bridge.bridge.end('the test looks at its files');
  const files = readdirSync(bridge.home, { recursive: true, encoding: 'utf8' })
    .map(name => join(bridge.home, name))
    .filter(path => statSync(path).isFile());
  expect(files.length).toBeGreaterThan(1);
  for (const path of files) {
    expect([path, readFileSync(path, 'latin1').includes(PASSWORD)]).toEqual([path, false]);
  }
});

it('ends with the bridge', async () => {
  const view = await bridge.client();
  const { result } = await view.call('hosts.login', { pool: 'site' });
  const { login } = HostConnection.parse(result);
  await view.call('logins.answer', { login: login?.login, round: 1, answers: ['', ''] });
  await view.call('hosts.list', {});
  await bridge.bridge.end('asked to');
  expect(transport.disposed).toBe(true);
});
