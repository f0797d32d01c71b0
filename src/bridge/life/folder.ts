import {
  chmodSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PilothouseError } from '../errors';

/** Longest path of a unix socket: `sun_path` has 104 bytes on macOS, with its closing zero. */
export const SOCKET_PATH_BYTES = 103;

/** What lies in the runtime folder. */
export interface IRuntimeFiles {
  readonly folder: string;
  readonly socket: string;
  readonly secret: string;
  readonly about: string;
}

/** @throws PilothouseError path_too_long */
export function runtimeFiles(folder: string): IRuntimeFiles {
  const socket = join(folder, 'bridge.sock');
  const bytes = Buffer.byteLength(socket);
  if (bytes > SOCKET_PATH_BYTES) {
    throw new PilothouseError({
      code: 'path_too_long',
      params: { path: socket, bytes, limit: SOCKET_PATH_BYTES }
    });
  }
  return { folder, socket, secret: join(folder, 'secret'), about: join(folder, 'bridge.json') };
}

/**
 * Makes a folder of our own, mode 0700, or takes the one that is there.
 *
 * @throws PilothouseError folder_unsafe where it is somebody else's, or no folder
 */
export function ownFolder(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw error;
    }
  }
  const found = lstatSync(folder);
  if (!found.isDirectory()) {
    throw new PilothouseError({ code: 'folder_unsafe', params: { folder, why: 'no folder' } });
  }
  if (found.uid !== process.getuid?.()) {
    throw new PilothouseError({
      code: 'folder_unsafe',
      params: { folder, why: 'owner', owner: found.uid }
    });
  }
  if ((found.mode & 0o777) !== 0o700) {
    chmodSync(folder, 0o700);
  }
}

/** Writes a file of mode 0600 so that a reader finds the old or the new one, whole. */
export function writePrivate(path: string, content: string): void {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, content, { mode: 0o600, flag: 'wx' });
  renameSync(fresh, path);
}

/** A path's inode; null if nothing is there. */
export function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}
