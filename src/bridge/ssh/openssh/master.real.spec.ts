import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../until.fixture';
import { KeysRoom } from '../keys.fixture';
import { descendants, makeKey } from '../sshd.fixture';
import { openSshOpener } from '.';
import { masterWords, supervised } from './commandLine';

jest.setTimeout(60_000);

/** The life of the ssh that a transport is. */
const PASSPHRASE = 'correct horse battery staple';
const room = new KeysRoom({
  opener: openSshOpener,
  makeKeys: path => [makeKey(path('open')), makeKey(path('locked'), 'ed25519', PASSPHRASE)]
});
const { key, person, opened, stops } = room;
const target = (name = 'open'): { port: number; keyFile: string } => ({
  port: room.sshd.port,
  keyFile: key(name)
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
      ...['-M', '-N', '-S', join(room.folder, 'alone'), '-F', 'none', '-i', key('open')],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
      ...['-p', String(room.sshd.port), 'root@127.0.0.1']
    ]);
    const code = `require('child_process').spawn(${JSON.stringify(shell)}, ${JSON.stringify(argv)},
      { stdio: ['pipe', 'ignore', 'ignore'], detached: true })`;
    const bridge = spawn(process.execPath, ['-e', code], { stdio: 'ignore' });
    stops.push(() => void bridge.kill('SIGKILL'));
    await until('it is in', () => existsSync(join(room.folder, 'alone')));
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
    const config = join(room.folder, 'left-config');
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
