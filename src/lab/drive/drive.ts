import { URLExt } from '@jupyterlab/coreutils';
import type { Contents, ServerConnection } from '@jupyterlab/services';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { HostEntry } from '../../protocol';
import { LIMITS } from '../../protocol';
import { DisposableBase } from '../disposable';
import type { ISurroundings } from '../views';
import { meant } from '../words';
import { bytesOf, encoded } from './content';
import { failureOf, FileFailure } from './failure';
import { LookedAt } from './lookedAt';
import type { ISpot } from './paths';
import { copyName, DRIVE, folderOf, joined, nameOf, partsOf, plain, spotOf } from './paths';
import { lacksLogin, Patience } from './patience';
import { writeWhole } from './pieces';
import { Reader } from './reader';
import { amongPlaces, betweenPlaces, noCheckpoint, notSent } from './refusals';
import { emptyOf, untitledName } from './untitled';
import { Uploads } from './uploads';

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
export class PilothouseDrive extends DisposableBase implements Contents.IDrive {
  constructor(private readonly _options: PilothouseDrive.IOptions) {
    super();
    const { model, clock } = _options.surroundings;
    this._reader = new Reader(_options);
    this._lookedAt = new LookedAt(clock);
    this._uploads = new Uploads(model, clock);
    this.patience = new Patience(model, clock);
  }

  readonly name = DRIVE;
  /** What documents wait for. */
  readonly patience: Patience;

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

  /**
   * Where nobody is logged in a document waits for that; who only looks whether there is something
   * to be opened, as JupyterLab does when a page is loaded, is told that there is.
   *
   * @throws FileFailure 404 where there is none
   */
  async get(
    localPath: string,
    options: Contents.IFetchOptions = { content: true }
  ): Promise<Contents.IModel> {
    const withContent = options.content === true;
    const spot = spotOf(localPath);
    // As a file browser asks; a document says what it wants to open, and shows what goes wrong.
    const isListing = withContent && options.type === undefined;
    const work = async (): Promise<Contents.IModel> => {
      if (spot === null) {
        const root = this._reader.places(localPath);
        this._listed.emit({ localPath: '', failure: null, more: false });
        return root;
      }
      const entry = await this._reader.entry(localPath, spot);
      const found = this._reader.modelOf(localPath, entry);
      if (found.type !== 'directory') {
        if (withContent) {
          return { ...found, ...(await this._reader.file(localPath, spot, options)) };
        }
        this._lookedAt.note(localPath, entry.modifiedAtMs);
      } else if (withContent) {
        const { inside, more } = await this._reader.folder(localPath, spot);
        this._listed.emit({ localPath: found.path, failure: null, more });
        return { ...found, ...inside };
      }
      return found;
    };
    if (spot !== null && options.type !== undefined) {
      return this.patience.until(spot.pool, work, error => this._failure(error, localPath));
    }
    try {
      return await this._told(localPath, work, isListing);
    } catch (error) {
      // Before it saves, JupyterLab looks too, and wants to know more.
      const isGlance = !withContent && options.hash !== true;
      if (isGlance && error instanceof FileFailure && lacksLogin(error)) {
        return this._reader.modelOf(localPath, UNSEEN);
      }
      throw error;
    }
  }

  /** Answers at once, also for what is not there: the route says what is wrong. */
  getDownloadUrl(localPath: string): Promise<string> {
    const { baseUrl } = this.serverSettings;
    const path = partsOf(localPath)
      .map(part => encodeURIComponent(meant(part)))
      .join('/');
    const url = URLExt.join(baseUrl, DRIVE, 'files', path);
    // As JupyterLab's own drive: a hub asks for it where a link is followed.
    const xsrf = /\b_xsrf=([^;]*)/.exec(document.cookie)?.[1];
    return Promise.resolve(
      xsrf === undefined ? url : `${url}?_xsrf=${encodeURIComponent(decodeURIComponent(xsrf))}`
    );
  }

