import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fingerprintOf } from '../knownHosts';
import { type Answers, Person } from '../login.fixture';
import { says, until } from '../ssh2/channels.fixture';
import { descendants, type ISshd, makeKey, startAgent, startSshd } from '../sshd.fixture';
import type { ITransport } from '../tokens';
import { openSshOpener } from '.';
import { masterWords, supervised } from './commandLine';

jest.setTimeout(60_000);

const PASSPHRASE = 'correct horse battery staple';
const folder = mkdtempSync(join(tmpdir(), 'ph-okeys-'));
const key = (name: string): string => join(folder, name);
const stops: (() => void | Promise<void>)[] = [];
let sshd: ISshd;
beforeAll(async () => {
  makeKey(key('authority'));
  const publicKeys = [makeKey(key('open')), makeKey(key('locked'), 'ed25519', PASSPHRASE)];
  makeKey(key('stranger'));
  makeKey(key('signed'));
  const sign = ['-q', '-s', key('authority'), '-I', 'test', '-n', 'root', `${key('signed')}.pub`];
  execFileSync('ssh-keygen', sign);
  sshd = await startSshd(publicKeys, [`TrustedUserCAKeys ${key('authority')}.pub`]);
});
afterAll(async () => {
  await sshd.stop();
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) {
    await stop();
  }
});

