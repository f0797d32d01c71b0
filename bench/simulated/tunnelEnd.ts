import { TUNNEL_HEADER_BYTES, TUNNEL_ID_BYTES, TunnelFrame } from '../../src/protocol';

/** One end of a tunnel, each of whose parts is one message; nothing is ever cut here. */
export class TunnelEnd {
  constructor(
    readonly id: string,
    private readonly _write: (frame: Buffer) => void
  ) {}

  onPart: (bytes: Buffer) => void = () => undefined;

  send(bytes: Buffer): void {
    this._write(Buffer.concat([this._head(TunnelFrame.part, this._sent), bytes]));
    this._sent += bytes.length;
  }

  heard(frame: Buffer): void {
    const kind = frame[TUNNEL_ID_BYTES];
    if (kind === TunnelFrame.way) {
      this._write(this._head(TunnelFrame.resume, this._taken));
    } else if (kind === TunnelFrame.part) {
      const bytes = frame.subarray(TUNNEL_HEADER_BYTES);
      this._taken += bytes.length;
      this._write(this._head(TunnelFrame.taken, this._taken));
      this.onPart(bytes);
    }
  }

  private _head(kind: TunnelFrame, number: number): Buffer {
    const head = Buffer.alloc(TUNNEL_HEADER_BYTES);
    head.write(this.id, 0, TUNNEL_ID_BYTES, 'hex');
    head[TUNNEL_ID_BYTES] = kind;
    head.writeBigUInt64BE(BigInt(number), TUNNEL_ID_BYTES + 1);
    return head;
  }

  private _sent = 0;
  private _taken = 0;
}
