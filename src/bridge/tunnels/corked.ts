import type { Writable } from 'node:stream';

/**
 * Writes to a stream so that all that is written in one turn leaves at its end
 * together: frames that arrive together go on together, by one call of the
 * system and in one record of TLS.
 */
export class Corked {
  constructor(private readonly _stream: Writable) {}

  /**
   * False: more waits than the stream likes.
   * @param left called once these bytes have left, or cannot
   */
  write(bytes: Uint8Array, left?: (error?: Error | null) => void): boolean {
    if (!this._isCorked) {
      this._isCorked = true;
      this._stream.cork();
      process.nextTick(this._uncork);
    }
    return this._stream.write(bytes, left);
  }

  private readonly _uncork = (): void => {
    this._isCorked = false;
    this._stream.uncork();
  };

  private _isCorked = false;
}
