import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { until } from '../../until.fixture';
import { KeysRoom } from '../keys.fixture';
import { fingerprintOf } from '../knownHosts';
import type { Person } from '../login.fixture';
import { says } from '../ssh2/channels.fixture';
import { descendants, makeKey, startAgent, startSshd } from '../sshd.fixture';
import { openSshOpener } from '.';

jest.setTimeout(60_000);

const PASSPHRASE = 'correct horse battery staple';
const room = new KeysRoom({
  opener: openSshOpener,
  makeKeys: path => {
    makeKey(path('authority'));
    makeKey(path('stranger'));
    makeKey(path('signed'));
    const sign = ['-q', '-s', path('authority'), '-I', 'test', '-n', 'root'];
    execFileSync('ssh-keygen', [...sign, `${path('signed')}.pub`]);
    return [makeKey(path('open')), makeKey(path('locked'), 'ed25519', PASSPHRASE)];
  },
  lines: path => [`TrustedUserCAKeys ${path('authority')}.pub`]
});
const { key, person, opened, stops } = room;
const target = (name = 'open'): { port: number; keyFile: string } => ({
  port: room.sshd.port,
  keyFile: key(name)
});

describe('a key lets its owner in', () => {
  it('from a file, without a question', async () => {
    const who = person();
    who.persons = false;
    const transport = await opened(who, target());
    expect([transport.kind, transport.methods, transport.neededPerson]).toEqual([
      'openssh',
      ['publickey'],
      false
    ]);
    expect(await says(transport, 'echo $((6 * 7))')).toBe('42\n');
    expect(who.hops).toEqual([
      { address: '127.0.0.1', port: room.sshd.port, user: 'root', number: 1, of: 1 }
    ]);
    expect(who.keys).toEqual([transport.key]);
    expect(transport.key).toMatchObject({ algorithm: 'ssh-ed25519', knownSinceMs: null });
  });

  it('from an agent', async () => {
    const who = person();
    const agent = await startAgent([key('open')]);
    stops.push(agent.stop);
    who.environment = { SSH_AUTH_SOCK: agent.socket };
    expect((await opened(who, { port: room.sshd.port })).methods).toEqual(['publickey']);
  });

  it('with its passphrase, asked again where it was wrong', async () => {
    const who = person((_, number) => [number < 2 ? 'wrong' : PASSPHRASE]);
    const transport = await opened(who, target('locked'));
    expect([transport.methods, transport.neededPerson]).toEqual([['publickey'], true]);
    expect(who.rounds).toEqual(
      [false, true].map(again => ({
        ...{ method: 'passphrase', name: '', instructions: '', again },
        prompts: [{ text: `Enter passphrase for key '${key('locked')}': `, echo: false }]
      }))
    );
  });

  it('with its certificate', async () => {
    const who = person();
    const transport = await opened(who, target('signed'));
    expect(transport.methods).toEqual(['publickey']);
    expect(room.sshd.log()).toContain('ED25519-CERT');
  });

  it('of a machine whose key is not known only once that is accepted, whatever a site says', async () => {
    const who = person().knows('').config('StrictHostKeyChecking no');
    await opened(who, target());
    expect(who.trusted).toHaveLength(1);
    const other = readFileSync(`${key('stranger')}.pub`, 'utf8');
    const changed = person().knows(`[127.0.0.1]:${room.sshd.port} ${other}`);
    const refused = await changed.config('StrictHostKeyChecking no').refusal(target());
    expect(refused.code).toBe('machine_key_changed');
    const strict = person().knows('').config('StrictHostKeyChecking yes');
    expect((await strict.refusal(target())).code).toBe('host_unreachable');
    expect(strict.trusted).toEqual([]);
  });

  it('through a ProxyCommand, which has what it needs of ssh', async () => {
    const command = `ProxyCommand ssh -F none -i ${key('open')} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -W %h:%p -p ${room.sshd.port} root@127.0.0.1`;
    const who = person().config(command);
    expect(await says(await opened(who, target()), 'echo through')).toBe('through\n');
  });

  it('through a jump host that has a ProxyCommand, whose key is not taken for its own', async () => {
    const inner = await startSshd([readFileSync(`${key('open')}.pub`, 'utf8').trim()]);
    stops.push(() => inner.stop());
    const command = `ssh -F none -i ${key('open')} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -W %h:%p -p ${room.sshd.port} root@127.0.0.1`;
    const who = person()
      .knows(`${room.sshd.knownLine}${inner.knownLine}`)
      .config(
        ...['Host first', '  HostName 127.0.0.1', `  Port ${room.sshd.port}`],
        ...[`  IdentityFile ${key('open')}`, `  ProxyCommand ${command}`]
      );
    const transport = await opened(who, { ...target(), port: inner.port, jumpHosts: ['first'] });
    expect(who.keys).toEqual([transport.key]);
    const line = inner.publicKeys.ed25519.split(' ')[1] ?? '';
    expect(transport.key.fingerprint).toBe(fingerprintOf(Buffer.from(line, 'base64')));
  });

  it('asked by an ssh that knows no SSH_ASKPASS_REQUIRE', async () => {
    const who = person(() => [PASSPHRASE]);
    who.ssh = key('old-ssh');
    writeFileSync(who.ssh, '#!/bin/sh\nunset SSH_ASKPASS_REQUIRE\nexec ssh "$@"\n');
    chmodSync(who.ssh, 0o700);
    expect((await opened(who, target('locked'))).methods).toEqual(['publickey']);
  });
});

