import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { PilothouseError } from '../../errors';
import type { IDisposable } from '../../tokens';
import type { IChannel, ILoginAudience, IRemotePort, ITransport, OpenTransport } from '../tokens';

export const KEY = {
  algorithm: 'ssh-ed25519',
  fingerprint: 'SHA256:abc',
  knownSinceMs: null,
  alsoKnownAs: []
};

/**
 * A connection that a test plays: the other machine is this one, where each
 * line is run by the shell that is given, as sshd(8) does: in a session of its
 * own, by `-c`.
 */
export class ShellTransport implements ITransport {
  constructor(
    private readonly _given: {
      readonly shell?: string;
      readonly environment?: NodeJS.ProcessEnv;
      readonly neededPerson?: boolean;
    } = {}
  ) {
    this.neededPerson = _given.neededPerson ?? false;
  }

  readonly kind = 'ssh2';
  readonly key = KEY;
  readonly methods = ['publickey'];
  readonly neededPerson: boolean;
  disposed = false;
  /** Lines that were run. */
  readonly lines: string[] = [];
  channels = { open: 0, most: 8 };

  exec(line: string): Promise<IChannel> {
    if (this.disposed) {
      return Promise.reject(lost());
    }
    this.lines.push(line);
    const { shell = '/bin/sh', environment = process.env } = this._given;
    const env = { ...environment, SHELL: shell };
    const child = spawn(shell, ['-c', line], { env, detached: true, stdio: 'pipe' });
    this._children.add(child);
    const ended = new Promise<{ exitCode: number | null; signal: string | null }>(resolve => {
      child.once('close', (exitCode, signal) => {
        resolve(this.disposed ? { exitCode: null, signal: null } : { exitCode, signal });
      });
      this._breaks.add(() => {
        resolve({ exitCode: null, signal: null });
      });
    });
    void ended.then(() => this._children.delete(child));
    child.stdin.on('error', () => undefined);
    const close = (): void => {
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
    };
    return Promise.resolve({
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      ended,
      close
    });
  }

  dial(): Promise<Duplex> {
    return Promise.reject(lost());
  }

  listen(): Promise<IRemotePort> {
    return Promise.reject(lost());
  }

  onLost(call: (why: PilothouseError) => void): IDisposable {
    this._lost.add(call);
    return { dispose: () => void this._lost.delete(call) };
  }

  onChannels(): IDisposable {
    return { dispose: () => undefined };
  }

  /** The connection breaks: what runs there goes on, and nobody hears of it. */
  cut(): void {
    this._end();
    for (const call of this._lost) {
      call(lost());
    }
  }

  dispose(): void {
    this._end();
  }

  /** Until nothing runs any more. */
  async idle(): Promise<void> {
    await Promise.all([...this._children].map(child => once(child, 'close')));
  }

  private _end(): void {
    this.disposed = true;
    for (const child of this._children) {
      child.stdin?.destroy();
      child.stdout?.destroy();
      child.stderr?.destroy();
    }
    for (const call of this._breaks) {
      call();
    }
    this._breaks.clear();
  }

  private readonly _children = new Set<ChildProcess>();
  private readonly _breaks = new Set<() => void>();
  private readonly _lost = new Set<(why: PilothouseError) => void>();
}

export const lost = (): PilothouseError =>
  new PilothouseError({
    code: 'host_lost',
    params: { host: 'there' },
    words: 'the link went down'
  });

/** Logins that a test plays, one after the other as they are begun. */
export class PlayedLogins {
  /** How each goes; the last one for all that follow. */
  plays: ((audience: ILoginAudience) => Promise<ITransport>)[] = [];
  readonly begun: { persons: boolean; address: string; signal: AbortSignal }[] = [];

  readonly open: OpenTransport = (_, { address }, { audience, persons, signal }) => {
    this.begun.push({ persons, address, signal });
    const play = this.plays.length > 1 ? this.plays.shift() : this.plays.at(0);
    if (play === undefined) {
      throw new Error('no login was played');
    }
    return play(audience);
  };
}
