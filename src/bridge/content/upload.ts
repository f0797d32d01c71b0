import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CONTENT_LIMITS, partOf } from '../../protocol';
import { PeerError } from '../tunnels/peerError';
import type { IPiece } from './pieces';
import { problemOf } from './problem';
import type { Peer, WriteOrder } from './tokens';

/** Who is told of the end of one. */
export interface IUploadAudience {
  /** Called once, when it is done, has failed or was given up. */
  over(): void;
  /**
   * Called once, after that, when it has nothing open and its part is removed.
   * @param error why that did not go as it should; null: it did
   */
  gone(error: unknown): void;
}

/**
 * One result on its way to its kernel's folder: as a part, until all of it is
 * there and is what it should be. It outlives the agent's connection, and goes
 * on from where it was.
 */
export class Upload {
  /** @param before what must have ended: an earlier one's part has the same name */
  constructor(
    private readonly _path: string,
    readonly order: WriteOrder,
    private _to: { readonly peer: Peer; readonly transfer: number },
    before: Promise<void>,
    private readonly _audience: IUploadAudience
  ) {
    this._steps = before;
    this._then(async () => {
      const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
      this._file = await open(this._part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
      this._tell(false);
    });
  }

  /** Nothing more is taken. */
  get ended(): boolean {
    return this._ended;
  }

  /** When all that is asked for until now is done; once it has ended, when it is gone. */
  get steps(): Promise<void> {
    return this._steps;
  }

  /** Who sends it from now on, by this number: told how far it has come. */
  goOn(peer: Peer, transfer: number): void {
    this._to = { peer, transfer };
    if (this._resuming) {
      return;
    }
    this._resuming = true;
    this._then(() => {
      // All that came over the connection before is written by now.
      this._resuming = false;
      this._tell(false);
      return Promise.resolve();
    });
  }

  /**
   * Each piece is as large as may be: what is queued for the disk is then
   * bounded by its count too.
   * @throws PeerError out of turn, too small or large, or more than may be under way
   */
  take({ offset, bytes, chunks }: IPiece): void {
    if (this._ended) {
      return;
    }
    if (offset !== this._received) {
      throw new PeerError(`a piece at byte ${offset} of a result, not ${this._received}`);
    }
    const count = Math.min(CONTENT_LIMITS.pieceBytes, this.order.size - offset);
    if (bytes !== count) {
      throw new PeerError(`a piece of ${bytes} bytes of a result, not ${count}`);
    }
    this._received += bytes;
    if (this._received - this._taken > CONTENT_LIMITS.windowBytes) {
      throw new PeerError(`over ${CONTENT_LIMITS.windowBytes} bytes of a result at once`);
    }
    this._then(async () => {
      await this._write(chunks, bytes);
    });
  }

  /** Nobody needs it any more. */
  giveUp(): void {
    this._end();
    this._then(() => Promise.resolve());
  }

  /** Gives it up; whoever still sends it may begin anew soon. */
  makeRoom(): void {
    this._refuse('it has not moved for long, and others of its pool need its place', true);
    this.giveUp();
  }

  private async _write(chunks: readonly Buffer[], bytes: number): Promise<void> {
    const written = this._file?.writev(chunks);
    // While another thread writes.
    chunks.forEach(chunk => this._hash.update(chunk));
    await this._writeRest(chunks, (await written)?.bytesWritten ?? bytes);
    this._taken += bytes;
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

  /** A disk may take less at once: all that is behind the first `done` bytes. */
  private async _writeRest(chunks: readonly Buffer[], done: number): Promise<void> {
    let before = 0;
    for (const chunk of chunks) {
      let at = Math.max(0, done - before);
      before += chunk.length;
      while (at < chunk.length) {
        at += (await this._file?.write(chunk, at))?.bytesWritten ?? chunk.length;
      }
    }
  }

  /** Does one thing after the other; the first that fails ends it. */
  private _then(step: () => Promise<void>): void {
    this._steps = this._steps.then(async () => {
      try {
        if (!this._ended) {
          await step();
        }
      } catch (error) {
        this._refuse(problemOf(error, dirname(this._path)), false);
        this._end();
      }
      if (this._ended && !this._removed) {
        this._removed = true;
        await this._remove();
      }
    });
  }

  private async _remove(): Promise<void> {
    let problem: unknown = null;
    try {
      try {
        await this._close();
      } finally {
        await rm(this._part, { force: true });
      }
    } catch (error) {
      problem = error;
    }
    this._audience.gone(problem);
  }

  private _refuse(problem: string, later: boolean): void {
    const { peer, transfer } = this._to;
    peer.send('content.failed', { transfer, problem, later });
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
      this._audience.over();
    }
  }

  private async _close(): Promise<void> {
    const file = this._file;
    this._file = null;
    await file?.close();
  }

  private get _part(): string {
    return partOf(this._path);
  }

  private readonly _hash = createHash('sha256');
  private _file: FileHandle | null = null;
  private _steps: Promise<void>;
  private _resuming = false;
  private _received = 0;
  private _taken = 0;
  private _ended = false;
  private _removed = false;
}
