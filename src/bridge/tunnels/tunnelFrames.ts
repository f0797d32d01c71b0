import {
  TUNNEL_HEADER_BYTES,
  TUNNEL_ID_BYTES,
  TUNNEL_LIMITS,
  TunnelFrame,
  type TunnelId
} from '../../protocol';
import { PeerError } from './peerError';

/** Tunnel and kind: all that a frame has that says no number. */
const SHORT_BYTES = TUNNEL_ID_BYTES + 1;

/** What the switch reads of a frame; what else is in it the ends understand. */
export interface ITunnelHeader {
  readonly tunnel: TunnelId;
  readonly kind: Exclude<TunnelFrame, typeof TunnelFrame.way>;
}

/**
 * Reads the head of a frame that an end sent, and checks its length.
 * @throws PeerError
 */
export function readTunnelHeader(frame: Buffer): ITunnelHeader {
  const { length } = frame;
  if (length < SHORT_BYTES) {
    throw new PeerError(`a tunnel's frame of ${length} bytes`);
  }
  // 16 hexadecimal digits, as TunnelId has them.
  const tunnel = frame.toString('hex', 0, TUNNEL_ID_BYTES) as TunnelId;
  const kind = frame[TUNNEL_ID_BYTES];
  switch (kind) {
    case TunnelFrame.part:
      if (length <= TUNNEL_HEADER_BYTES) {
        throw new PeerError('a part without bytes');
      }
      if (length > TUNNEL_HEADER_BYTES + TUNNEL_LIMITS.partBytes) {
        const bytes = length - TUNNEL_HEADER_BYTES;
        throw new PeerError(
          `a part of ${bytes} bytes, over the limit of ${TUNNEL_LIMITS.partBytes}`
        );
      }
      return { tunnel, kind };
    case TunnelFrame.taken:
    case TunnelFrame.resume:
      if (length !== TUNNEL_HEADER_BYTES) {
        throw new PeerError(`a tunnel's frame of kind ${kind} with ${length} bytes`);
      }
      return { tunnel, kind };
    case TunnelFrame.over:
      if (length !== SHORT_BYTES) {
        throw new PeerError(`a tunnel's frame of kind ${kind} with ${length} bytes`);
      }
      return { tunnel, kind };
    default:
      // `way` is the bridge's own word.
      throw new PeerError(`a tunnel's frame of kind ${kind}`);
  }
}

/** A frame of the bridge's own. */
export function bridgeFrame(
  tunnel: TunnelId,
  kind: typeof TunnelFrame.over | typeof TunnelFrame.way
): Buffer {
  const frame = Buffer.alloc(SHORT_BYTES);
  frame.write(tunnel, 0, TUNNEL_ID_BYTES, 'hex');
  frame[TUNNEL_ID_BYTES] = kind;
  return frame;
}
