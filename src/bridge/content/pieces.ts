import {
  CONTENT_HEADER_BYTES,
  CONTENT_LIMITS,
  FRAME_HEADER_BYTES,
  FrameKind
} from '../../protocol';
import { PeerError } from '../tunnels/peerError';

const OFFSET_AT = 4;

/** One piece of one transfer (protocol/content.ts). */
export interface IPiece {
  readonly transfer: number;
  readonly offset: number;
  /** How many bytes there are in `chunks`. */
  readonly bytes: number;
  readonly chunks: readonly Buffer[];
}

/**
 * Reads what is in a frame of kind `content`.
 * @param frame in the chunks that it came in
 * @throws PeerError
 */
export function readPiece(...frame: readonly Buffer[]): IPiece {
  const bytes = frame.reduce((sum, { length }) => sum + length, -CONTENT_HEADER_BYTES);
  if (bytes < 1 || bytes > CONTENT_LIMITS.pieceBytes) {
    throw new PeerError(`a piece of ${bytes} bytes`);
  }
  const whole = frame[0].length < CONTENT_HEADER_BYTES ? [Buffer.concat(frame)] : frame;
  const [first, ...others] = whole;
  // Numbers of 64 bits as two of 32: a BigInt is made for each.
  const offset = first.readUInt32BE(OFFSET_AT) * 2 ** 32 + first.readUInt32BE(OFFSET_AT + 4);
  if (offset > CONTENT_LIMITS.contentBytes) {
    throw new PeerError(`a piece at byte ${offset}`);
  }
  const rest = first.subarray(CONTENT_HEADER_BYTES);
  return {
    transfer: first.readUInt32BE(0),
    offset,
    bytes,
    chunks: rest.length === 0 ? others : [rest, ...others]
  };
}

/** Where in a whole frame the bytes of its piece begin. */
export const PIECE_AT = FRAME_HEADER_BYTES + CONTENT_HEADER_BYTES;

/** The largest frame of a piece. */
export const PIECE_FRAME_BYTES = PIECE_AT + CONTENT_LIMITS.pieceBytes;

/** Writes all that stands before the bytes of a piece into a frame that has them. */
export function writeHead(frame: Buffer, transfer: number, offset: number, bytes: number): void {
  frame.writeUInt32BE(1 + CONTENT_HEADER_BYTES + bytes, 0);
  frame.writeUInt8(FrameKind.content, FRAME_HEADER_BYTES - 1);
  frame.writeUInt32BE(transfer, FRAME_HEADER_BYTES);
  const at = FRAME_HEADER_BYTES + OFFSET_AT;
  frame.writeUInt32BE(Math.floor(offset / 2 ** 32), at);
  frame.writeUInt32BE(offset % 2 ** 32, at + 4);
}
