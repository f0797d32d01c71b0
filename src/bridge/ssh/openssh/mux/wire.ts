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

/** Cuts what arrives into messages. */
export class Messages {
  /** @throws Error for a message longer than any of ssh's */
  add(chunk: Buffer): Buffer[] {
    const all = this._rest.length === 0 ? chunk : Buffer.concat([this._rest, chunk]);
    const found: Buffer[] = [];
    let at = 0;
    while (all.length - at >= 4) {
      const length = all.readUInt32BE(at);
      if (length > MOST_BYTES) {
        throw new Error(`ssh sent a message of ${length} bytes`);
      }
      if (all.length - at - 4 < length) {
        break;
      }
      found.push(all.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    this._rest = all.subarray(at);
    return found;
  }

  private _rest: Buffer = Buffer.alloc(0);
}
