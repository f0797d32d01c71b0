import type { Contents } from '@jupyterlab/services';
import type { HostEntry } from '../../protocol';
import { poolsOf } from '../model';
import type { ISurroundings } from '../views';
import { legible } from '../words';
import type { IContent } from './content';
import { decoded, modelOf } from './content';
import type { ISpot } from './paths';
import { isName, joined, partsOf, plain } from './paths';
import { readWhole } from './pieces';
import { noneThere, noPlace, notFit, tooLarge } from './refusals';

/** Larger files are not opened in a page; they are downloaded. */
export const OPENED_BYTES = 10 * 1024 * 1024;

/** A folder that no machine tells of. */
const FOLDER: HostEntry = { name: '', kind: 'folder', size: 0, modifiedAtMs: 0, writable: false };

/** What stands in a folder. */
export interface IInside {
  readonly inside: Pick<Contents.IModel, 'format' | 'content'>;
  /** There are more entries than are told of. */
  readonly more: boolean;
}

/** Places, and the folders and files of their submit hosts, as what JupyterLab shows and opens. */
export class Reader {
  constructor(private readonly _options: Reader.IOptions) {}

  /** What JupyterLab lists and shows of a file or folder. */
  modelOf(localPath: string, entry: HostEntry): Contents.IModel {
    return modelOf(plain(localPath), entry, this._options.mimeTypeOf);
  }

  /** The drive itself, in which the places are. @throws FileFailure 404 for what can be no place */
  places(localPath: string): Contents.IModel {
    const { model, trans } = this._options.surroundings;
    if (partsOf(localPath).length > 0) {
      throw noPlace(trans, localPath);
    }
    const content = poolsOf(model.picture).map(({ pool }) =>
      this.modelOf(pool, { ...FOLDER, name: pool })
    );
    return { ...this.modelOf('', FOLDER), format: 'json', content };
  }

  /** @throws FileFailure 404 where there is none; RequestFailure */
  async entry(localPath: string, spot: ISpot): Promise<HostEntry> {
    const { model, trans } = this._options.surroundings;
    const { entry } = await model.call('files.stat', spot);
    if (entry === null) {
      throw noneThere(trans, localPath, spot);
    }
    return entry;
  }

  /** @throws RequestFailure */
  async folder(localPath: string, spot: ISpot): Promise<IInside> {
    const { model } = this._options.surroundings;
    const { entries, more } = await model.call('files.list', spot);
    const content = entries
      // What a machine says is a name need not be one.
      .filter(({ name }) => isName(name))
      .map(entry => this.modelOf(joined(localPath, legible(entry.name)), entry));
    return { inside: { format: 'json', content }, more };
  }

  /** The names in a folder, which a new thing there cannot have. @throws RequestFailure */
  async names(spot: ISpot): Promise<ReadonlySet<string>> {
    const { entries } = await this._options.surroundings.model.call('files.list', spot);
    return new Set(entries.map(({ name }) => legible(name)));
  }

  /** What a file holds, as what is asked for. @throws FileFailure if it is not that; RequestFailure */
  async file(
    localPath: string,
    spot: ISpot,
    asked: Contents.IFetchOptions = {}
  ): Promise<IContent> {
    const found = decoded(localPath, await this.bytes(localPath, spot), asked);
    if (typeof found === 'string') {
      throw notFit(this._options.surroundings.trans, localPath, spot, found);
    }
    return found;
  }

  /** A file's bytes. @throws FileFailure if they are more than `OPENED_BYTES`; RequestFailure */
  async bytes(localPath: string, spot: ISpot): Promise<Uint8Array<ArrayBuffer>> {
    const { model, trans } = this._options.surroundings;
    const found = await readWhole(model, spot, OPENED_BYTES);
    if (found.kind === 'large') {
      throw tooLarge(trans, localPath, spot, { size: found.size, most: OPENED_BYTES });
    }
    return found.bytes;
  }
}

export namespace Reader {
  export interface IOptions {
    surroundings: Pick<ISurroundings, 'model' | 'trans'>;
    mimeTypeOf: (localPath: string) => string;
  }
}
