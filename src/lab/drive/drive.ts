import { URLExt } from '@jupyterlab/coreutils';
import type { Contents, ServerConnection } from '@jupyterlab/services';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { HostEntry } from '../../protocol';
import { LIMITS } from '../../protocol';
import { poolsOf } from '../model';
import type { ISurroundings } from '../views';
import { bytes as sizeOf } from '../words';
import { bytesOf, decoded, encoded, modelOf } from './content';
import type { Unfit } from './content';
import type { FileFailure } from './failure';
import { failureOf, unusable } from './failure';
import { LookedAt } from './lookedAt';
import type { ISpot } from './paths';
import {
  DRIVE,
  firstFree,
  folderOf,
  isName,
  joined,
  nameOf,
  partsOf,
  spotOf,
  stemOf
} from './paths';
import { readWhole, writeWhole } from './pieces';
import type { Refusal } from './uploads';
import { Uploads } from './uploads';

/** Larger files are not opened in a page; they are downloaded. */
export const OPENED_BYTES = 10 * 1024 * 1024;

/** What came of listing a folder. */
export interface IListed {
  readonly localPath: string;
  readonly failure: FileFailure | null;
  /** There are more entries than are listed. */
  readonly more: boolean;
}

/**
 * The files of places' submit hosts in JupyterLab: `pilothouse:ospool/home/alice` is alice's home
 * folder there. All that it knows it asks the bridge; it keeps nothing and asks nothing by itself.
 */
export class PilothouseDrive implements Contents.IDrive {
  constructor(private readonly _options: PilothouseDrive.IOptions) {
    const { model, clock } = _options.surroundings;
    this._lookedAt = new LookedAt(clock);
    this._uploads = new Uploads(model, clock);
  }

  readonly name = DRIVE;

  get serverSettings(): ServerConnection.ISettings {
    return this._options.settings();
  }

  get fileChanged(): ISignal<this, Contents.IChangedArgs> {
    return this._fileChanged;
  }

