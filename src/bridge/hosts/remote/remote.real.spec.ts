import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Person } from '../../ssh/login.fixture';
import { openSshOpener } from '../../ssh/openssh';
import { descendants, makeKey, startSshd, type ISshd } from '../../ssh/sshd.fixture';
import { ssh2Opener } from '../../ssh/ssh2';
import type { ITransport } from '../../ssh/tokens';
import { until } from '../../until.fixture';
import { behavesAsHost, errorOf, newHome } from '../conformance.fixture';
import { hostOver, TestLink } from './link.fixture';

jest.setTimeout(120_000);

let person: Person;
let sshd: ISshd;
let key: string;
beforeAll(async () => {
  person = new Person();
  key = join(person.home, 'key');
  sshd = await startSshd([makeKey(key)]);
  person.knows(sshd.knownLine);
}, 600_000);
afterAll(async () => {
  await sshd.stop();
  person.leave();
});
const login = (): Promise<ITransport> => person.open({ port: sshd.port, keyFile: key });

describe.each([
  ['ssh2', ssh2Opener],
  ['the user’s own ssh', openSshOpener]
])('a machine behind a real sshd, by %s', (_, opener) => {
  behavesAsHost(async () => {
    person.opener = opener;
    const transport = await login();
    const home = newHome();
    return {
      host: hostOver(new TestLink(transport)),
      home,
      close: () => {
        transport.dispose();
        rmSync(home, { recursive: true, force: true });
      }
    };
  });
});

it('a connection that is cut is told at once, and what was under way fails', async () => {
  const transport = await login();
  const link = new TestLink(transport);
  transport.onLost(() => {
    link.connect(null);
  });
  const host = hostOver(link);
  const lost = errorOf(host.run({ argv: ['sleep', '20'], timeoutMs: 60_000 }));
  await until('it runs', () => transport.channels.open > 0);
  for (const pid of descendants(sshd.pid)) {
    process.kill(pid, 'SIGKILL');
  }
  expect((await lost)[0]).toBe('host_lost');
  await until('it is gone', () => !host.connected);
  expect((await errorOf(host.folder(undefined)))[0]).toBe('login_needed');
  link.connect(await login());
  expect((await host.run({ argv: ['echo', 'back'], timeoutMs: 60_000 })).stdout).toBe('back\n');
  link.transport?.dispose();
});

it('many at once wait for each other', async () => {
  const transport = await login();
  const host = hostOver(new TestLink(transport));
  const runs = Array.from({ length: 30 }, (_, n) =>
    host.run({ argv: ['echo', String(n)], timeoutMs: 60_000 })
  );
  const said = (await Promise.all(runs)).map(({ stdout }) => stdout);
  expect(said).toEqual(runs.map((_, n) => `${n}\n`));
  await until('all are closed', () => transport.channels.open === 0);
  transport.dispose();
});
