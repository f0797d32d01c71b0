import { LIMITS, type Profile } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IShells } from '../hosts/remote/exchange';
import type { IConnections, TargetOf } from '../ssh/connections';
import type { Handlers, IBridgeContext, IDisposable, IProfiles } from '../tokens';
import { Account } from './account';
import { shellsHere } from './here';
import { Transfers } from './transfers';

export type FileHandlers = Required<
  Pick<
    Handlers,
    | 'files.list'
    | 'files.stat'
    | 'files.read'
    | 'files.write'
    | 'files.makeFolder'
    | 'files.rename'
    | 'files.remove'
    | 'files.transfer'
    | 'files.cancel'
  >
>;

export interface IFilesParts {
  readonly profiles: Pick<IProfiles, 'get'>;
  readonly connections: Pick<IConnections, 'of'>;
  readonly targetOf: TargetOf;
}

/** The files of places' submit hosts, for a person. */
export class Files implements IDisposable {
  constructor(
    private readonly _context: Pick<IBridgeContext, 'clock' | 'log' | 'changes' | 'machine'>,
    private readonly _parts: IFilesParts
  ) {
    this.transfers = new Transfers(_context);
    this.handlers = this._makeHandlers();
  }

  readonly transfers: Transfers;
  readonly handlers: FileHandlers;

  /** @throws PilothouseError unknown_profile, invalid_profile */
  of(pool: string): Account {
    return new Account(this._context, this._shells(this._parts.profiles.get(pool)));
  }

  dispose(): void {
    this.transfers.dispose();
  }

  private _shells({ submitHost }: Pick<Profile, 'submitHost'>): IShells {
    const target = this._parts.targetOf(submitHost);
    return target === null ? shellsHere(this._context.machine) : this._parts.connections.of(target);
  }

  private _makeHandlers(): FileHandlers {
    return {
      'files.list': ({ pool, path }) => this.of(pool).list(path),
      'files.stat': ({ pool, path }) => this.of(pool).stat(path),
      'files.read': ({ pool, path, offset, bytes }) => this.of(pool).read(path, offset, bytes),
      'files.write': ({ pool, path, content, ...piece }) => {
        const account = this.of(pool);
        return account.write(path, { ...piece, content: decoded(account, path, content) });
      },
      'files.makeFolder': ({ pool, path }) => this.of(pool).makeFolder(path),
      'files.rename': ({ pool, path, to }) => this.of(pool).rename(path, to),
      'files.remove': async ({ pool, path }) => {
        await this.of(pool).remove(path);
        return {};
      },
      'files.transfer': what => this.transfers.begin(this.of(what.pool), what),
      'files.cancel': ({ transfer }) => {
        this.transfers.cancel(transfer);
        return {};
      }
    };
  }
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function decoded(account: Account, path: string, content: string): Buffer {
  if (content.length % 4 !== 0 || !BASE64.test(content)) {
    throw account.failed(path, 'what is to be written is no base64');
  }
  const bytes = Buffer.from(content, 'base64');
  if (bytes.length > LIMITS.fileBytes) {
    const params = { bytes: bytes.length, limit: LIMITS.fileBytes };
    throw new PilothouseError({ code: 'message_too_large', params });
  }
  return bytes;
}
