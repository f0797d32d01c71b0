import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { LIMITS, type MachineKey } from '../../../protocol';
import { PilothouseError } from '../../errors';
import { Listeners } from '../../listeners';
import type { IBridgeContext, IDisposable } from '../../tokens';
import { shown } from '../shown';
import { Sessions } from '../ssh2/sessions';
import type { SshTimes } from '../times';
import type { Endpoint, IChannel, IRemotePort, ITransport } from '../tokens';
import type { Master } from './master';
import type { Control } from './mux/control';
import { MasterRefusal } from './mux/control';
import type { Proxy } from './mux/proxy';
import { ChannelRefusal, execRequest, toPort, toSocket } from './mux/proxy';
import { connectionOf, programOf } from './streams';

/** Most connections through one login at once, of both directions. */
export const MOST_CONNECTIONS = 4096;

/** Reasons of a refused channel (RFC 4254, 5.1). */
const PROHIBITED = 1;
const SHORTAGE = 4;

export interface IOpenSshParts {
  readonly context: Pick<IBridgeContext, 'clock' | 'log'>;
  readonly times: SshTimes;
  readonly host: string;
  readonly master: Master;
  readonly control: Control;
  readonly proxy: Proxy;
  readonly key: MachineKey;
  readonly methods: readonly string[];
  readonly neededPerson: boolean;
  /** ssh's own last words. */
  readonly lastWords: () => string;
}

/** A login by the user's ssh, and all that goes over it. */
export class OpenSshTransport implements ITransport {
  constructor(private readonly _parts: IOpenSshParts) {
    const { context, times, host, master, proxy } = _parts;
    this._sessions = new Sessions(context.clock, times, host, () => this._channelsChanged());
    proxy.onClosed(() => void master.ended.then(() => this._lost()));
    void master.ended.then(() => this._lost());
  }

  readonly kind = 'openssh';

  get key(): MachineKey {
    return this._parts.key;
  }

  get methods(): readonly string[] {
    return this._parts.methods;
  }

  get neededPerson(): boolean {
    return this._parts.neededPerson;
  }

  get channels(): { readonly open: number; readonly most: number } {
    return { open: this._sessions.open, most: this._sessions.most };
  }

  async exec(line: string): Promise<IChannel> {
    const what = 'a program';
    this._stillOpen();
    const channel = await this._sessions
      .take(
        () => this._parts.proxy.open('session'),
        error => error instanceof ChannelRefusal
      )
      .catch((error: unknown) => {
        throw this._problem(error, what);
      });
    const program = programOf(channel, () => this._sessions.free());
    try {
      if (!(await channel.request(...execRequest(line)))) {
        throw new ChannelRefusal(PROHIBITED, 'the machine runs no program');
      }
    } catch (error) {
      program.close();
      throw this._problem(error, what);
    }
    return program;
  }

  async dial(to: Endpoint): Promise<Duplex> {
    const name = 'socket' in to ? to.socket : `${to.host}:${to.port}`;
    this._stillOpen();
    this._takeConnection();
    try {
      const [type, more] = 'socket' in to ? toSocket(to.socket) : toPort(to.host, to.port);
      const channel = await this._parts.proxy.open(type, more);
      return connectionOf(channel, () => this._freeConnection());
    } catch (error) {
      this._freeConnection();
      throw this._problem(error, `a connection to ${name}`);
    }
  }

  async listen(
    at: { readonly host: string; readonly port: number },
    accept: (connection: Duplex) => void
  ): Promise<IRemotePort> {
    this._stillOpen();
    this._listened += 1;
    const socket = join(this._parts.master.folder, `f${this._listened}`);
    const arrivals = createServer({ allowHalfOpen: true }, connection => {
      this._arrived(connection, accept);
    });
    try {
      await new Promise<void>((resolve, reject) => {
        arrivals.once('error', reject);
        arrivals.listen(socket, resolve);
      });
      const port = await this._parts.control.openForward({ ...at, socket });
      const close = (): void => {
        arrivals.close();
        rmSync(socket, { force: true });
      };
      this._listeners.add(close);
      return { port, dispose: () => this._unlisten({ ...at, socket }, close) };
    } catch (error) {
      arrivals.close();
      throw this._problem(error, `listening at ${at.host}:${at.port}`);
    }
  }

