import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { CONTENT_HEADER_BYTES, CONTENT_LIMITS } from '../../protocol';
import { PeerError } from '../tunnels/peerError';
import { emptyPiece } from './pieces';
import { problemOf } from './problem';
import type { Peer, ReadOrder } from './tokens';

interface IJob {
  readonly path: string;
  readonly order: ReadOrder;
}

/**
 * What one agent has asked for: read in turn, and the next only when the piece
 * before has left, so that a slow pilot costs one piece of memory.
 */
export class Reads {
  constructor(private readonly _peer: Peer) {}

  /** @throws PeerError so many are asked for already */
  add(path: string, order: ReadOrder): void {
    if (this._jobs.length >= CONTENT_LIMITS.reads) {
      throw new PeerError(`over ${CONTENT_LIMITS.reads} pieces asked for at once`);
    }
    this._jobs.push({ path, order });
    if (!this._busy) {
      this._busy = true;
      void this._work();
    }
  }

  close(): void {
    this._closed = true;
    this._jobs.length = 0;
  }

  private async _work(): Promise<void> {
    const { content } = this._peer;
    while (this._jobs.length > 0) {
      if (!(await content.room()) || this._closed) {
        break;
      }
      const { path, order } = this._jobs[0];
      try {
        const frame = await pieceOf(path, order);
        content.piece(frame);
      } catch (error) {
        this._peer.send('content.failed', {
          transfer: order.transfer,
          problem: problemOf(error),
          later: false
        });
      }
      this._jobs.shift();
    }
    this._busy = false;
  }

  private readonly _jobs: IJob[] = [];
  private _busy = false;
  private _closed = false;
}

/** The frame of a piece; all the bytes that were asked for, or an error. */
async function pieceOf(path: string, order: ReadOrder): Promise<Buffer> {
  const { transfer, offset, bytes } = order;
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const frame = emptyPiece(transfer, offset, bytes);
    let done = 0;
    while (done < bytes) {
      const { bytesRead } = await file.read(
        frame,
        CONTENT_HEADER_BYTES + done,
        bytes - done,
        offset + done
      );
      if (bytesRead === 0) {
        throw new Error(`${path} ends at byte ${offset + done}`);
      }
      done += bytesRead;
    }
    return frame;
  } finally {
    await file.close();
  }
}
