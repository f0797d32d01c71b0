import { CONTENT_HEADER_BYTES, CONTENT_LIMITS } from '../../protocol';
import { PeerError } from '../tunnels/peerError';

const OFFSET_AT = 4;

/** One piece of one transfer (protocol/content.ts). */
export interface IPiece {
  readonly transfer: number;
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Reads a frame of kind `content`. @throws PeerError */
export function readPiece(frame: Buffer): IPiece {
  const count = frame.length - CONTENT_HEADER_BYTES;
  if (count < 1 || count > CONTENT_LIMITS.pieceBytes) {
    throw new PeerError(`a piece of ${count} bytes`);
  }
  const offset = frame.readBigUInt64BE(OFFSET_AT);
  if (offset > BigInt(CONTENT_LIMITS.contentBytes)) {
    throw new PeerError(`a piece at byte ${offset}`);
  }
  return {
    transfer: frame.readUInt32BE(0),
    offset: Number(offset),
    bytes: frame.subarray(CONTENT_HEADER_BYTES)
  };
}

/** The frame of a piece whose bytes are read into it, behind its header. */
export function emptyPiece(transfer: number, offset: number, bytes: number): Buffer {
  const frame = Buffer.allocUnsafe(CONTENT_HEADER_BYTES + bytes);
  frame.writeUInt32BE(transfer, 0);
  frame.writeBigUInt64BE(BigInt(offset), OFFSET_AT);
  return frame;
}