describe('a login that fails', () => {
  it('is refused in words', async () => {
    const refused = await person().refusal(target('stranger'));
    expect(refused.code).toBe('login_refused');
    expect(refused.data.words).toContain('Permission denied (publickey)');
  });

  it('needs a person where a passphrase is wanted and nobody is there', async () => {
    const who = person();
    who.persons = false;
    expect((await who.refusal(target('locked'))).code).toBe('login_needed');
  });

  it.each<[string, (who: Person) => void]>([
    ['by an answer that is none', () => undefined],
    [
      'by its signal',
      who => {
        who.answering = () => {
          setImmediate(() => who.cancel.abort());
          return new Promise(() => undefined);
        };
      }
    ]
  ])('is cancelled %s, and tries nothing more', async (_, prepare) => {
    const who = person(() => 'cancel');
    prepare(who);
    const before = room.sshd.log().length;
    expect((await who.refusal(target('locked'))).code).toBe('login_cancelled');
    await until('it is gone there', () => descendants(room.sshd.pid).length === 0);
    expect(room.sshd.log().slice(before)).not.toContain('Failed');
    expect(readdirSync(join(who.home, 'run'))).toEqual([]);
  });

  it('does not reach the machine', async () => {
    const refused = await person().refusal({ port: 9 });
    expect(refused.data).toMatchObject({
      code: 'host_unreachable',
      params: { address: '127.0.0.1:9', answered: false }
    });
    expect(refused.data.words).toContain('Connection refused');
  });

  it('is closed before it begins', async () => {
    const busy = createServer(socket => void socket.end()).listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const { port } = busy.address() as AddressInfo;
    const refused = await person().refusal({ port });
    busy.close();
    expect(refused.code).toBe('host_unreachable');
    expect(refused.data.params).toEqual({ address: `127.0.0.1:${port}` });
  });

  it.each([{ address: '-oProxyCommand=x' }, { user: '-x' }, { jumpHosts: ['a,-oX@b'] }])(
    'has no name that can be: %p',
    async odd => {
      expect((await person().refusal({ port: 22, ...odd })).code).toBe('host_unreachable');
    }
  );

  it('has no ssh, or one too old', async () => {
    const who = person();
    who.ssh = null;
    expect((await who.refusal(target())).code).toBe('command_missing');
    who.ssh = key('oldest-ssh');
    const script = '[ "$1" = -G ] && exec ssh "$@"\necho "OpenSSH_7.2p2, OpenSSL" >&2; sleep 60';
    writeFileSync(who.ssh, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
    expect((await who.refusal(target())).data).toMatchObject({
      code: 'command_failed',
      params: { problem: 'it is OpenSSH 7.2, and 7.4 is needed' }
    });
  });
});

describe('the key of the machine', () => {
  const stranger = (): Person => {
    const who = person();
    rmSync(who.knownHosts);
    return who;
  };

  it('is shown, asked, and remembered', async () => {
    const who = stranger();
    const first = await opened(who, target());
    expect(who.trusted).toHaveLength(1);
    expect(who.trusted[0]).toMatchObject({
      file: who.knownHosts,
      key: { algorithm: 'ssh-ed25519', fingerprint: first.key.fingerprint, knownSinceMs: null }
    });
    expect(first.neededPerson).toBe(false);
    expect(first.key.knownSinceMs).not.toBeNull();
    expect(readFileSync(who.knownHosts, 'utf8')).toBe(room.sshd.knownLine);
    const again = await opened(who, target());
    expect(who.trusted).toHaveLength(1);
    expect(again.key).toEqual(first.key);
  });

  it('that is known by other names says so', async () => {
    const who = person().knows(`other,another ${room.sshd.publicKeys.ed25519}\n`);
    await opened(who, target());
    expect(who.trusted[0].key.alsoKnownAs).toEqual(['other', 'another']);
  });

  it('that is declined ends the login', async () => {
    const who = stranger();
    who.trusts = false;
    expect((await who.refusal(target())).code).toBe('login_cancelled');
    expect(existsSync(who.knownHosts)).toBe(false);
  });

  it('that is new needs a person', async () => {
    const who = stranger();
    who.persons = false;
    const refused = await who.refusal(target());
    expect([refused.code, who.trusted]).toEqual(['login_needed', []]);
    expect(refused.data.words).toContain('SHA256:');
  });

  it('that has changed stops it, and names what was expected and where', async () => {
    const other = readFileSync(`${key('stranger')}.pub`, 'utf8');
    const who = person().knows(`# mine\n[127.0.0.1]:${room.sshd.port} ${other}`);
    const refused = await who.refusal(target());
    expect(refused.data).toMatchObject({
      code: 'machine_key_changed',
      params: { file: who.knownHosts, line: 2, host: `127.0.0.1:${room.sshd.port}` }
    });
    const { expected, fingerprint } = refused.data.params;
    expect([expected, fingerprint].map(String).join()).toMatch(/^SHA256:\S+,SHA256:\S+$/);
    expect(expected).not.toBe(fingerprint);
    expect(who.trusted).toEqual([]);
  });

  it('that is revoked stops it', async () => {
    const who = person().knows(
      `${room.sshd.knownLine}@revoked * ${room.sshd.publicKeys.ed25519}\n`
    );
    expect((await who.refusal(target())).data).toMatchObject({
      code: 'machine_key_revoked',
      params: { line: 2, file: who.knownHosts }
    });
  });
});

describe('jump hosts', () => {
  it('are logged in to one after the other, each with its own key', async () => {
    const inner = await startSshd([readFileSync(`${key('locked')}.pub`, 'utf8').trim()]);
    stops.push(() => inner.stop());
    const who = person(() => [PASSPHRASE]).config(
      ...['Host first', '  HostName 127.0.0.1', `  Port ${room.sshd.port}`],
      ...[`  IdentityFile ${key('open')}`, 'Host 127.0.0.1', `  IdentityFile ${key('locked')}`]
    );
    const transport = await opened(who, { port: inner.port, jumpHosts: ['root@first'] });
    expect(who.hops).toEqual([
      { address: '127.0.0.1', port: room.sshd.port, user: 'root', number: 1, of: 2 },
      { address: '127.0.0.1', port: inner.port, user: 'root', number: 2, of: 2 }
    ]);
    expect([who.trusted.length, who.rounds.length]).toEqual([1, 1]);
    expect(who.keys.map(({ fingerprint }) => fingerprint)).toHaveLength(2);
    expect(await says(transport, 'echo inside')).toBe('inside\n');
    const lost = new Promise(resolve => transport.onLost(resolve));
    await inner.stop();
    expect(await lost).toMatchObject({ code: 'host_lost' });
  });
});
