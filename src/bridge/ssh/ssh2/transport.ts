import type { Duplex } from 'node:stream';
import type { Client, ClientChannel, TcpConnectionDetails } from 'ssh2';
import { LIMITS, type MachineKey } from '../../../protocol';
import { PilothouseError } from '../../errors';
import { Listeners } from '../../listeners';
import type { IBridgeContext, IDisposable } from '../../tokens';
import { shown } from '../shown';
import type { SshTimes } from '../times';
import type { Endpoint, IChannel, IRemotePort, ITransport } from '../tokens';
import { gatherWrites, quicken } from './quick';
import { Sessions } from './sessions';
import { connectionOf, type IOver, type IOwner, programOf } from './streams';

/** Most connections through one login at once, of both directions. */
export const MOST_CONNECTIONS = 4096;

/** Reasons of a refused channel (RFC 4254, 5.1). */
const PROHIBITED = 1;
const SHORTAGE = 4;
const CLOSED = 'the connection was closed';

export interface ITransportParts {
  readonly context: Pick<IBridgeContext, 'clock' | 'log'>;
  readonly times: SshTimes;
  readonly host: string;
  /** Machines on the way, nearest first; the last is the submit host. */
  readonly clients: readonly Client[];
  /** What leads to the first of them. */
  readonly socket: Duplex;
  readonly key: MachineKey;
  readonly methods: readonly string[];
  readonly neededPerson: boolean;
}

/** A login by ssh2, and all that goes over it. */
export class Ssh2Transport implements ITransport {
  constructor(private readonly _parts: ITransportParts) {
    const { context, times, host, clients } = _parts;
    this._client = clients[clients.length - 1];
    this._sessions = new Sessions(context.clock, times, host, () => this._channelsChanged());
    this._gather = gatherWrites(_parts.socket);
    for (const client of clients) {
      quicken(client);
      client
        .on('handshake', () => quicken(client))
        .on('error', (error: Error) => this._lost(wordsOf(error)))
        // Through a jump host the other machine's end alone is told, and the connection stays half open.
        .on('end', () => this._lost(CLOSED))
        .on('close', () => this._lost(CLOSED));
    }
    this._client.on('tcp connection', (details, accept, reject) => {
      this._arrived(details, accept, reject);
    });
  }

