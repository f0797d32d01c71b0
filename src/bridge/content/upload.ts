import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { CONTENT_LIMITS } from '../../protocol';
import { PeerError } from '../tunnels/peerError';
import type { IPiece } from './pieces';
import { problemOf } from './problem';
import type { Peer, WriteOrder } from './tokens';

/**
 * One result on its way to its kernel's folder: as a part, until all of it is
 * there and is what it should be. It outlives the agent's connection, and goes
 * on from where it was.
 */
export class Upload {
  /** @param _over called once, when it is done, has failed or was given up */
  constructor(
    private readonly _path: string,
    readonly order: WriteOrder,
    private _to: { readonly peer: Peer; readonly transfer: number },
    private readonly _over: () => void
  ) {
    this._then(async () => {
      const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
      this._file = await open(this._part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
      this._tell(false);
    });
  }

  /** Who sends it from now on, by this number: told how far it has come. */
  goOn(peer: Peer, transfer: number): void {
    this._to = { peer, transfer };
    this._resuming = true;
    this._then(() => {
      // All that came over the connection before is written by now.
      this._resuming = false;
      this._tell(false);
      return Promise.resolve();
    });
  }

  /** @throws PeerError out of turn, or more than may be under way */
  take({ offset, bytes }: IPiece): void {
    if (this._ended) {
      return;
    }
    if (offset !== this._received || offset + bytes.length > this.order.size) {
      throw new PeerError(`a piece at byte ${offset} of a result, not ${this._received}`);
    }
    this._received += bytes.length;
    if (this._received - this._taken > CONTENT_LIMITS.windowBytes) {
      throw new PeerError(`over ${CONTENT_LIMITS.windowBytes} bytes of a result at once`);
    }
    this._then(async () => {
      await this._write(bytes);
    });
  }

  /** Nobody needs it any more. */
  giveUp(): void {
    this._end();
    this._then(() => Promise.resolve());
  }

  private async _write(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = (await this._file?.write(bytes, done)) ?? { bytesWritten: 0 };
      done += bytesWritten;
    }
    this._hash.update(bytes);
    this._taken += bytes.length;
    if (this._taken < this.order.size) {
      this._tell(false);
      return;
    }
    const found = this._hash.digest('hex');
    if (found !== this.order.hash) {
      throw new Error(`the result of task ${this.order.task} was altered on its way`);
    }
    await this._close();
    await rename(this._part, this._path);
    this._tell(true);
    this._end();
  }

  /** Does one thing after the other; the first that fails ends it. */
  private _then(step: () => Promise<void>): void {
    this._steps = this._steps.then(async () => {
      try {
        if (!this._ended) {
          await step();
        }
      } catch (error) {
        const { peer, transfer } = this._to;
        peer.send('content.failed', { transfer, problem: problemOf(error), later: false });
        this._end();
      }
      if (this._ended && !this._removed) {
        this._removed = true;
        await this._close();
        await rm(this._part, { force: true });
      }
    });
  }

  private _tell(done: boolean): void {
    const { peer, transfer } = this._to;
    if (!this._resuming || done) {
      peer.send('content.taken', { transfer, bytes: this._taken, done });
    }
  }

  private _end(): void {
    if (!this._ended) {
      this._ended = true;
      this._over();
    }
  }

  private async _close(): Promise<void> {
    const file = this._file;
    this._file = null;
    await file?.close();
  }

  private get _part(): string {
    return `${this._path}.part`;
  }

  private readonly _hash = createHash('sha256');
  private _file: FileHandle | null = null;
  private _steps = Promise.resolve();
  private _resuming = false;
  private _received = 0;
  private _taken = 0;
  private _ended = false;
  private _removed = false;
}