  newUntitled(options: Contents.ICreateOptions = {}): Promise<Contents.IModel> {
    const folder = plain(options.path ?? '');
    return this._told(folder, async () => {
      const { trans } = this._options.surroundings;
      const taken = await this._reader.names(this._spot(folder));
      const name = untitledName(trans, options, taken);
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
        oldValue: { path: plain(localPath) },
        newValue: null
      });
    });
  }

  rename(oldLocalPath: string, newLocalPath: string): Promise<Contents.IModel> {
    return this._told(oldLocalPath, async () => {
      const from = this._insidePlace(oldLocalPath);
      const to = this._insidePlace(newLocalPath);
      if (from.pool !== to.pool) {
        throw betweenPlaces(this._options.surroundings.trans, oldLocalPath, from);
      }
      const entry = await this._call('files.rename', { ...from, to: to.path });
      const renamed = this._reader.modelOf(newLocalPath, entry);
      this._fileChanged.emit({
        type: 'rename',
        oldValue: { path: plain(oldLocalPath) },
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
        return this._reader.modelOf(localPath, UNSEEN);
      }
      const saved = this._reader.modelOf(localPath, entry);
      this._fileChanged.emit({ type: 'save', oldValue: null, newValue: saved });
      return saved;
    });
  }

  copy(localPath: string, toLocalDir: string): Promise<Contents.IModel> {
    return this._told(localPath, async () => {
      const bytes = await this._reader.bytes(localPath, this._insidePlace(localPath));
      const taken = await this._reader.names(this._spot(toLocalDir));
      const name = copyName(nameOf(localPath), taken);
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
    return Promise.reject(noCheckpoint(this._options.surroundings.trans, localPath));
  }

  deleteCheckpoint(localPath: string): Promise<void> {
    return Promise.reject(noCheckpoint(this._options.surroundings.trans, localPath));
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
      throw notSent(trans, localPath, spot, 'no beginning');
    }
    const sent = await this._uploads.add(spot, bytes, chunk);
    if (sent.kind === 'refused') {
      throw notSent(trans, localPath, spot, sent.why);
    }
    return sent.entry;
  }

  private _made(localPath: string, entry: HostEntry): Contents.IModel {
    const made = this._reader.modelOf(localPath, entry);
    this._fileChanged.emit({ type: 'new', oldValue: null, newValue: made });
    return made;
  }

  private _spot(localPath: string): ISpot {
    const spot = spotOf(localPath);
    if (spot === null) {
      throw amongPlaces(this._options.surroundings.trans, localPath);
    }
    return spot;
  }

  /** Of something in a place, not the place itself. */
  private _insidePlace(localPath: string): ISpot {
    return this._spot(folderOf(localPath) === '' ? '' : localPath);
  }

  private readonly _call: ISurroundings['model']['call'] = (method, params) =>
    this._options.surroundings.model.call(method, params);

  /** Does what is asked; whatever goes wrong is thrown as JupyterLab wants it. */
  private async _told<T>(localPath: string, work: () => Promise<T>, isListing = false): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const failure = this._failure(error, localPath);
      if (isListing) {
        this._listed.emit({ localPath: plain(localPath), failure, more: false });
      }
      throw failure;
    }
  }

  private _failure(error: unknown, localPath: string): FileFailure {
    return failureOf(this._options.surroundings.trans, error, localPath);
  }

  protected override release(): void {
    this.patience.dispose();
  }

  private readonly _reader: Reader;
  private readonly _uploads: Uploads;
  private readonly _lookedAt: LookedAt;
  private readonly _fileChanged = new Signal<this, Contents.IChangedArgs>(this);
  private readonly _listed = new Signal<this, IListed>(this);
}

export namespace PilothouseDrive {
  export interface IOptions {
    surroundings: Pick<ISurroundings, 'model' | 'trans' | 'clock'>;
    /** Asked for each time: Lab may change its server. */
    settings: () => ServerConnection.ISettings;
    mimeTypeOf: (localPath: string) => string;
  }
}

/** A file of which nobody can tell more yet: whether it is there, or pieces are still to come. */
const UNSEEN: HostEntry = { name: '', kind: 'file', size: 0, modifiedAtMs: 0, writable: true };
