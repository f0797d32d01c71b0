import type { TLSSocket } from 'node:tls';
import type { z } from 'zod';
import {
  AGENT_NOTIFICATIONS,
  FrameKind,
  LIMITS,
  RpcNotification,
  type PilotId,
  type TO_AGENT
} from '../../protocol';
import { Corked } from './corked';
import type { Frame } from './frames';
import { encodeFrame } from './frames';
import { PeerError } from './peerError';
import type { AgentMessage, IAgentConnection, IContentEnd, ITunnelEnd } from './tokens';

/** The content of a JSON frame. @throws PeerError */
export function readJson(frame: Frame): unknown {
  if (frame.kind !== FrameKind.json) {
    throw new PeerError(
      frame.kind === FrameKind.stream
        ? 'a stream frame before it was welcome'
        : `a frame of unknown kind ${frame.kind}`
    );
  }
  try {
    return JSON.parse(frame.content.toString('utf8'));
  } catch (error) {
    throw new PeerError(`a frame that is no JSON: ${String(error)}`);
  }
}

/** One frame as a notification of the catalogue; null for a ping. @throws PeerError */
export function readNotification(frame: Frame): AgentMessage | null {
  const envelope = RpcNotification.safeParse(readJson(frame));
  if (!envelope.success) {
    throw new PeerError('a message that is no JSON-RPC notification');
  }
  const { method } = envelope.data;
  if (!Object.hasOwn(AGENT_NOTIFICATIONS, method)) {
    throw new PeerError(`an unknown method ${JSON.stringify(method)}`);
  }
  const known = method as keyof typeof AGENT_NOTIFICATIONS;
  const params = AGENT_NOTIFICATIONS[known].safeParse(envelope.data.params ?? {});
  if (!params.success) {
    const issue = params.error.issues[0];
    throw new PeerError(`${method}: ${issue.path.join('.')}: ${issue.message}`);
  }
  // The pair was just checked against the catalogue, entry by entry.
  return known === 'ping' ? null : ({ method: known, params: params.data } as AgentMessage);
}

/** See IAgentConnection. Sends; what arrives is read by the door. */
export class AgentConnection implements IAgentConnection {
  constructor(
    readonly pilot: PilotId,
    readonly attempt: number,
    readonly near: boolean,
    private readonly _socket: TLSSocket,
    reading: { hold(): void; release(): void }
  ) {
    this._corked = new Corked(_socket);
    this.tunnels = {
      send: frame => this._write(encodeFrame(FrameKind.stream, frame)),
      hold: () => reading.hold(),
      release: () => reading.release()
    };
    this.content = {
      piece: frame =>
        new Promise(resolve => {
          this._write(frame, error => resolve(error === undefined || error === null));
        })
    };
  }

  readonly tunnels: ITunnelEnd;
  readonly content: IContentEnd;

  send<M extends keyof typeof TO_AGENT>(method: M, params: z.infer<(typeof TO_AGENT)[M]>): void {
    this._write(encodeFrame(FrameKind.json, JSON.stringify({ jsonrpc: '2.0', method, params })));
  }

  close(): void {
    this._socket.destroy();
  }

  private _write(frame: Buffer, left?: (error?: Error | null) => void): boolean {
    const socket = this._socket;
    if (socket.destroyed) {
      left?.(new PeerError('it has gone'));
      return true;
    }
    const room = this._corked.write(frame, left);
    if (socket.writableLength > LIMITS.agentBacklogBytes) {
      socket.destroy(new PeerError('it does not read what it is sent'));
    }
    return room;
  }

  private readonly _corked: Corked;
}