  readonly kind = 'ssh2';

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
    const channel = await this._sessions
      .take(
        () => this._ask<ClientChannel>(call => this._client.exec(line, call)),
        error => reasonOf(error) !== null
      )
      .catch((error: unknown) => {
        throw this._problem(error, 'a program');
      });
    return this._keep(
      owner => programOf(channel, owner),
      () => this._sessions.free()
    );
  }

  async dial(to: Endpoint): Promise<Duplex> {
    const name = 'socket' in to ? to.socket : `${to.host}:${to.port}`;
    this._takeConnection();
    try {
      const channel = await this._ask<ClientChannel>(call =>
        'socket' in to
          ? this._client.openssh_forwardOutStreamLocal(to.socket, call)
          : this._client.forwardOut('127.0.0.1', 0, to.host, to.port, call)
      );
      return this._connection(channel);
    } catch (error) {
      this._freeConnection();
      throw this._problem(error, `a connection to ${name}`);
    }
  }

  async listen(
    at: { readonly host: string; readonly port: number },
    accept: (connection: Duplex) => void
  ): Promise<IRemotePort> {
    try {
      const port = await this._ask<number>(call => this._client.forwardIn(at.host, at.port, call));
      const listener = { host: at.host, port, accept };
      this._listeners.add(listener);
      return {
        port,
        dispose: () => {
          if (this._listeners.delete(listener) && this._open) {
            this._ask<undefined>(call =>
              this._client.unforwardIn(at.host, port, error => call(error ?? undefined, undefined))
            ).catch((error: unknown) =>
              this._parts.context.log.warn('ssh_port_not_closed', {
                problem: String(error),
                port
              })
            );
          }
        }
      };
    } catch (error) {
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
    this._listeners.clear();
    this._close();
  }

  private _close(): void {
    if (!this._open) {
      return;
    }
    this._open = false;
    this._sessions.dispose();
    for (const client of [...this._parts.clients].reverse()) {
      client.end();
      client.destroy();
    }
    for (const stream of this._streams) {
      stream.abandon();
    }
  }

  private _lost(words: string): void {
    if (!this._open) {
      return;
    }
    const why = this._hostLost(words);
    this._sessions.end(why);
    this._close();
    this._listeners.clear();
    this._parts.context.log.warn('ssh_lost', { host: this._parts.host, words });
    this._lostListeners.tell(why);
    this._lostListeners.clear();
  }

  private _arrived(
    details: TcpConnectionDetails,
    accept: () => ClientChannel,
    reject: () => void
  ): void {
    const listener = [...this._listeners].find(
      ({ host, port }) => host === details.destIP && port === details.destPort
    );
    if (listener === undefined || this._connections >= MOST_CONNECTIONS) {
      reject();
      return;
    }
    this._connections += 1;
    listener.accept(this._connection(accept()));
  }

  private _connection(channel: ClientChannel): Duplex {
    return this._keep(
      owner => connectionOf(channel, owner),
      () => this._freeConnection()
    );
  }

  /** Makes a stream, and remembers it until it is over. */
  private _keep<T>(make: (owner: IOwner) => IOver<T>, free: () => void): T {
    const made = make({
      writes: this._gather,
      closed: () => {
        this._streams.delete(made);
        free();
      }
    });
    this._streams.add(made);
    return made.stream;
  }

  private _takeConnection(): void {
    if (this._connections >= MOST_CONNECTIONS) {
      const problem = `${MOST_CONNECTIONS} connections go through it`;
      throw new PilothouseError({
        code: 'channel_refused',
        params: { host: this._parts.host, problem }
      });
    }
    this._connections += 1;
  }

  private _freeConnection(): void {
    this._connections -= 1;
  }

  private _channelsChanged(): void {
    this._channelListeners.tell();
  }

  /** A question to ssh2, which throws at once where there is no connection any more. */
  private _ask<T>(put: (call: (error: Error | undefined, got: T) => void) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this._open) {
        reject(this._hostLost('it is not connected any more'));
        return;
      }
      put((error, got) => {
        if (error === undefined) {
          resolve(got);
        } else {
          reject(error);
        }
      });
    });
  }

  private _problem(error: unknown, what: string): PilothouseError {
    if (error instanceof PilothouseError) {
      return error;
    }
    const words = wordsOf(error);
    if (!this._open || /^(Not connected|No response from server)$/.test(words)) {
      return this._hostLost(words);
    }
    const reason = reasonOf(error);
    const problem =
      reason === PROHIBITED
        ? `${what} is not allowed there`
        : reason === SHORTAGE
          ? `it has no room for ${what}`
          : `${what} was refused`;
    return new PilothouseError(
      { code: 'channel_refused', params: { host: this._parts.host, problem }, words },
      error
    );
  }

  private _hostLost(words: string): PilothouseError {
    return new PilothouseError({ code: 'host_lost', params: { host: this._parts.host }, words });
  }

  private readonly _client: Client;
  private readonly _gather: () => void;
  private readonly _sessions: Sessions;
  private readonly _lostListeners = new Listeners<[why: PilothouseError]>();
  private readonly _channelListeners = new Listeners<[]>();
  private readonly _listeners = new Set<{
    readonly host: string;
    readonly port: number;
    readonly accept: (connection: Duplex) => void;
  }>();
  private readonly _streams = new Set<IOver<unknown>>();
  private _connections = 0;
  private _open = true;
}

/** ssh2 tells what the machine has said by its own errors. */
const wordsOf = (error: unknown): string =>
  shown(error instanceof Error ? error.message : String(error), LIMITS.wordsChars);

/** Why a machine refused a channel; null: that was not it. */
function reasonOf(error: unknown): number | null {
  const { reason } = error as { reason?: unknown };
  return typeof reason === 'number' ? reason : null;
}
