const FIRST_BYTES = 4096;

/**
 * Bytes that come in pieces, in one place of memory: however small the pieces
 * are, it takes no more than twice what they hold.
 */
export class Gathered {
  get length(): number {
    return this._length;
  }

  /** All of it; not to be used any more once there is more. */
  get bytes(): Buffer {
    return this._bytes.subarray(0, this._length);
  }

  add(piece: Buffer): void {
    const length = this._length + piece.length;
    if (length > this._bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, this._bytes.length * 2, FIRST_BYTES));
      this._bytes.copy(larger, 0, 0, this._length);
      this._bytes = larger;
    }
    piece.copy(this._bytes, this._length);
    this._length = length;
  }

  private _bytes = Buffer.alloc(0);
  private _length = 0;
}
