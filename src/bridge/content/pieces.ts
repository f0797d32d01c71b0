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
  readonly bytes: Buffer;
}

/** Reads what is in a frame of kind `content`. @throws PeerError */
export function readPiece(content: Buffer): IPiece {
  const count = content.length - CONTENT_HEADER_BYTES;
  if (count < 1 || count > CONTENT_LIMITS.pieceBytes) {
    throw new PeerError(`a piece of ${count} bytes`);
  }
  const offset = content.readBigUInt64BE(OFFSET_AT);
  if (offset > BigInt(CONTENT_LIMITS.contentBytes)) {
    throw new PeerError(`a piece at byte ${offset}`);
  }
  return {
    transfer: content.readUInt32BE(0),
    offset: Number(offset),
    bytes: content.subarray(CONTENT_HEADER_BYTES)
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
  frame.writeBigUInt64BE(BigInt(offset), FRAME_HEADER_BYTES + OFFSET_AT);
}
