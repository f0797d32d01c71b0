import { RELAY_HEADER_BYTES, RELAY_LIMITS, RelayFrame } from '../../../protocol';
import { PeerError } from '../peerError';

/** One frame of a relay (protocol/relay.ts). */
export interface IRelayFrame {
  readonly connection: number;
  readonly kind: RelayFrame;
  readonly content: Buffer;
}

const KINDS: ReadonlySet<number> = new Set(Object.values(RelayFrame));

/** The head of a frame; its content follows. */
export function relayHeader(connection: number, kind: RelayFrame, length: number): Buffer {
  const header = Buffer.allocUnsafe(RELAY_HEADER_BYTES);
  header.writeUInt32BE(connection, 0);
  header.writeUInt8(kind, 4);
  header.writeUInt32BE(length, 5);
  return header;
}

/** Cuts what a relay sends into frames; keeps no more than one frame's worth. */
export class RelayDecoder {
  /** Frames that these bytes complete. @throws PeerError */
  push(bytes: Buffer): IRelayFrame[] {
    let rest = this._rest.length === 0 ? bytes : Buffer.concat([this._rest, bytes]);
    const frames: IRelayFrame[] = [];
    while (rest.length >= RELAY_HEADER_BYTES) {
      const kind = rest.readUInt8(4);
      const length = rest.readUInt32BE(5);
      if (!KINDS.has(kind) || length > RELAY_LIMITS.frameBytes) {
        throw new PeerError(`a relay's frame of kind ${kind} with ${length} bytes`);
      }
      const end = RELAY_HEADER_BYTES + length;
      if (rest.length < end) {
        break;
      }
      frames.push({
        connection: rest.readUInt32BE(0),
        kind: kind as RelayFrame,
        content: rest.subarray(RELAY_HEADER_BYTES, end)
      });
      rest = rest.subarray(end);
    }
    this._rest = rest;
    return frames;
  }

  private _rest: Buffer = Buffer.alloc(0);
}