  onLost(call: (why: PilothouseError) => void): IDisposable {
    return this._lostListeners.add(call);
  }

  onChannels(call: () => void): IDisposable {
    return this._channelListeners.add(call);
  }

  dispose(): void {
    this._lostListeners.clear();
    this._channelListeners.clear();
    this._close();
  }

  private _close(): void {
    if (!this._open) {
      return;
    }
    this._open = false;
    const { proxy, control, master } = this._parts;
    this._sessions.dispose();
    proxy.close();
    control.close();
    master.dispose();
    this._listeners.forEach(close => close());
    this._listeners.clear();
    this._arrivals.forEach(connection => connection.destroy());
  }

  private _lost(): void {
    if (!this._open) {
      return;
    }
    const words = this._parts.lastWords();
    const why = this._hostLost(words === '' ? 'ssh has ended' : words);
    this._sessions.end(why);
    this._close();
    this._parts.context.log.warn('ssh_lost', { host: this._parts.host, words });
    this._lostListeners.tell(why);
    this._lostListeners.clear();
  }

  private _unlisten(forward: Parameters<Control['closeForward']>[0], close: () => void): void {
    if (this._listeners.delete(close)) {
      this._parts.control.closeForward(forward).catch((error: unknown) => {
        const { host, port } = forward;
        this._parts.context.log.warn('ssh_port_not_closed', { problem: String(error), host, port });
      });
      close();
    }
  }

  private _arrived(connection: Socket, accept: (connection: Duplex) => void): void {
    if (this._connections >= MOST_CONNECTIONS) {
      connection.destroy();
      return;
    }
    this._connections += 1;
    this._arrivals.add(connection);
    connection.on('error', () => undefined);
    connection.once('close', () => {
      this._arrivals.delete(connection);
      this._freeConnection();
    });
    accept(connection);
  }

  private _takeConnection(): void {
    if (this._connections >= MOST_CONNECTIONS) {
      throw this._refusal(`${MOST_CONNECTIONS} connections go through it`);
    }
    this._connections += 1;
  }

  private _freeConnection(): void {
    this._connections -= 1;
  }

  private _channelsChanged(): void {
    this._channelListeners.tell();
  }

  /** @throws PilothouseError host_lost */
  private _stillOpen(): void {
    if (!this._open) {
      throw this._hostLost('it is not connected any more');
    }
  }

  private _problem(error: unknown, what: string): PilothouseError {
    if (error instanceof PilothouseError) {
      return error;
    }
    // Of a refused channel they are the machine's own.
    const words = shown(error instanceof Error ? error.message : String(error), LIMITS.wordsChars);
    if (error instanceof ChannelRefusal) {
      const problem =
        error.reason === PROHIBITED
          ? `${what} is not allowed there`
          : error.reason === SHORTAGE
            ? `it has no room for ${what}`
            : `${what} was refused`;
      return this._refusal(problem, words);
    }
    return error instanceof MasterRefusal
      ? this._refusal(`${what} is not allowed there`, words)
      : this._hostLost(words);
  }

  private _refusal(problem: string, words?: string): PilothouseError {
    return new PilothouseError({
      code: 'channel_refused',
      params: { host: this._parts.host, problem },
      ...(words === undefined ? {} : { words })
    });
  }

  private _hostLost(words: string): PilothouseError {
    return new PilothouseError({ code: 'host_lost', params: { host: this._parts.host }, words });
  }

  private readonly _sessions: Sessions;
  private readonly _lostListeners = new Listeners<[why: PilothouseError]>();
  private readonly _channelListeners = new Listeners<[]>();
  private readonly _listeners = new Set<() => void>();
  private readonly _arrivals = new Set<Socket>();
  private _listened = 0;
  private _connections = 0;
  private _open = true;
}
