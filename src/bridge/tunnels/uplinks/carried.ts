import { Duplex } from 'node:stream';
import { RELAY_LIMITS } from '../../../protocol';

/** What a carried connection does to the stream it is in. */
export interface ICarriedStream {
  bytes(connection: number, bytes: Buffer): void;
  taken(connection: number, count: number): void;
  closed(connection: number): void;
}

/**
 * A worker's connection as the bridge has it: in both directions no more than a
 * window is under way, so that neither holds up others nor fills memory.
 */
export class CarriedConnection extends Duplex {
  constructor(
    private readonly _number: number,
    private readonly _stream: ICarriedStream
  ) {
    super({ allowHalfOpen: false, readableHighWaterMark: RELAY_LIMITS.windowBytes });
  }

  /** Bytes of the worker. False: more than the window. */
  arrived(bytes: Buffer): boolean {
    this._untaken += bytes.length;
    if (this._untaken > RELAY_LIMITS.windowBytes) {
      return false;
    }
    this._arrived.push(bytes);
    this._hand();
    return true;
  }

  /** The relay has handed on so many. False: more than were sent. */
  takenThere(count: number): boolean {
    this._window += count;
    this._send();
    return this._window <= RELAY_LIMITS.windowBytes;
  }

  /** The worker has ended it, or the stream has: nobody is to be told. */
  ended(): void {
    this._isOver = true;
    this._send();
    this._hand();
  }

  override _read(): void {
    this._wanted = true;
    this._hand();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this._outgoing = chunk;
    this._written = done;
    this._send();
  }

  override _final(done: (error?: Error | null) => void): void {
    this._close();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this._close();
    done(error);
  }

  private _hand(): void {
    while (this._wanted && this._arrived.length > 0) {
      const bytes = this._arrived.shift() ?? Buffer.alloc(0);
      this._untaken -= bytes.length;
      this._wanted = this.push(bytes);
      if (!this._isOver) {
        this._stream.taken(this._number, bytes.length);
      }
    }
    if (this._isOver && this._arrived.length === 0 && !this._hasEnded && !this.destroyed) {
      this._hasEnded = true;
      this.push(null);
    }
  }

  private _send(): void {
    while (this._outgoing.length > 0 && this._window > 0 && !this._isOver) {
      const most = Math.min(this._window, RELAY_LIMITS.frameBytes);
      const piece = this._outgoing.subarray(0, most);
      this._outgoing = this._outgoing.subarray(piece.length);
      this._window -= piece.length;
      this._stream.bytes(this._number, piece);
    }
    if (this._outgoing.length === 0 || this._isOver) {
      const done = this._written;
      this._written = null;
      done?.();
    }
  }

  private _close(): void {
    if (!this._isOver) {
      this._isOver = true;
      this._stream.closed(this._number);
    }
  }

  private readonly _arrived: Buffer[] = [];
  private _untaken = 0;
  private _wanted = false;
  private _window: number = RELAY_LIMITS.windowBytes;
  private _outgoing: Buffer = Buffer.alloc(0);
  private _written: ((error?: Error | null) => void) | null = null;
  private _isOver = false;
  private _hasEnded = false;
}
