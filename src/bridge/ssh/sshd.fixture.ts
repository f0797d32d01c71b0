import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installed } from './debian.fixture';

/** A real sshd on a loopback port, with keys of its own in a folder of its own. */
export interface ISshd {
  readonly port: number;
  readonly pid: number;
  readonly folder: string;
  /** The line of known_hosts by which it is known. */
  readonly knownLine: string;
  /** The public half of each of its keys by type. */
  readonly publicKeys: Readonly<Record<string, string>>;
  /** All it has logged. */
  log(): string;
  /** Ends it, and with it all its connections. */
  stop(): Promise<void>;
}

export const makeKey = (
  path: string,
  type = 'ed25519',
  passphrase = '',
  format = 'RFC4716'
): string => {
  const words = ['-q', '-t', type, '-N', passphrase, '-C', 'of a test', '-f', path];
  if (format !== 'RFC4716') {
    words.push('-m', format);
  }
  execFileSync('ssh-keygen', words, { stdio: 'ignore' });
  return readFileSync(`${path}.pub`, 'utf8').trim();
};

export const freePort = async (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('no port'))
      );
    });
  });

/**
 * Starts one that lets this user in by these public keys.
 * @param lines of sshd_config(5), before the usual ones, so that they win
 * @param name of its machine, where it is not this one's
 */
export async function startSshd(
  authorized: readonly string[],
  lines: readonly string[] = [],
  keyTypes: readonly string[] = ['ed25519'],
  name: string | null = null
): Promise<ISshd> {
  installed(['openssh-server']);
  mkdirSync('/run/sshd', { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'ph-sshd-'));
  const port = await freePort();
  const publicKeys = Object.fromEntries(
    keyTypes.map(type => [type, makeKey(join(folder, `host_${type}`), type)])
  );
  writeFileSync(join(folder, 'authorized_keys'), authorized.map(key => `${key}\n`).join(''));
  chmodSync(join(folder, 'authorized_keys'), 0o600);
  const config = [
    ...lines,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...keyTypes.map(type => `HostKey ${join(folder, `host_${type}`)}`),
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    `PidFile ${join(folder, 'pid')}`,
    'StrictModes no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'LogLevel VERBOSE',
    // Start files of whoever runs the tests are none of theirs.
    `SetEnv HOME=${folder}`
  ];
  writeFileSync(join(folder, 'config'), config.map(line => `${line}\n`).join(''));
  const words = ['/usr/sbin/sshd', '-D', '-e', '-f', join(folder, 'config')];
  const named = 'hostname "$1" && shift && exec "$@"';
  const [program, ...args] =
    name === null ? words : ['unshare', '--uts', 'sh', '-c', named, 'sh', name, ...words];
  const server = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true
  });
  let logged = '';
  const up = new Promise<void>((resolve, reject) => {
    server.stderr.on('data', (chunk: Buffer) => {
      logged += chunk.toString();
      if (logged.includes('Server listening on')) {
        resolve();
      }
    });
    server.once('exit', code => reject(new Error(`sshd ended with ${code}: ${logged}`)));
  });
  await up;
  return {
    ...{ port, folder, publicKeys, pid: server.pid ?? 0 },
    knownLine: keyTypes
      .map(type => `[127.0.0.1]:${port} ${publicKeys[type].split(' ').slice(0, 2).join(' ')}\n`)
      .join(''),
    log: () => logged,
    stop: async () => {
      await stopped(server);
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

/** Ends the server and what serves its connections: all are of its process group, or of its session. */
async function stopped(sshd: ChildProcess): Promise<void> {
  if (sshd.pid === undefined || sshd.exitCode !== null || sshd.signalCode !== null) {
    return;
  }
  const { pid } = sshd;
  for (const child of descendants(pid)) {
    kill(child);
  }
  await new Promise<void>(resolve => {
    sshd.removeAllListeners('exit');
    sshd.once('exit', () => resolve());
    kill(pid);
  });
}

/** Processes below one, by /proc, each before its own. */
export function descendants(pid: number): number[] {
  const children = execFileSync('sh', ['-c', `cat /proc/${pid}/task/*/children 2>/dev/null || :`])
    .toString()
    .split(' ')
    .filter(word => /^\d+$/.test(word))
    .map(Number);
  return children.flatMap(child => [child, ...descendants(child)]);
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
};

/** An ssh-agent with these private keys. */
export async function startAgent(
  keys: readonly string[]
): Promise<{ socket: string; stop(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'ph-agent-'));
  const socket = join(folder, 'socket');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise<void>(resolve => {
    agent.stdout.once('data', () => resolve());
  });
  for (const key of keys) {
    execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  }
  return {
    socket,
    stop: () => {
      agent.kill();
      rmSync(folder, { recursive: true, force: true });
    }
  };
}
