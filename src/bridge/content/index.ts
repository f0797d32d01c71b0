import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CONTENT_FOLDER,
  CONTENT_LIMITS,
  RESULTS_FOLDER,
  RunFolderName,
  partOf,
  resultName,
  type PoolStartId
} from '../../protocol';
import type { IBridgeContext } from '../tokens';
import { readPiece } from './pieces';
import { Reads } from './reads';
import type { IContents, Peer, Place, ReadOrder, WriteOrder } from './tokens';
import type { Upload } from './upload';
import { Uploads } from './uploads';

export type { IContents, Place } from './tokens';

/** What one agent has under way over the connection it has now. */
interface IDesk {
  readonly reads: Reads;
  readonly writes: Map<number, Upload>;
}

/** See IContents. */
export class Contents implements IContents {
  constructor(private readonly _context: Pick<IBridgeContext, 'folders' | 'log'>) {
    this._uploads = new Uploads(_context.log);
  }

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
    const { transfer } = order;
    const known = this._uploads.known(order);
    if (known !== null) {
      this._forget(known);
      writes.set(transfer, known);
      known.goOn(peer, transfer);
      return;
    }
    const folder = join(this.folder(place.run), RESULTS_FOLDER);
    const upload = this._uploads.begin(folder, order, peer, ended => this._forget(ended));
    if (upload === null) {
      const problem = `over ${CONTENT_LIMITS.writes} results of its pool at once`;
      refuse(peer, { kind: 'later', problem }, transfer);
    } else {
      writes.set(transfer, upload);
    }
  }

  piece(peer: Peer, ...frame: readonly Buffer[]): void {
    const piece = readPiece(...frame);
    // One that has failed is not known any more, while its pieces are under way.
    const upload = this._desks.get(peer)?.writes.get(piece.transfer);
    if (upload !== undefined) {
      upload.take(piece);
      this._uploads.moved(upload);
    }
  }

  dropped(peer: Peer, transfer: number): void {
    this._desks.get(peer)?.writes.get(transfer)?.giveUp();
  }

  left(peer: Peer): void {
    this._desks.get(peer)?.reads.close();
    this._desks.delete(peer);
  }

  startEnded(start: PoolStartId, run: RunFolderName | null): void {
    this._uploads.startEnded(start);
    if (run !== null) {
      void this._removeParts(start, join(this.folder(run), RESULTS_FOLDER));
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

  private async _removeParts(start: PoolStartId, folder: string): Promise<void> {
    try {
      const names = await namesIn(folder);
      const parts = names.filter(name => isPartOf(start, name));
      await Promise.all(parts.map(name => rm(join(folder, name), { force: true })));
    } catch (error) {
      this._context.log.error('content.part', error, { start });
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

  /** It has no number any more. */
  private _forget(upload: Upload): void {
    for (const { writes } of this._desks.values()) {
      for (const [number, own] of writes) {
        if (own === upload) {
          writes.delete(number);
        }
      }
    }
  }

  private _deskOf(peer: Peer): IDesk {
    const known = this._desks.get(peer);
    if (known !== undefined) {
      return known;
    }
    const desk: IDesk = { reads: new Reads(peer, this._context.log), writes: new Map() };
    this._desks.set(peer, desk);
    return desk;
  }

  private get _runs(): string {
    return join(this._context.folders.state, 'runs');
  }

  private readonly _desks = new Map<Peer, IDesk>();
  private readonly _uploads: Uploads;
}

function refuse(peer: Peer, place: Exclude<Place, { kind: 'folder' }>, transfer: number): void {
  peer.send('content.failed', { transfer, problem: place.problem, later: place.kind === 'later' });
}

/** Whether a file of this name is what a worker of that pool start left half written. */
function isPartOf(start: PoolStartId, name: string): boolean {
  const task = name.slice(start.length + 1).split('.')[0];
  return name === partOf(resultName(start, Number(task)));
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
