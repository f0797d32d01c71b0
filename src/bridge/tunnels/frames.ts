import { FRAME_HEADER_BYTES, type FrameKind, type HomeFrame } from '../../protocol';

/** Bytes of the length field; what it counts is the kind byte and the content. */
const LENGTH_BYTES = 4;

/** One frame as it arrived. `kind` is whatever byte was sent; the receiver judges it. */
export interface IFrame {
  readonly kind: number;
  readonly content: Buffer;
}

/** A peer announced a frame over the limit, or one without a kind. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Header and content of one frame, in one buffer. */
export function encodeFrame(kind: FrameKind | HomeFrame, content: Uint8Array | string): Buffer {
  const body = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + body.length);
  frame.writeUInt32BE(body.length + 1, 0);
  frame.writeUInt8(kind, LENGTH_BYTES);
  frame.set(body, FRAME_HEADER_BYTES);
  return frame;
}

/**
 * Cuts a stream of bytes into frames. A length over the limit is refused when
 * its header is read, so that no more than a limit's worth is ever kept.
 */
export class FrameDecoder {
  /** @param limitBytes the largest content accepted; may be raised later */
  constructor(public limitBytes: number) {}

  /** Frames that these bytes complete. @throws FrameError */
  push(bytes: Buffer): IFrame[] {
    this._chunks.push(bytes);
    this._held += bytes.length;
    const frames: IFrame[] = [];
    for (;;) {
      if (this._held < LENGTH_BYTES) {
        return frames;
      }
      const length = this._peekLength();
      if (length < 1) {
        throw new FrameError('a frame without a kind');
      }
      if (length - 1 > this.limitBytes) {
        throw new FrameError(
          `a frame of ${length - 1} bytes, over the limit of ${this.limitBytes}`
        );
      }
      if (this._held < LENGTH_BYTES + length) {
        return frames;
      }
      const whole = this._take(LENGTH_BYTES + length);
      frames.push({
        kind: whole.readUInt8(LENGTH_BYTES),
        content: whole.subarray(FRAME_HEADER_BYTES)
      });
    }
  }

  private _peekLength(): number {
    const first = this._chunks[0];
    if (first.length >= LENGTH_BYTES) {
      return first.readUInt32BE(0);
    }
    this._chunks = [Buffer.concat(this._chunks)];
    return this._chunks[0].readUInt32BE(0);
  }

  /** The first `count` bytes of what is held; there are that many. */
  private _take(count: number): Buffer {
    if (this._chunks[0].length < count) {
      this._chunks = [Buffer.concat(this._chunks)];
    }
    const first = this._chunks[0];
    if (first.length === count) {
      this._chunks.shift();
    } else {
      this._chunks[0] = first.subarray(count);
    }
    this._held -= count;
    return first.subarray(0, count);
  }

  private _chunks: Buffer[] = [];
  private _held = 0;
}
