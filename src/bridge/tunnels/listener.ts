import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { FrameKind, LIMITS, type PilotId } from '../../protocol';
import type { IBridgeContext, IDisposable, IPilotStore } from '../tokens';
import { ensureCertificate, type ICertificate } from './certificate';
import { AgentConnection, readNotification } from './connection';
import { encodeFrame, FrameDecoder, type IFrame } from './frames';
import { writePrivateFile } from './privateFiles';
import { readProof } from './proof';
import type { PilotSecrets } from './secrets';
import type { IAgentAudience, IAgentListener } from './tokens';

const HOST = '127.0.0.1';
const PORT_KEY = 'agents.port';
/** An agent of this machine has proved itself by then; who has not makes room for a newer one. */
const EVICT_AFTER_MS = 250;

interface IUnproven {
  readonly socket: TLSSocket;
  readonly sinceMs: number;
  readonly timer: IDisposable;
}
interface IProven {
  readonly connection: AgentConnection;
  readonly socket: TLSSocket;
  heardAtMs: number;
}

/** One connection, from its first byte on. */
interface ILine {
  readonly socket: TLSSocket;
  readonly decoder: FrameDecoder;
  proven: IProven | null;
}

/** See IAgentListener: TLS 1.3 on loopback, the same port after a restart if it is free. */
export class AgentListener implements IAgentListener {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _store: Pick<IPilotStore, 'value' | 'putValue'>,
    private readonly _secrets: PilotSecrets
  ) {
    this.contactFile = join(_context.folders.state, 'contact.json');
  }

  readonly contactFile: string;

  get port(): number {
    return this._port;
  }

  get fingerprint(): string {
    return this._certificate?.fingerprint ?? '';
  }

  get count(): number {
    return this._proven.size;
  }

  async start(audience: IAgentAudience): Promise<void> {
    this._audience = audience;
    this._certificate = await ensureCertificate(
      this._context.folders.state,
      this._context.clock.now()
    );
    this._secure = createSecureContext({
      key: this._certificate.key,
      cert: this._certificate.certificate,
      minVersion: 'TLSv1.3'
    });
    this._port = await this._listen(Number(this._store.value(PORT_KEY) ?? 0));
    this._store.putValue(PORT_KEY, String(this._port));
    writePrivateFile(this.contactFile, JSON.stringify({ host: HOST, port: this._port }));
    this._ticker = this._context.clock.every(this._context.times.agentPingMs, () => {
      this._ping();
    });
  }

  dispose(): void {
    this._disposed = true;
    this._ticker?.dispose();
    this._server.close();
    for (const { socket, timer } of this._unproven.values()) {
      timer.dispose();
      socket.destroy();
    }
    this._unproven.clear();
    for (const { socket } of this._proven.values()) {
      socket.destroy();
    }
    this._proven.clear();
  }

  /** Listens on the port wished for, or on any if that one is taken. */
  private _listen(wished: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => {
        if (wished === 0 || error.code !== 'EADDRINUSE') {
          reject(error);
          return;
        }
        this._context.log.warn('agents.port_taken', { port: wished });
        this._listen(0).then(resolve, reject);
      };
      this._server.once('error', failed);
      this._server.listen(wished, HOST, () => {
        this._server.off('error', failed);
        this._server.on('error', error => this._context.log.error('agents.port', error));
        resolve((this._server.address() as AddressInfo).port);
      });
    });
  }

  private _accept(raw: Socket): void {
    if (this._disposed || this._secure === null || !this._makeRoom()) {
      raw.destroy();
      return;
    }
    raw.setNoDelay(true);
    const socket = new TLSSocket(raw, { isServer: true, secureContext: this._secure });
    const { clock, log } = this._context;
    const waiting: IUnproven = {
      socket,
      sinceMs: clock.now(),
      timer: clock.after(LIMITS.proveWithinMs, () => {
        log.warn('agents.unproven', { afterMs: LIMITS.proveWithinMs });
        socket.destroy();
      })
    };
    this._unproven.set(socket, waiting);
    const line: ILine = {
      socket,
      decoder: new FrameDecoder(LIMITS.unprovenFrameBytes),
      proven: null
    };
    socket.on('data', (bytes: Buffer) => {
      try {
        this._read(line, bytes);
      } catch (error) {
        log.error('agents.cut', error, { pilot: line.proven?.connection.pilot ?? null });
        socket.destroy();
      }
    });
    socket.on('error', error => {
      const pilot = line.proven?.connection.pilot ?? null;
      log.info('agents.socket', { pilot, error: String(error) });
    });
    socket.on('close', () => {
      this._dropUnproven(socket);
      raw.destroy();
      const { proven } = line;
      if (proven !== null && this._proven.get(proven.connection.pilot) === proven) {
        this._proven.delete(proven.connection.pilot);
        if (!this._disposed) {
          this._audience?.left(proven.connection);
        }
      }
    });
  }

  /** @throws PeerError, FrameError */
  private _read(line: ILine, bytes: Buffer): void {
    if (line.proven !== null) {
      line.proven.heardAtMs = this._context.clock.now();
    }
    for (const frame of line.decoder.push(bytes)) {
      if (line.socket.destroyed || line.socket.writableEnded) {
        return;
      }
      const { proven } = line;
      if (proven === null) {
        this._prove(line, frame);
      } else if (this._proven.get(proven.connection.pilot) === proven) {
        const message = readNotification(frame);
        if (message !== null) {
          this._audience?.said(proven.connection, message);
        }
      }
    }
  }

  /** Judges the first frame; a proved and welcome one makes the line a pilot's. @throws PeerError */
  private _prove(line: ILine, frame: IFrame): void {
    const { socket } = line;
    const { clock, log } = this._context;
    const { hello, id, refused } = readProof(frame, this._secrets, clock.now());
    const reason = refused ?? this._audience?.judge(hello) ?? null;
    const answer = { jsonrpc: '2.0', id, result: { welcome: reason === null, reason } };
    const bytes = encodeFrame(FrameKind.json, JSON.stringify(answer));
    if (reason !== null) {
      log.warn('agents.refused', { pilot: hello.pilot, reason });
      socket.end(bytes);
      return;
    }
    socket.write(bytes);
    this._dropUnproven(socket);
    line.decoder.limitBytes = LIMITS.agentFrameBytes;
    const proven: IProven = {
      connection: new AgentConnection(hello.pilot, hello.attempt, socket),
      socket,
      heardAtMs: clock.now()
    };
    const older = this._proven.get(hello.pilot);
    this._proven.set(hello.pilot, proven);
    line.proven = proven;
    older?.socket.destroy();
    this._audience?.arrived(proven.connection, hello);
  }

  /**
   * Whether one more unproven connection may come in. When there are too many,
   * the oldest makes room, so that a stranger who holds connections keeps
   * nobody out; unless even that one is about to finish (ten thousand agents
   * may dial at once), when the newest is turned away and comes again.
   */
  private _makeRoom(): boolean {
    if (this._unproven.size < LIMITS.unprovenConnections) {
      return true;
    }
    const [oldest] = this._unproven.values();
    if (this._context.clock.now() - oldest.sinceMs < EVICT_AFTER_MS) {
      return false;
    }
    oldest.socket.destroy();
    this._dropUnproven(oldest.socket);
    return true;
  }

  private _dropUnproven(socket: TLSSocket): void {
    this._unproven.get(socket)?.timer.dispose();
    this._unproven.delete(socket);
  }

  private _ping(): void {
    const { clock, times, log } = this._context;
    const now = clock.now();
    // After this machine's own sleep all agents look silent; they get one more turn to be heard.
    const slept = now - this._tickedAtMs > 2 * times.agentPingMs && this._tickedAtMs > 0;
    this._tickedAtMs = now;
    for (const proven of this._proven.values()) {
      if (!slept && now - proven.heardAtMs > times.agentSilenceMs) {
        log.warn('agents.silent', { pilot: proven.connection.pilot });
        proven.socket.destroy();
      } else {
        proven.connection.send('ping', {});
      }
    }
  }

  private readonly _server: Server = createServer(raw => {
    this._accept(raw);
  });
  private readonly _unproven = new Map<TLSSocket, IUnproven>();
  private readonly _proven = new Map<PilotId, IProven>();
  private _audience: IAgentAudience | null = null;
  private _certificate: ICertificate | null = null;
  private _secure: SecureContext | null = null;
  private _ticker: IDisposable | null = null;
  private _tickedAtMs = 0;
  private _port = 0;
  private _disposed = false;
}
