/** Texts and numbers as SSH writes them (RFC 4251, 5), and messages with their length before them. */

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
export const text = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([u32(bytes.length), bytes]);
};
export const flag = (value: boolean): Buffer => Buffer.from([value ? 1 : 0]);
export const message = (...parts: readonly Buffer[]): Buffer => text(Buffer.concat(parts));

/** Reads one message from its beginning. Each throws Error where it is too short. */
export class Fields {
  constructor(private readonly _bytes: Buffer) {}

  byte(): number {
    return this._take(1)[0];
  }

  u32(): number {
    return this._take(4).readUInt32BE(0);
  }

  bytes(): Buffer {
    return this._take(this.u32());
  }

  text(): string {
    return this.bytes().toString();
  }

  private _take(count: number): Buffer {
    if (this._at + count > this._bytes.length) {
      throw new Error('ssh sent a message that is too short');
    }
    this._at += count;
    return this._bytes.subarray(this._at - count, this._at);
  }

  private _at = 0;
}

/** Longer ones ssh itself neither sends nor takes (channels.c, CHANNEL_MUX_MAX_PACKET). */
const MOST_BYTES = 256 * 1024;
const LENGTH_BYTES = 4;
const NOTHING: Buffer = Buffer.alloc(0);

/** Cuts what arrives into messages. */
export class Messages {
  /** @throws Error for a message longer than any of ssh's */
  add(chunk: Buffer): Buffer[] {
    const found: Buffer[] = [];
    let rest = chunk;
    for (;;) {
      if (this._partial !== null) {
        const { message: whole, bytes } = this._partial;
        const taken = rest.copy(whole, bytes);
        rest = rest.subarray(taken);
        if (bytes + taken < whole.length) {
          this._partial.bytes += taken;
          return found;
        }
        found.push(whole);
        this._partial = null;
      }
      if (this._length.length > 0) {
        rest = Buffer.concat([this._length, rest]);
        this._length = NOTHING;
      }
      if (rest.length < LENGTH_BYTES) {
        this._length = rest;
        return found;
      }
      const length = rest.readUInt32BE(0);
      if (length > MOST_BYTES) {
        throw new Error(`ssh sent a message of ${length} bytes`);
      }
      rest = rest.subarray(LENGTH_BYTES);
      if (rest.length >= length) {
        found.push(rest.subarray(0, length));
        rest = rest.subarray(length);
      } else {
        this._partial = { message: Buffer.allocUnsafe(length), bytes: 0 };
      }
    }
  }

  /** Of a message's length, where the end of what has come is in the middle of it. */
  private _length: Buffer = NOTHING;
  /** A message of which not all has come. Only such are copied. */
  private _partial: { readonly message: Buffer; bytes: number } | null = null;
}
