import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { CONTENT_LIMITS } from '../../protocol';
import type { ILog } from '../tokens';
import { PeerError } from '../tunnels/peerError';
import { PIECE_AT, writeHead } from './pieces';
import { problemOf } from './problem';
import { SpareFrames } from './spareFrames';
import type { Peer, ReadOrder } from './tokens';

/** One for all agents. */
const spareFrames = new SpareFrames();

interface IJob {
  readonly path: string;
  readonly order: ReadOrder;
}

/**
 * What one agent has asked for: read in turn, one piece while the one before
 * leaves, so that a slow pilot costs two pieces of memory, which are used again.
 */
export class Reads {
  constructor(
    private readonly _peer: Peer,
    private readonly _log: Pick<ILog, 'error'>
  ) {}

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
    this._jobs.length = 0;
  }

  private async _work(): Promise<void> {
    const { content } = this._peer;
    const frames = [spareFrames.take(), spareFrames.take()];
    let sent: Promise<boolean> = Promise.resolve(true);
    for (let turn = 0; ; turn = 1 - turn) {
      const job = this._jobs.at(0);
      if (job === undefined) {
        // What is asked for meanwhile is of the same file as a rule, which is still open.
        if ((await sent) && this._jobs.length > 0) {
          continue;
        }
        break;
      }
      const { order, path } = job;
      try {
        const frame = await this._read(frames[turn], path, order);
        if (!(await sent)) {
          break;
        }
        sent = content.piece(frame);
      } catch (error) {
        // The next is read into the other frame, which must have left.
        await sent;
        const problem = problemOf(error);
        this._peer.send('content.failed', { transfer: order.transfer, problem, later: false });
      }
      this._jobs.shift();
    }
    this._busy = false;
    // Both have left: the last was waited for, and the one before it earlier.
    frames.forEach(frame => spareFrames.give(frame));
    await this._leave();
  }

  /** The frame of a piece; all the bytes that were asked for, or an error. */
  private async _read(frame: Buffer, path: string, order: ReadOrder): Promise<Buffer> {
    const { transfer, offset, bytes } = order;
    if (this._open?.path !== path) {
      await this._leave();
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      this._open = { path, file };
    }
    const { file } = this._open;
    for (let done = 0; done < bytes;) {
      const at = PIECE_AT + done;
      const { bytesRead } = await file.read(frame, at, bytes - done, offset + done);
      if (bytesRead === 0) {
        throw new Error(`${path} ends at byte ${offset + done}`);
      }
      done += bytesRead;
    }
    writeHead(frame, transfer, offset, bytes);
    return frame.subarray(0, PIECE_AT + bytes);
  }

  private async _leave(): Promise<void> {
    const was = this._open;
    this._open = null;
    try {
      await was?.file.close();
    } catch (error) {
      // Nothing was written to it: what was read of it is right.
      this._log.error('content.close', error, { path: was?.path });
    }
  }

  private readonly _jobs: IJob[] = [];
  private _open: { readonly path: string; readonly file: FileHandle } | null = null;
  private _busy = false;
}
