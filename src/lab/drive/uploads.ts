import type { HostEntry } from '../../protocol';
import type { IClock } from '../clock';
import type { IPilothouseModel } from '../tokens';
import type { ISpot } from './paths';
import { Sending } from './pieces';

/** JupyterLab's number of an upload's first chunk; those after it count on. */
const FIRST = 1;
/** JupyterLab's number of an upload's last chunk. */
const LAST = -1;

/** JupyterLab sends the next chunk at once: an upload that waits longer has been left. */
export const LEFT_MS = 60_000;

/** Why a chunk is not sent: it belongs to no upload, or another to the same place is under way. */
export type Refusal = 'no beginning' | 'under way';

/** What came of a chunk; of the last one the file, of others null. */
export type Sent =
  | { readonly kind: 'sent'; readonly entry: HostEntry | null }
  | { readonly kind: 'refused'; readonly why: Refusal };

interface IUpload {
  readonly sending: Sending;
  /** The number of the chunk that comes next, if it is not the last. */
  next: number;
  /** A chunk is on its way. */
  isBusy: boolean;
  /** When its latest chunk had arrived. */
  restsSinceMs: number;
}

/**
 * The files that a page uploads in chunks. A chunk says its number and its path, and not which
 * upload it is of: so that two of one name are never mixed, a path has one at a time.
 */
export class Uploads {
  constructor(
    private readonly _model: IPilothouseModel,
    private readonly _clock: IClock
  ) {}

  /**
   * Sends a chunk, of at most `LIMITS.fileBytes`. An upload of which one fails is over.
   * @throws RequestFailure
   */
  async add(spot: ISpot, bytes: Uint8Array, chunk: number): Promise<Sent> {
    const key = JSON.stringify([spot.pool, spot.path]);
    const before = this._uploads.get(key);
    if (chunk === FIRST && before !== undefined && !this._isLeft(before)) {
      return { kind: 'refused', why: 'under way' };
    }
    const upload = chunk === FIRST ? this._begun(spot) : before;
    if (upload === undefined || upload.isBusy || (chunk !== LAST && chunk !== upload.next)) {
      return { kind: 'refused', why: 'no beginning' };
    }
    this._uploads.set(key, upload);
    upload.isBusy = true;
    let isOver = true;
    try {
      const entry = await upload.sending.add(bytes, chunk === LAST);
      isOver = chunk === LAST;
      return { kind: 'sent', entry };
    } finally {
      upload.isBusy = false;
      upload.next += 1;
      upload.restsSinceMs = this._clock.now();
      if (isOver) {
        this._uploads.delete(key);
      }
    }
  }

  private _begun(spot: ISpot): IUpload {
    const sending = new Sending(this._model, this._clock, spot);
    return { sending, next: FIRST, isBusy: false, restsSinceMs: this._clock.now() };
  }

  private _isLeft({ isBusy, restsSinceMs }: IUpload): boolean {
    return !isBusy && this._clock.now() - restsSinceMs > LEFT_MS;
  }

  private readonly _uploads = new Map<string, IUpload>();
}
