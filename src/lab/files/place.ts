import type { HostConnection, Pool } from '../../protocol';
import type { FileFailure, IListed } from '../drive';
import { spotOf } from '../drive';
import type { IPicture } from '../tokens';

/** What stands above the files of a place. */
export type Note =
  | { readonly kind: 'nothing' }
  /** Somebody has to log in before there is anything to see. */
  | { readonly kind: 'login'; readonly pool: Pool; readonly host: HostConnection }
  | { readonly kind: 'failure'; readonly failure: FileFailure }
  /** A folder of which only the first entries are listed. */
  | { readonly kind: 'more' };

/** Whether the submit host of a path can be asked now: pure. Where it is not known, it may be. */
export function isReachable(picture: IPicture, localPath: string): boolean {
  return loginOf(picture, localPath) === null;
}

/** What is to be said of the folder that a person wants to see. */
export function noteOf(picture: IPicture, localPath: string, listed: IListed | null): Note {
  const login = loginOf(picture, localPath);
  if (login !== null) {
    return login;
  }
  if (listed !== null && listed.failure !== null) {
    return { kind: 'failure', failure: listed.failure };
  }
  return { kind: listed?.more === true && listed.localPath === localPath ? 'more' : 'nothing' };
}

function loginOf(picture: IPicture, localPath: string): Extract<Note, { kind: 'login' }> | null {
  const place = spotOf(localPath)?.pool;
  const pool = place === undefined ? undefined : picture.pools.get(place);
  if (pool === undefined || pool.host === null) {
    return null;
  }
  const host = picture.hosts.get(pool.host);
  return host === undefined || host.state === 'connected' ? null : { kind: 'login', pool, host };
}
