import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ContentHash,
  FRAME_HEADER_BYTES,
  PilotId,
  PoolStartId,
  RunFolderName
} from '../../protocol';
import { Contents, type Place } from '.';
import { readPiece } from './pieces';
import type { Peer, ReadOrder, WriteOrder } from './tokens';

export const RUN = RunFolderName.parse(`1795306772-${process.pid}-x-0123456789abcdef`);
export const START = PoolStartId.parse('p1.ab');
export const FOLDER: Place = { kind: 'folder', run: RUN };

/** An agent that keeps what it is told; its connection takes pieces only when it is `open`. */
export class Agent implements Peer {
  readonly pilot = PilotId.parse('p1');
  readonly told: { method: string; params: Record<string, unknown> }[] = [];
  readonly pieces: { transfer: number; offset: number; bytes: Buffer }[] = [];
  open: Promise<boolean> = Promise.resolve(true);
  most = 0;
  private _under = 0;

  readonly content = {
    piece: async (frame: Buffer): Promise<boolean> => {
      this._under += 1;
      this.most = Math.max(this.most, this._under);
      const went = await this.open;
      this._under -= 1;
      const piece = readPiece(frame.subarray(FRAME_HEADER_BYTES));
      this.pieces.push({ ...piece, bytes: Buffer.concat(piece.chunks) });
      return went;
    }
  };

  send(method: string, params: unknown): void {
    this.told.push({ method, params: params as Record<string, unknown> });
  }

  of(method: string): Record<string, unknown>[] {
    return this.told.filter(told => told.method === method).map(({ params }) => params);
  }
}

/** What names contents of these bytes. */
export const hashOf = (data: Buffer): ContentHash =>
  ContentHash.parse(createHash('sha256').update(data).digest('hex'));

/** An agent's wish for a piece of what has these bytes. */
export const readOrder = (
  data: Buffer,
  offset: number,
  bytes: number,
  transfer = 1
): ReadOrder => ({
  transfer,
  start: START,
  hash: hashOf(data),
  offset,
  bytes
});

/** An agent's offer of a result of these bytes. */
export const writeOrder = (
  data: Buffer,
  transfer: number,
  more: Partial<WriteOrder> = {}
): WriteOrder => ({
  transfer,
  start: START,
  task: 4,
  hash: hashOf(data),
  size: data.length,
  ...more
});

/** This process's descriptors of files in a folder. */
export const descriptors = (folder: string): number[] =>
  readdirSync('/proc/self/fd')
    .filter(name => {
      try {
        return readlinkSync(join('/proc/self/fd', name)).startsWith(folder);
      } catch {
        return false; // The one of this very listing is closed by now.
      }
    })
    .map(Number);

/** A bridge's contents, in a state folder of their own where one run has a folder for them. */
export class ContentRoom {
  constructor() {
    mkdirSync(join(this.folder, 'results'), { recursive: true });
    this.contents = new Contents({
      folders: { state: this.state, runtime: this.state },
      log: {
        info: () => undefined,
        warn: () => undefined,
        error: event => void this.errors.push(event)
      }
    });
  }

  readonly state = mkdtempSync(join(tmpdir(), 'ph-'));
  readonly folder = join(this.state, 'runs', RUN, 'content');
  readonly contents: Contents;
  /** What the log was told as an error. */
  readonly errors: string[] = [];

  /** Names of the results that are there. */
  results(): string[] {
    return readdirSync(join(this.folder, 'results'));
  }

  dispose(): void {
    rmSync(this.state, { recursive: true, force: true });
  }
}
