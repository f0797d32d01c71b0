import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Person, type TransportOpener } from './login.fixture';
import { openSshOpener } from './openssh';
import { ssh2Opener } from './ssh2';
import { says } from './ssh2/channels.fixture';
import { makeKey, startSshd, type ISshd } from './sshd.fixture';

jest.setTimeout(60_000);

/** One name for several login nodes, each with a key of its own. */
const folder = mkdtempSync(join(tmpdir(), 'ph-nodes-'));
const nodes: ISshd[] = [];
beforeAll(async () => {
  const key = makeKey(join(folder, 'key'));
  for (const name of ['node-1', 'node-2']) {
    nodes.push(await startSshd([key], [], ['ed25519'], name));
  }
});
afterAll(async () => {
  await Promise.all(nodes.map(node => node.stop()));
  rmSync(folder, { recursive: true });
});

const lineOf = ({ publicKeys }: ISshd): string => `login ${publicKeys.ed25519}\n`;

describe.each<[string, TransportOpener]>([
  ['ssh2', ssh2Opener],
  ['openssh', openSshOpener]
])('by %s', (_, opener) => {
  const people: Person[] = [];
  afterEach(() => people.splice(0).forEach(who => who.leave()));

  /** Somebody who knows some of them by the name. */
  function person(...known: ISshd[]): Person {
    const who = new Person().knows(known.map(lineOf).join(''));
    people.push(who);
    who.opener = opener;
    who.persons = false;
    return who.config('HostKeyAlias login', `IdentityFile ${join(folder, 'key')}`);
  }

  it('each of them is known by its own line', async () => {
    const who = person(...nodes);
    for (const [at, { port }] of nodes.entries()) {
      const transport = await who.open({ port });
      expect(await says(transport, 'hostname')).toBe(`node-${at + 1}\n`);
      transport.dispose();
    }
  });

  it('one that has none stops the login, though another is known', async () => {
    const refused = await person(nodes[0]).refusal({ port: nodes[1].port });
    expect(refused.data).toMatchObject({ code: 'machine_key_changed', params: { line: 1 } });
  });

  it('what ran on one ends with the connection to it, and the next login finds the other', async () => {
    const who = person(...nodes);
    const first = await who.open({ port: nodes[0].port });
    const lost = new Promise(resolve => first.onLost(resolve));
    const running = await first.exec('sleep 300');
    const cut = execFileSync('sh', ['-c', `cat /proc/${nodes[0].pid}/task/*/children`]).toString();
    cut
      .trim()
      .split(/\s+/)
      .map(Number)
      .forEach(pid => process.kill(pid, 'SIGKILL'));
    expect(await lost).toMatchObject({ code: 'host_lost' });
    await running.ended;
    await expect(first.exec('true')).rejects.toMatchObject({ code: 'host_lost' });
    const second = await who.open({ port: nodes[1].port });
    expect(await says(second, 'hostname')).toBe('node-2\n');
    second.dispose();
  });
});
