import { constants } from 'node:fs';
import { access, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PilothouseError } from '../../errors';
import { SOCKET_PATH_BYTES } from '../../life/folder';
import type { IBridgeContext } from '../../tokens';
import { Control } from './mux/control';

/** ssh makes its control socket under a longer name first (mux.c, muxserver_listen): a dot and 16 letters. */
const LONGER_BYTES = 17;
const PREFIX = 'ssh-';
const OURS = `${PREFIX}${process.pid}-`;

/** The name of the control socket in its folder. */
export const CONTROL = 'c';

/**
 * A folder of the user's alone for one login's sockets, in which programs can be run.
 * @throws PilothouseError path_too_long; Error where none can be made
 */
export async function makeFolder(folders: IBridgeContext['folders']): Promise<string> {
  let why: unknown = null;
  for (const base of [folders.runtime, folders.state, tmpdir()]) {
    const bytes = Buffer.byteLength(join(base, `${OURS}XXXXXX`, CONTROL)) + LONGER_BYTES;
    if (bytes > SOCKET_PATH_BYTES) {
      const params = { path: base, bytes, limit: SOCKET_PATH_BYTES };
      why ??= new PilothouseError({ code: 'path_too_long', params });
      continue;
    }
    try {
      const folder = await mkdtemp(join(base, OURS));
      if (await runsPrograms(folder)) {
        return folder;
      }
      await rm(folder, { recursive: true });
      why ??= new Error(`${base} is on a disk from which no program may be run`);
    } catch (error) {
      why ??= error;
    }
  }
  throw why instanceof Error ? why : new Error(String(why));
}

/** A disk may be mounted so that it runs none (mount(8), noexec), which access(2) tells. */
async function runsPrograms(folder: string): Promise<boolean> {
  const file = join(folder, 'x');
  await writeFile(file, '', { mode: 0o700, flag: 'wx' });
  const runs = await access(file, constants.X_OK).then(
    () => true,
    () => false
  );
  await rm(file);
  return runs;
}

/**
 * Ends what a bridge that died has left in its runtime folder: masters end with
 * their bridge, so that there is one only where that was hindered.
 */
export async function endLeftovers({
  folders,
  log
}: Pick<IBridgeContext, 'folders' | 'log'>): Promise<void> {
  const names = await readdir(folders.runtime).catch(() => []);
  for (const name of names) {
    if (!/^ssh-\d+-/.test(name) || name.startsWith(OURS)) {
      continue;
    }
    const folder = join(folders.runtime, name);
    try {
      const control = await Control.open(join(folder, CONTROL));
      await control.terminate();
      control.close();
      log.info('ssh_leftover_ended', { folder });
    } catch {
      // Nobody listens: it has ended, and its files alone are left.
    }
    await rm(folder, { recursive: true, force: true });
  }
}