const person = (answers?: Answers): Person => {
  const made = new Person(answers).knows(sshd.knownLine);
  made.opener = openSshOpener;
  stops.push(() => made.leave());
  return made;
};
const opened = async (who: Person, target: Parameters<Person['open']>[0]): Promise<ITransport> => {
  const transport = await who.open(target);
  stops.push(() => transport.dispose());
  return transport;
};
const target = (name = 'open'): { port: number; keyFile: string } => ({
  port: sshd.port,
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
      { address: '127.0.0.1', port: sshd.port, user: 'root', number: 1, of: 1 }
    ]);
    expect(who.keys).toEqual([transport.key]);
    expect(transport.key).toMatchObject({ algorithm: 'ssh-ed25519', knownSinceMs: null });
  });

  it('from an agent', async () => {
    const who = person();
    const agent = await startAgent([key('open')]);
    stops.push(agent.stop);
    who.environment = { SSH_AUTH_SOCK: agent.socket };
    expect((await opened(who, { port: sshd.port })).methods).toEqual(['publickey']);
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
    expect(sshd.log()).toContain('ED25519-CERT');
  });

  it('of a machine whose key is not known only once that is accepted, whatever a site says', async () => {
    const who = person().knows('').config('StrictHostKeyChecking no');
    await opened(who, target());
    expect(who.trusted).toHaveLength(1);
    const other = readFileSync(`${key('stranger')}.pub`, 'utf8');
    const changed = person().knows(`[127.0.0.1]:${sshd.port} ${other}`);
    const refused = await changed.config('StrictHostKeyChecking no').refusal(target());
    expect(refused.code).toBe('machine_key_changed');
    const strict = person().knows('').config('StrictHostKeyChecking yes');
    expect((await strict.refusal(target())).code).toBe('host_unreachable');
    expect(strict.trusted).toEqual([]);
  });

  it('through a ProxyCommand, which has what it needs of ssh', async () => {
    const command = `ProxyCommand ssh -F none -i ${key('open')} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -W %h:%p -p ${sshd.port} root@127.0.0.1`;
    const who = person().config(command);
    expect(await says(await opened(who, target()), 'echo through')).toBe('through\n');
  });

  it('through a jump host that has a ProxyCommand, whose key is not taken for its own', async () => {
    const inner = await startSshd([readFileSync(`${key('open')}.pub`, 'utf8').trim()]);
    stops.push(() => inner.stop());
    const command = `ssh -F none -i ${key('open')} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -W %h:%p -p ${sshd.port} root@127.0.0.1`;
    const who = person()
      .knows(`${sshd.knownLine}${inner.knownLine}`)
      .config(
        ...['Host first', '  HostName 127.0.0.1', `  Port ${sshd.port}`],
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
    const before = sshd.log().length;
    expect((await who.refusal(target('locked'))).code).toBe('login_cancelled');
    await until('it is gone there', () => descendants(sshd.pid).length === 0);
    expect(sshd.log().slice(before)).not.toContain('Failed');
    expect(readdirSync(join(who.home, 'run'))).toEqual([]);
  });

  it('does not reach the machine', async () => {
    const refused = await person().refusal({ port: 9 });
    expect(refused.data).toMatchObject({
      code: 'host_unreachable',
      params: { address: '127.0.0.1:9' }
    });
    expect(refused.data.words).toContain('Connection refused');
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
    expect(readFileSync(who.knownHosts, 'utf8')).toBe(sshd.knownLine);
    const again = await opened(who, target());
    expect(who.trusted).toHaveLength(1);
    expect(again.key).toEqual(first.key);
  });

  it('that is known by other names says so', async () => {
    const who = person().knows(`other,another ${sshd.publicKeys.ed25519}\n`);
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
    const who = person().knows(`# mine\n[127.0.0.1]:${sshd.port} ${other}`);
    const refused = await who.refusal(target());
    expect(refused.data).toMatchObject({
      code: 'machine_key_changed',
      params: { file: who.knownHosts, line: 2, host: `127.0.0.1:${sshd.port}` }
    });
    const { expected, fingerprint } = refused.data.params;
    expect([expected, fingerprint].map(String).join()).toMatch(/^SHA256:\S+,SHA256:\S+$/);
    expect(expected).not.toBe(fingerprint);
    expect(who.trusted).toEqual([]);
  });

  it('that is revoked stops it', async () => {
    const who = person().knows(`${sshd.knownLine}@revoked * ${sshd.publicKeys.ed25519}\n`);
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
      ...['Host first', '  HostName 127.0.0.1', `  Port ${sshd.port}`],
      ...[`  IdentityFile ${key('open')}`, 'Host 127.0.0.1', `  IdentityFile ${key('locked')}`]
    );
    const transport = await opened(who, { port: inner.port, jumpHosts: ['root@first'] });
    expect(who.hops).toEqual([
      { address: '127.0.0.1', port: sshd.port, user: 'root', number: 1, of: 2 },
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

describe('ssh', () => {
  const mastersIn = (pid = process.pid): number[] =>
    descendants(pid).filter(child => commandOf(child).startsWith('ssh\0-M'));

  it('that is killed is a connection that broke', async () => {
    const transport = await opened(person(), target());
    const lost = new Promise(resolve => transport.onLost(resolve));
    const [master] = mastersIn();
    process.kill(master, 'SIGKILL');
    expect(await lost).toMatchObject({ code: 'host_lost' });
  });

  it('ends with its transport, and leaves no file', async () => {
    const who = person();
    const transport = await opened(who, target());
    expect(mastersIn()).toHaveLength(1);
    transport.dispose();
    await until('it has ended', () => mastersIn().length === 0);
    expect(readdirSync(join(who.home, 'run'))).toEqual([]);
  });

  it('ends with its bridge, however that ends', async () => {
    const who = person();
    const [shell, argv] = supervised('ssh', [
      ...['-M', '-N', '-S', join(folder, 'alone'), '-F', 'none', '-i', key('open')],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
      ...['-p', String(sshd.port), 'root@127.0.0.1']
    ]);
    const code = `require('child_process').spawn(${JSON.stringify(shell)}, ${JSON.stringify(argv)},
      { stdio: ['pipe', 'ignore', 'ignore'], detached: true })`;
    const bridge = spawn(process.execPath, ['-e', code], { stdio: 'ignore' });
    stops.push(() => void bridge.kill('SIGKILL'));
    await until('it is in', () => existsSync(join(folder, 'alone')));
    const [master] = mastersIn(bridge.pid);
    bridge.kill('SIGKILL');
    await until('it has ended', () => commandOf(master) === '');
    expect(who.rounds).toEqual([]);
  });

  it('that a bridge has left behind is ended by the next one', async () => {
    const who = person();
    const left = join(who.home, 'run', 'ssh-1-abcdef');
    mkdirSync(left, { recursive: true, mode: 0o700 });
    const times = { reachMs: 20_000, keepAliveMs: 15_000, keepAliveMost: 3 };
    const config = join(folder, 'left-config');
    writeFileSync(config, `Host *\n  UserKnownHostsFile ${who.knownHosts}\n`);
    const words = masterWords(
      { address: '127.0.0.1', user: 'root', transport: 'openssh', jumpHosts: [], ...target() },
      {
        ...{ controlPath: join(left, 'c'), configFile: config, times },
        ...{ machine: { strictHostKeys: false, forks: false }, through: null }
      }
    );
    const master = spawn('ssh', words, { stdio: 'ignore' });
    const ended = new Promise(resolve => master.once('exit', resolve));
    await until('it is in', () => existsSync(join(left, 'c')));
    await opened(who, target());
    await ended;
    expect(existsSync(left)).toBe(false);
  });
});

describe('what was answered', () => {
  it('is in no log, file, or process’s words', async () => {
    const who = person(() => [PASSPHRASE]);
    const seen: string[] = [];
    who.answering = () => {
      setTimeout(() => seen.push(...everywhere()), 0);
      return Promise.resolve([PASSPHRASE]);
    };
    const transport = await opened(who, target('locked'));
    seen.push(...everywhere(), ...who.logged);
    const files = readdirSync(who.home, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    expect(files.some(text => text.includes('askpass') || text.includes('exec'))).toBe(true);
    expect([...seen, ...files].filter(text => text.includes(PASSPHRASE))).toEqual([]);
    transport.dispose();
  });
});

const commandOf = (pid: number): string => readOf(pid, 'cmdline');
const everywhere = (): string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => ['cmdline', 'environ'].map(file => readOf(Number(pid), file)));

function readOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}
