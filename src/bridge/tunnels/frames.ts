import { FRAME_HEADER_BYTES, type FrameKind, type HomeFrame } from '../../protocol';

/** Bytes of the length field; what it counts is the kind byte and the content. */
const LENGTH_BYTES = 4;

/** Over so many, the chunks of one frame are joined: each costs more than its bytes. */
const MOST_CHUNKS = 64;

/** One frame as it arrived. */
export class Frame {
  /**
   * @param kind whatever byte was sent; the receiver judges it
   * @param chunks its content as it came: to join what is large costs memory, and time to free it
   */
  constructor(
    readonly kind: number,
    readonly chunks: readonly Buffer[]
  ) {}

  /** All of it, in one buffer. */
  get content(): Buffer {
    return this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
  }
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
  push(bytes: Buffer): Frame[] {
    this._chunks.push(bytes);
    this._held += bytes.length;
    const frames: Frame[] = [];
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
        if (this._chunks.length > MOST_CHUNKS) {
          this._join();
        }
        return frames;
      }
      if (this._chunks[0].length < FRAME_HEADER_BYTES) {
        this._join();
      }
      const kind = this._chunks[0][LENGTH_BYTES];
      frames.push(new Frame(kind, this._take(LENGTH_BYTES + length)));
    }
  }

  private _peekLength(): number {
    if (this._chunks[0].length < LENGTH_BYTES) {
      this._join();
    }
    return this._chunks[0].readUInt32BE(0);
  }

  private _join(): void {
    this._chunks = [Buffer.concat(this._chunks)];
  }

  /** What is behind the header in the first `count` bytes of what is held; there are that many. */
  private _take(count: number): Buffer[] {
    this._held -= count;
    const first = this._chunks[0];
    if (first.length > count) {
      this._chunks[0] = first.subarray(count);
      return [first.subarray(FRAME_HEADER_BYTES, count)];
    }
    let taken = 0;
    let missing = count;
    while (taken < this._chunks.length && this._chunks[taken].length <= missing) {
      missing -= this._chunks[taken].length;
      taken += 1;
    }
    const chunks = this._chunks.splice(0, taken);
    if (missing > 0) {
      chunks.push(this._chunks[0].subarray(0, missing));
      this._chunks[0] = this._chunks[0].subarray(missing);
    }
    chunks[0] = first.subarray(FRAME_HEADER_BYTES);
    return chunks;
  }

  private _chunks: Buffer[] = [];
  private _held = 0;
}