  /** Emitted when a folder has been listed, or could not be. */
  get listed(): ISignal<this, IListed> {
    return this._listed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
    }
  }

  /** @throws FileFailure 404 where there is none */
  get(localPath: string, options?: Contents.IFetchOptions): Promise<Contents.IModel> {
    const withContent = options === undefined || options.content === true;
    const spot = spotOf(localPath);
    // As a file browser asks; a document says what it wants to open, and shows what goes wrong.
    const isListing = withContent && options?.type === undefined;
    const work = async (): Promise<Contents.IModel> => {
      if (spot === null) {
        return this._root(localPath);
      }
      const { entry } = await this._call('files.stat', spot);
      if (entry === null) {
        throw this._none(localPath, spot);
      }
      const found = this._modelOf(localPath, entry);
      if (found.type === 'directory') {
        return withContent ? { ...found, ...(await this._list(localPath, spot)) } : found;
      }
      if (!withContent) {
        this._lookedAt.note(localPath, entry.modifiedAtMs);
        return found;
      }
      return { ...found, ...(await this._read(localPath, spot, options)) };
    };
    return this._told(localPath, work, isListing);
  }

  /** Answers at once, also for what is not there: the route says what is wrong. */
  getDownloadUrl(localPath: string): Promise<string> {
    const { baseUrl } = this.serverSettings;
    const path = partsOf(localPath).map(encodeURIComponent).join('/');
    const url = URLExt.join(baseUrl, DRIVE, 'files', path);
    // As JupyterLab's own drive: a hub asks for it where a link is followed.
    const xsrf = /\b_xsrf=([^;]*)/.exec(document.cookie)?.[1];
    return Promise.resolve(
      xsrf === undefined ? url : `${url}?_xsrf=${encodeURIComponent(decodeURIComponent(xsrf))}`
    );
  }

  newUntitled(options: Contents.ICreateOptions = {}): Promise<Contents.IModel> {
    const folder = partsOf(options.path ?? '').join('/');
    return this._told(folder, async () => {
      const taken = new Set((await this._entries(this._spot(folder))).map(({ name }) => name));
      const { trans } = this._options.surroundings;
      const name = firstFree(taken, number => {
        const ending = number === 0 ? '' : String(number);
        switch (options.type) {
          case 'directory':
            return [trans.__('Untitled Folder'), ending].filter(Boolean).join(' ');
          case 'notebook':
            return `${trans.__('Untitled')}${ending}.ipynb`;
          default:
            return `${trans.__('untitled')}${ending}${withDot(options.ext ?? '')}`;
        }
      });
      const localPath = joined(folder, name);
      const spot = this._spot(localPath);
      const entry =
        options.type === 'directory'
          ? await this._call('files.makeFolder', spot)
          : await this._write(spot, encoded(emptyOf(options.type)), { modifiedAtMs: null });
      return this._made(localPath, entry);
    });
  }

  delete(localPath: string): Promise<void> {
    return this._told(localPath, async () => {
      await this._call('files.remove', this._insidePlace(localPath));
      this._fileChanged.emit({
        type: 'delete',
        oldValue: { path: partsOf(localPath).join('/') },
        newValue: null
      });
    });
  }

  rename(oldLocalPath: string, newLocalPath: string): Promise<Contents.IModel> {
    return this._told(oldLocalPath, async () => {
      const { trans } = this._options.surroundings;
      const from = this._insidePlace(oldLocalPath);
      const to = this._insidePlace(newLocalPath);
      if (from.pool !== to.pool) {
        const problem = trans.__('between places a file is downloaded and uploaded');
        throw unusable(trans, oldLocalPath, from.path, problem);
      }
      const entry = await this._call('files.rename', { ...from, to: to.path });
      const renamed = this._modelOf(newLocalPath, entry);
      this._fileChanged.emit({
        type: 'rename',
        oldValue: { path: partsOf(oldLocalPath).join('/') },
        newValue: renamed
      });
      return renamed;
    });
  }

  /** Of an upload (JupyterLab: `chunk` 1, 2, …, -1 is the last), one piece; else the whole file. */
  save(
    localPath: string,
    options: Partial<Contents.IModel> & Contents.IContentProvisionOptions = {}
  ): Promise<Contents.IModel> {
    return this._told(localPath, async () => {
      const spot = this._insidePlace(localPath);
      if (options.type === 'directory') {
        return this._made(localPath, await this._call('files.makeFolder', spot));
      }
      const isUpload = 'chunk' in options;
      const entry = isUpload
        ? await this._upload(localPath, spot, options)
        : await this._write(spot, encoded(options), this._lookedAt.expected(localPath));
      if (entry === null) {
        return this._modelOf(localPath, PART);
      }
      const saved = this._modelOf(localPath, entry);
      this._fileChanged.emit({ type: 'save', oldValue: null, newValue: saved });
      return saved;
    });
  }

  copy(localPath: string, toLocalDir: string): Promise<Contents.IModel> {
    return this._told(localPath, async () => {
      const bytes = await this._whole(localPath, this._insidePlace(localPath));
      const taken = new Set((await this._entries(this._spot(toLocalDir))).map(({ name }) => name));
      const [stem, ending] = stemOf(nameOf(localPath));
      const name = taken.has(stem + ending)
        ? firstFree(taken, number => `${stem}-Copy${number}${ending}`, 1)
        : stem + ending;
      const to = joined(toLocalDir, name);
      return this._made(to, await this._write(this._spot(to), bytes, { modifiedAtMs: null }));
    });
  }

  /** Nothing is kept of what was saved before: there is none to go back to. */
  createCheckpoint(): Promise<Contents.ICheckpointModel> {
    return Promise.resolve({ id: '', last_modified: '' });
  }

  listCheckpoints(): Promise<Contents.ICheckpointModel[]> {
    return Promise.resolve([]);
  }

  restoreCheckpoint(localPath: string): Promise<void> {
    return Promise.reject(this._noCheckpoint(localPath));
  }

  deleteCheckpoint(localPath: string): Promise<void> {
    return Promise.reject(this._noCheckpoint(localPath));
  }

  /** The places. */
  private _root(localPath: string): Contents.IModel {
    if (partsOf(localPath).length > 0) {
      const { trans } = this._options.surroundings;
      const problem = trans.__('there is no such place');
      throw unusable(trans, localPath, localPath, problem, 404);
    }
    const { model } = this._options.surroundings;
    const content = poolsOf(model.picture).map(({ pool }) =>
      this._modelOf(pool, { ...FOLDER, name: pool })
    );
    this._listed.emit({ localPath: '', failure: null, more: false });
    return { ...this._modelOf('', FOLDER), format: 'json', content };
  }

  private async _list(
    localPath: string,
    spot: ISpot
  ): Promise<Pick<Contents.IModel, 'format' | 'content'>> {
    const { entries, more } = await this._call('files.list', spot);
    this._listed.emit({ localPath: partsOf(localPath).join('/'), failure: null, more });
    const content = entries
      // What a machine says is a name need not be one.
      .filter(({ name }) => isName(name))
      .map(entry => this._modelOf(joined(localPath, entry.name), entry));
    return { format: 'json', content };
  }

  private async _entries(spot: ISpot): Promise<HostEntry[]> {
    return (await this._call('files.list', spot)).entries;
  }

  private async _read(
    localPath: string,
    spot: ISpot,
    options: Contents.IFetchOptions = {}
  ): Promise<Pick<Contents.IModel, 'type' | 'format' | 'content'>> {
    const found = decoded(localPath, await this._whole(localPath, spot), options);
    if (typeof found === 'string') {
      const { trans } = this._options.surroundings;
      throw unusable(trans, localPath, spot.path, this._unfit(found));
    }
    return found;
  }

  private async _whole(localPath: string, spot: ISpot): Promise<Uint8Array<ArrayBuffer>> {
    const { model, trans } = this._options.surroundings;
    const found = await readWhole(model, spot, OPENED_BYTES);
    if (found.kind === 'large') {
      const problem = trans.__(
        'it has %1, and files of more than %2 are not opened here; download it instead',
        sizeOf(trans, found.size),
        sizeOf(trans, OPENED_BYTES)
      );
      throw unusable(trans, localPath, spot.path, problem);
    }
    return found.bytes;
  }

  private _write(
    spot: ISpot,
    bytes: Uint8Array,
    expected: { modifiedAtMs?: number | null }
  ): Promise<HostEntry> {
    const { model, clock } = this._options.surroundings;
    return writeWhole(model, clock, spot, bytes, expected);
  }

  /** null: there is more to come. */
  private async _upload(
    localPath: string,
    spot: ISpot,
    options: Partial<Contents.IModel>
  ): Promise<HostEntry | null> {
    const { trans } = this._options.surroundings;
    const bytes = bytesOf(typeof options.content === 'string' ? options.content : '');
    const { chunk } = options;
    if (chunk === undefined) {
      return this._write(spot, bytes, {});
    }
    if (bytes.length > LIMITS.fileBytes) {
      throw unusable(trans, localPath, spot.path, this._refusal('no beginning'));
    }
    const sent = await this._uploads.add(spot, bytes, chunk);
    if (sent.kind === 'refused') {
      throw unusable(trans, localPath, spot.path, this._refusal(sent.why));
    }
    return sent.entry;
  }

  private _refusal(why: Refusal): string {
    const { trans } = this._options.surroundings;
    switch (why) {
      case 'no beginning':
        return trans.__('upload it from its beginning');
      case 'under way':
        return trans.__(
          'an upload to it is under way; wait until that has ended, then upload it again'
        );
    }
  }

  private _made(localPath: string, entry: HostEntry): Contents.IModel {
    const made = this._modelOf(localPath, entry);
    this._fileChanged.emit({ type: 'new', oldValue: null, newValue: made });
    return made;
  }

  private _modelOf(localPath: string, entry: HostEntry): Contents.IModel {
    return modelOf(partsOf(localPath).join('/'), entry, this._options.mimeTypeOf);
  }

  private _spot(localPath: string): ISpot {
    const spot = spotOf(localPath);
    if (spot === null) {
      const { trans } = this._options.surroundings;
      const problem = trans.__('here are places; open one first');
      throw unusable(trans, localPath, `${DRIVE}:${localPath}`, problem);
    }
    return spot;
  }

  /** Of something in a place, not the place itself. */
  private _insidePlace(localPath: string): ISpot {
    return this._spot(folderOf(localPath) === '' ? '' : localPath);
  }

  private _none(localPath: string, spot: ISpot): FileFailure {
    const { trans } = this._options.surroundings;
    return unusable(trans, localPath, spot.path, trans.__('there is none'), 404);
  }

  private _noCheckpoint(localPath: string): FileFailure {
    const { trans } = this._options.surroundings;
    const problem = trans.__('of files there, no checkpoints are kept');
    return unusable(trans, localPath, spotOf(localPath)?.path ?? localPath, problem);
  }

  private _unfit(unfit: Unfit): string {
    const { trans } = this._options.surroundings;
    switch (unfit) {
      case 'no text':
        return trans.__('it is no text in UTF-8');
      case 'no notebook':
        return trans.__('it is no notebook');
      case 'old notebook':
        return trans.__(
          'it is a notebook of an old form; “jupyter nbconvert” brings it up to date'
        );
    }
  }

  private readonly _call: ISurroundings['model']['call'] = (method, params) =>
    this._options.surroundings.model.call(method, params);

  /** Does what is asked; whatever goes wrong is thrown as JupyterLab wants it. */
  private async _told<T>(localPath: string, work: () => Promise<T>, isListing = false): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const failure = failureOf(this._options.surroundings.trans, error, localPath);
      if (isListing) {
        this._listed.emit({ localPath: partsOf(localPath).join('/'), failure, more: false });
      }
      throw failure;
    }
  }

  private readonly _uploads: Uploads;
  private readonly _lookedAt: LookedAt;
  private readonly _fileChanged = new Signal<this, Contents.IChangedArgs>(this);
  private readonly _listed = new Signal<this, IListed>(this);
  private _isDisposed = false;
}

export namespace PilothouseDrive {
  export interface IOptions {
    surroundings: Pick<ISurroundings, 'model' | 'trans' | 'clock'>;
    /** Asked for each time: Lab may change its server. */
    settings: () => ServerConnection.ISettings;
    mimeTypeOf: (localPath: string) => string;
  }
}

/** A folder that no machine tells of. */
const FOLDER: HostEntry = { name: '', kind: 'folder', size: 0, modifiedAtMs: 0, writable: false };
/** A file of which pieces are still to come. */
const PART: HostEntry = { name: '', kind: 'file', size: 0, modifiedAtMs: 0, writable: true };

const withDot = (ending: string): string =>
  ending === '' || ending.startsWith('.') ? ending : `.${ending}`;

/** What a new file holds. */
function emptyOf(
  type: Contents.ContentType | undefined
): Pick<Contents.IModel, 'type' | 'format' | 'content'> {
  return type === 'notebook'
    ? {
        type,
        format: 'json',
        content: { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }
      }
    : { type: 'file', format: 'text', content: '' };
}
