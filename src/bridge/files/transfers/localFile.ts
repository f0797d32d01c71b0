import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** This machine's side of transfers. */

/** SHA-256 of a file's first bytes, as sha256sum(1) prints it. */
export async function hashOf(path: string, bytes: number, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  if (bytes > 0) {
    await pipeline(createReadStream(path, { end: bytes - 1 }), hash, { signal });
  }
  return hash.digest('hex');
}

/** A name may have 255 bytes (limits.h(0p), NAME_MAX): some stay for what is added to it. */
const LONGEST_NAME_BYTES = 200;

/** Where a file that is fetched is gathered, and whose place it takes. */
export interface IPlace {
  /** The file itself, not the link that leads to it. */
  readonly file: string;
  readonly part: string;
  /** Bytes of the part that an earlier try has left. */
  readonly bytes: number;
  /** Permission bits of the file that is there, but those by which others run it as its owner; null: none. */
  readonly mode: number | null;
}

/** @throws Error for a folder or a device, and for a folder that is not there */
export async function placeOf(local: string): Promise<IPlace> {
  const found = await ifThere(() => stat(local));
  if (found !== null && !found.isFile()) {
    throw new Error(found.isDirectory() ? 'a folder is there' : 'it is no file');
  }
  const file = found === null ? await newFile(local) : await realpath(local);
  const name = basename(file);
  const short =
    Buffer.byteLength(name) <= LONGEST_NAME_BYTES
      ? name
      : createHash('sha256').update(name).digest('hex').slice(0, 16);
  const part = join(dirname(file), `.${short}.pilothouse-part`);
  const left = await ifThere(() => lstat(part));
  const isOwn = left?.isFile() === true && left.uid === (process.geteuid?.() ?? left.uid);
  if (left !== null && !isOwn) {
    // A link here would lead the bytes somewhere else, another user's file to that user.
    await rm(part);
  }
  const bytes = isOwn ? left.size : 0;
  return { file, part, bytes, mode: found === null ? null : found.mode & 0o777 };
}

async function newFile(local: string): Promise<string> {
  return join(await realpath(dirname(resolve(local))), basename(local));
}

async function ifThere<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return null;
    }
    throw error;
  }
}
