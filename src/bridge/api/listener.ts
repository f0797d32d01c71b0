import { chmodSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { LIMITS, type ErrorData } from '../../protocol';
import { FRAMES, FramedWire } from './framedWire';
import { isAuthorized } from './secret';
import { WebSocketWire } from './webSocketWire';
import type { IWire } from './wire';

/** A connection must have sent its upgrade request within this. */
export const UPGRADE_WITHIN_MS = 5_000;

export interface IListenerOptions {
  readonly path: string;
  readonly secret: string;
  /** Whether one more client may come in. */
  readonly hasRoom: () => boolean;
  readonly onWire: (wire: IWire) => void;
  readonly onError: (error: Error) => void;
}

/** The unix socket and what stands at its door. Connections outlive it. */
export class Listener {
  private constructor(
    private readonly _server: Server,
    readonly path: string,
    readonly inode: number
  ) {}

  /** Listens, in place of whatever lies at `path`. @throws what listen says */
  static async open(options: IListenerOptions): Promise<Listener> {
    // Whoever holds the bridge's lock owns the socket: what lies there is of the dead.
    rmSync(options.path, { force: true });
    const server = createServer({ maxHeaderSize: 8192 }, (_, response) => {
      response.writeHead(404, { connection: 'close' }).end();
    });
    server.headersTimeout = UPGRADE_WITHIN_MS;
    server.requestTimeout = UPGRADE_WITHIN_MS;
    server.maxConnections = LIMITS.clients + LIMITS.unprovenConnections;
    const sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: LIMITS.clientMessageBytes
    });
    server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      if (!isAuthorized(request.headers.authorization, options.secret)) {
        turnAway(stream, '401 Unauthorized', null);
      } else if (!options.hasRoom()) {
        const data: ErrorData = { code: 'too_many_clients', params: { limit: LIMITS.clients } };
        turnAway(stream, '503 Service Unavailable', data);
      } else if (request.headers.upgrade === FRAMES) {
        options.onWire(FramedWire.upgrade(stream, head));
      } else {
        sockets.handleUpgrade(request, stream, head, socket =>
          options.onWire(new WebSocketWire(socket))
        );
      }
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.path, () => {
        server.off('error', reject);
        resolve();
      });
    });
    server.on('error', options.onError);
    chmodSync(options.path, 0o600);
    return new Listener(server, options.path, statSync(options.path).ino);
  }

  /**
   * Listens no more, and drops who has not come in yet. Node removes whatever lies at the path, so this comes
   * before another listener is opened there.
   */
  close(): void {
    this._server.close();
    this._server.closeAllConnections();
  }
}

function turnAway(stream: Duplex, status: string, data: ErrorData | null): void {
  const body = data === null ? '' : JSON.stringify(data);
  stream.on('error', () => {
    // It went away by itself, which is what was asked of it.
  });
  stream.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}
