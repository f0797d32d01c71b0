import { join } from 'node:path';
import { CONTENT_LIMITS, resultName, type PoolStartId } from '../../protocol';
import type { ILog } from '../tokens';
import type { Peer, WriteOrder } from './tokens';
import { Upload } from './upload';

/**
 * The results that are on their way from all pilots. What is counted is what
 * one pool start has here, over however many connections it came: an agent
 * that dials again, or says nothing of results whose workers have died, leaves
 * no more descriptors and parts than `CONTENT_LIMITS.writes`.
 */
export class Uploads {
  constructor(private readonly _log: Pick<ILog, 'error'>) {}

  /** The one that this order goes on with. One of the same task but other bytes is given up. */
  known({ start, task, hash, size }: WriteOrder): Upload | null {
    for (const upload of this._ofStarts.get(start) ?? []) {
      if (upload.order.task !== task || upload.ended) {
        continue;
      }
      if (upload.order.hash === hash && upload.order.size === size) {
        this.moved(upload);
        return upload;
      }
      upload.giveUp();
    }
    return null;
  }

  /**
   * @param folder of results
   * @param over called once, when it is done, has failed or was given up
   * @returns null: there is no room, but will be soon
   */
  begin(
    folder: string,
    order: WriteOrder,
    peer: Peer,
    over: (upload: Upload) => void
  ): Upload | null {
    const { start, task, transfer } = order;
    const own = this._ofStarts.get(start) ?? new Set();
    if (own.size >= CONTENT_LIMITS.writes) {
      makeRoom(own);
      return null;
    }
    const path = join(folder, resultName(start, task));
    const before = [...own].filter(each => each.order.task === task).map(each => each.steps);
    const upload = new Upload(path, order, { peer, transfer }, Promise.all(before).then(nothing), {
      over: () => over(upload),
      gone: error => {
        own.delete(upload);
        if (own.size === 0) {
          this._ofStarts.delete(start);
        }
        if (error !== null) {
          this._log.error('content.part', error, { path });
        }
      }
    });
    own.add(upload);
    this._ofStarts.set(start, own);
    return upload;
  }

  /** Something has come of it. */
  moved(upload: Upload): void {
    const own = this._ofStarts.get(upload.order.start);
    if (own?.delete(upload) === true) {
      own.add(upload);
    }
  }

  /** Gives up all of it. */
  startEnded(start: PoolStartId): void {
    for (const upload of this._ofStarts.get(start) ?? []) {
      upload.giveUp();
    }
  }

  /** Until they are gone; the one that has not moved for longest first. */
  private readonly _ofStarts = new Map<PoolStartId, Set<Upload>>();
}

/**
 * Half of them go, those that have not moved for longest: an agent sends a
 * quarter of them at a time, so that nobody sends these any more. Only once
 * those that went before are gone.
 */
function makeRoom(own: ReadonlySet<Upload>): void {
  const uploads = [...own];
  if (!uploads.some(({ ended }) => ended)) {
    uploads.slice(0, uploads.length / 2).forEach(upload => upload.makeRoom());
  }
}

const nothing = (): void => undefined;
