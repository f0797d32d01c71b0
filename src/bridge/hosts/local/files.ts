import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat
} from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import { PilothouseError } from '../../errors';
import {
  isOwnFile,
  linkOfOther,
  openToOthers,
  ownedByOther,
  swappedByOthers,
  WRITTEN_BY_OTHERS
} from '../folderProblems';
import type { IHostEntry, IHostFile, IHostPiece } from '../tokens';
import { forEachAtOnce } from './atOnce';

/** Files of this machine, as a submit host has them. */

/** @throws PilothouseError file_failed, which names the file */
export async function fileWork<T>(
  path: string,
  machine: string,
  work: () => Promise<T>
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PilothouseError) {
      throw error;
    }
    const problem = error instanceof Error ? error.message : String(error);
    throw new PilothouseError({ code: 'file_failed', params: { path, problem }, machine }, error);
  }
}

/** Mode bits by which others than the owner may do something. */
const OF_OTHERS = 0o077;
const BY_ANYBODY = 0o002;
/** inode(7) */
const STICKY = 0o1000;

/**
 * Makes a folder that only its owner can enter, and gives its path without
 * links. One that is there is made private only while it is empty: with files
 * in it, others may need them, or may have put them there.
 *
 * @throws Error for a folder of somebody else, one with files that others can
 *   enter, and one whose place anybody can give to another
 */
export async function privateFolder(path: string): Promise<string> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await realpath(path);
  const link = await lstat(path);
  // An administrator's own, too, must be nobody else's.
  if (link.isSymbolicLink() && ![0, process.getuid?.()].includes(link.uid)) {
    throw new Error(linkOfOther(link.uid));
  }
  await refuseSwapped(found);
  if (made !== undefined) {
    return found;
  }
  const { uid, mode } = await stat(found);
  if (!isOwn(uid)) {
    throw new Error(ownedByOther(uid));
  }
  if ((mode & OF_OTHERS) === 0) {
    return found;
  }
  const refuse = async (): Promise<void> => {
    if ((await readdir(found)).length > 0) {
      throw new Error(openToOthers((mode & 0o7777).toString(8)));
    }
  };
  await refuse();
  await chmod(found, 0o700);
  // What came in the moment before.
  await refuse();
  return found;
}

/** What a folder lies in may be anybody's only where each may take away but their own. */
async function refuseSwapped(folder: string): Promise<void> {
  for (let above = folder; above !== dirname(above);) {
    above = dirname(above);
    const { mode } = await stat(above);
    if ((mode & BY_ANYBODY) !== 0 && (mode & STICKY) === 0) {
      throw new Error(swappedByOthers(above));
    }
  }
}

const isOwn = (uid: number): boolean => isOwnFile(uid, process.getuid?.() ?? uid);

/** Writes files into a new private folder; folders between are private, too. */
export async function putFolder(folder: string, files: readonly IHostFile[]): Promise<void> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  await mkdir(folder, { mode: 0o700 });
  const written = files.map(file => {
    const path = normalize(file.path);
    if (path.startsWith('..') || path.startsWith(sep)) {
      throw new Error(`${file.path} does not lie in the folder`);
    }
    return { ...file, path };
  });
  const inner = new Set(written.map(({ path }) => dirname(path)));
  inner.delete('.');
  await forEachAtOnce([...inner], async path => {
    await mkdir(join(folder, path), { recursive: true, mode: 0o700 });
  });
  await forEachAtOnce(written, async ({ path, content, mode }) => {
    const file = await open(join(folder, path), 'wx', mode);
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
  });
}

/**
 * Copies a file under its final name, whole or not at all; false: one of its
 * size is there, which nobody else has written.
 */
export async function putFile(local: string, path: string): Promise<boolean> {
  const { size } = await stat(local);
  const there = await ifThere(() => lstat(path));
  if (
    there?.isFile() === true &&
    there.size === size &&
    isOwn(there.uid) &&
    (there.mode & WRITTEN_BY_OTHERS) === 0
  ) {
    return false;
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const made = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await copyFile(local, made, constants.COPYFILE_EXCL);
    await chmod(made, 0o600);
    await rename(made, path);
  } catch (error) {
    await rm(made, { force: true });
    throw error;
  }
  return true;
}

/**
 * A piece of a regular file. Tasks can put into a pilot's folder what they
 * like: no link on the way is followed, and nothing else is opened (a pipe
 * would hold up the bridge).
 */
export async function readPiece(
  path: string,
  offset: number,
  bytes: number
): Promise<IHostPiece | null> {
  if ((await ifThere(() => realpath(dirname(path)))) !== dirname(path)) {
    return null;
  }
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await ifThere(() => open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (file === null) {
    return null;
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) {
      return null;
    }
    const { size } = found;
    const from = Math.min(offset < 0 ? Math.max(0, size + offset) : offset, size);
    const buffer = Buffer.alloc(Math.min(bytes, size - from));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    return { bytes: buffer.subarray(0, bytesRead), offset: from, size };
  } finally {
    await file.close();
  }
}

export async function sizeOf(path: string): Promise<number | null> {
  const found = await ifThere(() => lstat(path));
  return found?.isFile() === true ? found.size : null;
}

export async function listFolder(folder: string): Promise<IHostEntry[]> {
  const names = (await ifThere(() => readdir(folder))) ?? [];
  const entries: IHostEntry[] = [];
  for (const name of names) {
    const found = await ifThere(() => lstat(join(folder, name)));
    if (found !== null) {
      const kind = found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
      entries.push({ name, kind, size: found.size, modifiedAtMs: found.mtimeMs });
    }
  }
  return entries;
}

async function ifThere<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      return null;
    }
    throw error;
  }
}
