import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CONTENT_FOLDER,
  CONTENT_LIMITS,
  RESULTS_FOLDER,
  RunFolderName,
  resultName,
  type PoolStartId
} from '../../protocol';
import type { IBridgeContext } from '../tokens';
import { PeerError } from '../tunnels/peerError';
import { readPiece } from './pieces';
import { Reads } from './reads';
import type { IContents, Peer, Place, ReadOrder, WriteOrder } from './tokens';
import { Upload } from './upload';

export type { IContents, Place } from './tokens';

/** What one agent has under way over the connection it has now. */
interface IDesk {
  readonly reads: Reads;
  readonly writes: Map<number, Upload>;
}

/** See IContents. */
export class Contents implements IContents {
  constructor(private readonly _context: Pick<IBridgeContext, 'folders' | 'log'>) {}

  folder(run: RunFolderName): string {
    return join(this._runs, run, CONTENT_FOLDER);
  }

  read(peer: Peer, place: Place, order: ReadOrder): void {
    if (place.kind === 'folder') {
      this._deskOf(peer).reads.add(join(this.folder(place.run), order.hash), order);
    } else {
      refuse(peer, place, order.transfer);
    }
  }

  write(peer: Peer, place: Place, order: WriteOrder): void {
    if (place.kind !== 'folder') {
      refuse(peer, place, order.transfer);
      return;
    }
    const { writes } = this._deskOf(peer);
    if (writes.size >= CONTENT_LIMITS.writes) {
      throw new PeerError(`over ${CONTENT_LIMITS.writes} results at once`);
    }
    const { start, task, hash, size, transfer } = order;
    const name = resultName(start, task);
    const known = this._uploads.get(name);
    if (known?.order.hash === hash && known.order.size === size) {
      writes.set(transfer, known);
      known.goOn(peer, transfer);
      return;
    }
    known?.giveUp();
    const path = join(this.folder(place.run), RESULTS_FOLDER, name);
    const upload = new Upload(path, order, { peer, transfer }, () => {
      if (this._uploads.get(name) === upload) {
        this._uploads.delete(name);
      }
      for (const desk of this._desks.values()) {
        for (const [number, own] of desk.writes) {
          if (own === upload) {
            desk.writes.delete(number);
          }
        }
      }
    });
    this._uploads.set(name, upload);
    writes.set(transfer, upload);
  }

  piece(peer: Peer, frame: Buffer): void {
    const piece = readPiece(frame);
    // One that has failed is not known any more, while its pieces are under way.
    this._desks.get(peer)?.writes.get(piece.transfer)?.take(piece);
  }

  left(peer: Peer): void {
    this._desks.get(peer)?.reads.close();
    this._desks.delete(peer);
  }

  startEnded(start: PoolStartId): void {
    for (const upload of [...this._uploads.values()]) {
      if (upload.order.start === start) {
        upload.giveUp();
      }
    }
  }

  kernelGone(run: RunFolderName): void {
    void this._remove(run);
  }

  async clean(): Promise<void> {
    for (const name of await namesIn(this._runs)) {
      const run = RunFolderName.safeParse(name);
      if (run.success && !isRunning(Number(name.split('-')[1]))) {
        await this._remove(run.data);
      }
    }
  }

  private async _remove(run: RunFolderName): Promise<void> {
    try {
      // A worker that is being killed may still write.
      await rm(this.folder(run), { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      this._context.log.error('content.left', error, { run });
    }
  }

  private _deskOf(peer: Peer): IDesk {
    const known = this._desks.get(peer);
    if (known !== undefined) {
      return known;
    }
    const desk: IDesk = { reads: new Reads(peer), writes: new Map() };
    this._desks.set(peer, desk);
    return desk;
  }

  private get _runs(): string {
    return join(this._context.folders.state, 'runs');
  }

  private readonly _desks = new Map<Peer, IDesk>();
  /** By the names of their results. */
  private readonly _uploads = new Map<string, Upload>();
}

function refuse(peer: Peer, place: Exclude<Place, { kind: 'folder' }>, transfer: number): void {
  peer.send('content.failed', { transfer, problem: place.problem, later: place.kind === 'later' });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return [];
    }
    throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
