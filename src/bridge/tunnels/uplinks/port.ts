import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { IDisposable, ILog } from '../../tokens';
import type { IDoorOfAgents } from '../tokens';
import type { LocalUsers } from './localUsers';

/** A port of this machine whose connections go to the door of agents. */
export class AgentPort implements IDisposable {
  constructor(
    private readonly _door: IDoorOfAgents,
    private readonly _log: ILog,
    /** Of one that only this machine can dial; null: others can. */
    private readonly _users: LocalUsers | null
  ) {}

  /** Valid once it listens. */
  get port(): number {
    return this._port;
  }

  /**
   * Listens on the first of these ports that is free; 0 is any.
   * @throws NodeJS.ErrnoException of the last one
   */
  async listen(host: string | undefined, ports: readonly number[]): Promise<void> {
    for (const [at, port] of ports.entries()) {
      try {
        this._port = await this._open(host, port);
        return;
      } catch (error) {
        const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
        if (!taken || at === ports.length - 1) {
          throw error;
        }
        if (at === 0) {
          this._log.warn('agents.port_taken', { port });
        }
      }
    }
  }

  dispose(): void {
    this._server.close();
    this._users?.dispose();
  }

  private _open(host: string | undefined, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this._server.once('error', reject);
      this._server.listen({ port, host }, () => {
        this._server.off('error', reject);
        this._server.on('error', error => this._log.error('agents.port', error));
        resolve((this._server.address() as AddressInfo).port);
      });
    });
  }

  private _accept(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on('error', error => {
      this._log.info('agents.socket', { from: socket.remoteAddress, error: String(error) });
    });
    const accept = (from: string): void => {
      this._door.accept(socket, { near: this._users !== null, from, by: this });
    };
    if (this._users === null) {
      accept(socket.remoteAddress ?? '');
    } else {
      this._users.sort(socket, accept);
    }
  }

  private readonly _server: Server = createServer(socket => {
    this._accept(socket);
  });
  private _port = 0;
}
