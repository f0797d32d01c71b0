import type { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { FrameKind, LIMITS, type PilotId } from '../../protocol';
import type { IBridgeContext, IDisposable } from '../tokens';
import { ensureCertificate, type ICertificate } from './certificate';
import { AgentConnection, readNotification } from './connection';
import { encodeFrame, FrameDecoder, type Frame } from './frames';
import { readProof } from './proof';
import type { PilotSecrets } from './secrets';
import type { IAgentAudience, IDoorOfAgents, IWayHere } from './tokens';
import { Unproven } from './unproven';

interface IProven {
  readonly connection: AgentConnection;
  readonly socket: TLSSocket;
  heardAtMs: number;
  /** Nothing is read of it just now, so that it cannot be heard. */
  held: boolean;
}

/** One connection, from its first byte on. */
interface ILine {
  readonly socket: TLSSocket;
  readonly decoder: FrameDecoder;
  readonly near: boolean;
  proven: IProven | null;
}

/** See IDoorOfAgents: TLS 1.3 on whatever an uplink brings, then the proof. */
export class AgentDoor implements IDoorOfAgents, IDisposable {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _secrets: PilotSecrets
  ) {
    this._unproven = new Unproven(_context.clock, socket => {
      _context.log.warn('agents.unproven', { afterMs: LIMITS.proveWithinMs });
      socket.destroy();
    });
  }

  get fingerprint(): string {
    return this._certificate?.fingerprint ?? '';
  }

  /** So many have not proved themselves that their places may become short. */
  get crowded(): boolean {
    return this._unproven.count > LIMITS.unprovenConnections / 4;
  }

  /** Agents connected now. */
  get count(): number {
    return this._proven.size;
  }

  /** Before the first `accept`. */
  async start(audience: IAgentAudience): Promise<void> {
    const { clock, folders, times } = this._context;
    this._audience = audience;
    this._certificate = await ensureCertificate(folders.state, clock.now());
    this._secure = createSecureContext({
      key: this._certificate.key,
      cert: this._certificate.certificate,
      minVersion: 'TLSv1.3'
    });
    this._ticker = clock.every(times.agentPingMs, () => this._ping());
  }

  accept(raw: Duplex, way: IWayHere): void {
    if (this._disposed || this._secure === null || !this._unproven.makeRoom(way)) {
      raw.destroy();
      return;
    }
    const socket = new TLSSocket(raw, { isServer: true, secureContext: this._secure });
    this._unproven.add(socket, way);
    const line: ILine = {
      socket,
      decoder: new FrameDecoder(LIMITS.unprovenFrameBytes),
      near: way.near,
      proven: null
    };
    socket.on('data', (bytes: Buffer) => {
      try {
        this._read(line, bytes);
      } catch (error) {
        this._context.log.error('agents.cut', error, { pilot: pilotOf(line) });
        socket.destroy();
      }
    });
    socket.on('error', error => {
      this._context.log.info('agents.socket', { pilot: pilotOf(line), error: String(error) });
    });
    socket.on('close', () => {
      this._unproven.drop(socket);
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

  dispose(): void {
    this._disposed = true;
    this._ticker?.dispose();
    this._unproven.dispose();
    for (const { socket } of this._proven.values()) {
      socket.destroy();
    }
    this._proven.clear();
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
        this._hear(proven.connection, frame);
      }
    }
  }

  /** @throws PeerError */
  private _hear(connection: AgentConnection, frame: Frame): void {
    if (frame.kind === FrameKind.stream) {
      this._audience?.streamed(connection, frame.content);
      return;
    }
    if (frame.kind === FrameKind.content) {
      this._audience?.pieced(connection, frame.chunks);
      return;
    }
    const message = readNotification(frame);
    if (message !== null) {
      this._audience?.said(connection, message);
    }
  }

  /** Judges the first frame; a proved and welcome one makes the line a pilot's. @throws PeerError */
  private _prove(line: ILine, frame: Frame): void {
    const { socket, near } = line;
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
    this._unproven.drop(socket);
    line.decoder.limitBytes = LIMITS.agentFrameBytes;
    const hold = (held: boolean): void => {
      proven.held = held;
      proven.heardAtMs = clock.now();
      if (held) {
        socket.pause();
      } else {
        socket.resume();
      }
    };
    const proven: IProven = {
      connection: new AgentConnection(hello.pilot, hello.attempt, near, socket, {
        hold: () => hold(true),
        release: () => hold(false)
      }),
      socket,
      heardAtMs: clock.now(),
      held: false
    };
    const older = this._proven.get(hello.pilot);
    this._proven.set(hello.pilot, proven);
    line.proven = proven;
    older?.socket.destroy();
    this._audience?.arrived(proven.connection, hello);
  }

  private _ping(): void {
    const { clock, times, log } = this._context;
    const now = clock.now();
    // After this machine's own sleep all agents look silent; they get one more turn to be heard.
    const slept = now - this._tickedAtMs > 2 * times.agentPingMs && this._tickedAtMs > 0;
    this._tickedAtMs = now;
    for (const proven of this._proven.values()) {
      const silentMs = proven.held ? 0 : now - proven.heardAtMs;
      if (!slept && silentMs > times.agentSilenceMs) {
        log.warn('agents.silent', { pilot: proven.connection.pilot });
        proven.socket.destroy();
      } else {
        proven.connection.send('ping', {});
      }
    }
  }

  private readonly _unproven: Unproven;
  private readonly _proven = new Map<PilotId, IProven>();
  private _audience: IAgentAudience | null = null;
  private _certificate: ICertificate | null = null;
  private _secure: SecureContext | null = null;
  private _ticker: IDisposable | null = null;
  private _tickedAtMs = 0;
  private _disposed = false;
}

const pilotOf = ({ proven }: ILine): PilotId | null => proven?.connection.pilot ?? null;
