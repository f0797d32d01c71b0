import { PIECE_FRAME_BYTES } from './pieces';

/** Memory for so many is kept, some megabytes. */
const KEPT = 16;

/**
 * Memory for the frames of pieces, used again, whichever agent they are for:
 * the collector looks at all of the bridge's heap for each few that are made.
 */
export class SpareFrames {
  take(): Buffer {
    return this._spare.pop() ?? Buffer.allocUnsafeSlow(PIECE_FRAME_BYTES);
  }

  /** @param frame has left, or will not */
  give(frame: Buffer): void {
    if (this._spare.length < KEPT) {
      this._spare.push(frame);
    }
  }

  private readonly _spare: Buffer[] = [];
}
