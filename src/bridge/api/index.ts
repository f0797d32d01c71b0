import { LIMITS, type BridgeNotification, type Role } from '../../protocol';
import type { IClient, IClock, IDisposable, ILog } from '../tokens';
import { Connection } from './connection';
import { Dispatcher, type IRoutes } from './dispatch';
import { Listener } from './listener';
import type { IWire } from './wire';

/** How often clients are pinged; one that missed a ping is gone. */
export const CLIENT_PING_MS = 25_000;

export interface IApiOptions {
  readonly version: string;
  readonly routes: IRoutes;
  readonly clock: IClock;
  readonly log: ILog;
}

/** The bridge's door for server, kernels and command line. */
export class Api implements IDisposable {
  constructor(private readonly _options: IApiOptions) {
    const { routes, version, log, clock } = _options;
    this._dispatcher = new Dispatcher(routes, version, log);
    this._pings = clock.every(CLIENT_PING_MS, () => {
      for (const connection of this._connections.values()) {
        connection.ping();
      }
    });
  }

  /** Listens at a path, and no more at the one before; clients who are in stay. */
  async listen(path: string, secret: string): Promise<void> {
    const { log } = this._options;
    this._listener?.close();
    this._listener = null;
    this._listener = await Listener.open({
      path,
      secret,
      hasRoom: () => this._connections.size < LIMITS.clients,
      onWire: wire => this._accept(wire),
      onError: error => log.error('listener_failed', error, { path })
    });
  }

  /** The inode of the socket that is listened at. */
  get inode(): number | null {
    return this._listener?.inode ?? null;
  }

  /** Connected clients, by role; those that have not said hello count as no role. */
  counts(): Record<Role, number> & { all: number } {
    const counts = { view: 0, kernel: 0, command: 0, home: 0, all: this._connections.size };
    for (const { standing } of this._connections.values()) {
      if (standing.kind !== 'stranger') {
        counts[standing.role]++;
      }
    }
    return counts;
  }

  /** The connection of a client that a handler was given. */
  connection(client: IClient): Connection {
    const connection = this._connections.get(client.id);
    if (connection === undefined) {
      throw new Error(`client ${client.id} is gone`);
    }
    return connection;
  }

  /** Tells every client something. */
  broadcast(method: BridgeNotification, params: unknown): void {
    const text = JSON.stringify({ jsonrpc: '2.0', method, params });
    for (const connection of this._connections.values()) {
      connection.send(text);
    }
  }

  /** Closes the door and all connections; resolves when they are gone, or cut after a second. */
  async close(): Promise<void> {
    this._listener?.close();
    this._listener = null;
    this._pings.dispose();
    const gone = [...this._connections.values()].map(
      connection =>
        new Promise<void>(resolve => {
          connection.onClosed(resolve);
          connection.end(1001, 'the bridge ends');
        })
    );
    const limit = this._options.clock.after(1000, () => this._cutAll());
    await Promise.all(gone);
    limit.dispose();
  }

  dispose(): void {
    this._listener?.close();
    this._listener = null;
    this._pings.dispose();
    this._cutAll();
  }

  private _cutAll(): void {
    for (const connection of [...this._connections.values()]) {
      connection.cut();
    }
  }

  private _accept(wire: IWire): void {
    const hears = {
      text: (text: string) => this._dispatcher.receive(connection, text),
      frame: (frame: Buffer) => this._frame(connection, frame)
    };
    const connection: Connection = new Connection(++this._lastId, wire, hears, this._options.log);
    this._connections.set(connection.id, connection);
    connection.onClosed(() => {
      this._connections.delete(connection.id);
    });
  }

  /** Binary messages are of homes alone: frames of tunnels. */
  private _frame(connection: Connection, frame: Buffer): void {
    if (connection.onFrame === null) {
      connection.refuse(null, { code: 'invalid_message', params: { why: 'binary' } });
      return;
    }
    try {
      connection.onFrame(frame);
    } catch (error) {
      this._options.log.error('client_frame', error, { client: connection.id });
      connection.cut();
    }
  }

  private readonly _dispatcher: Dispatcher;
  private readonly _connections = new Map<number, Connection>();
  private readonly _pings: IDisposable;
  private _listener: Listener | null = null;
  private _lastId = 0;
}
