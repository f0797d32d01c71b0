import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, normalize } from 'node:path/posix';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PilothouseError } from '../../errors';
import { isOwnFile, WRITTEN_BY_OTHERS } from '../folderProblems';
import type { IHostFile } from '../tokens';
import type { IPutState } from './answers';
import { tarStream, type TarEntry } from './tar';

/** Files on their way to another machine. */

/** The last file of a folder that is sent: where it has come, all have. */
export const WHOLE = '.whole';

/** The files of a new folder, as tar reads them. @throws Error for one that does not lie in the folder */
export function packed(files: readonly IHostFile[]): Buffer {
  const folders = new Set<string>();
  const entries = files.map((file): TarEntry => {
    const path = normalize(file.path);
    if (path.startsWith('..') || isAbsolute(path)) {
      throw new Error(`${file.path} does not lie in the folder`);
    }
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
      folders.add(folder);
    }
    const content = Buffer.from(file.content as Uint8Array);
    return { kind: 'file', path, mode: file.mode, content };
  });
  // A folder stands before what is in it.
  const inner = [...folders].sort().map((path): TarEntry => ({ kind: 'folder', path }));
  const last: TarEntry = { kind: 'file', path: WHOLE, mode: 0o600, content: Buffer.alloc(0) };
  return tarStream([...inner, ...entries, last]);
}

/** A file of this machine that is to be there. */
export interface ISource {
  readonly local: string;
  readonly size: number;
  /** What a part of it is called, so that only the same file goes on from there. */
  readonly part: string;
}

const PART_CHARS = 12;

/** @throws Error where it cannot be read */
export async function sourceOf(local: string, path: string): Promise<ISource> {
  const { size, mtimeMs } = await stat(local);
  const which = createHash('sha256').update(`${local}\n${size}\n${mtimeMs}`).digest('hex');
  return { local, size, part: `${path}.${which.slice(0, PART_CHARS)}` };
}

/** How a file gets there: not at all, whole, or from where it broke off. */
export async function decide(
  source: ISource,
  state: IPutState
): Promise<{ readonly how: 'there' | 'fresh' | 'more'; readonly from: number }> {
  const { uid, there, part } = state;
  const isThere =
    there !== null &&
    there.kind === 'file' &&
    there.size === source.size &&
    isOwnFile(there.uid, uid) &&
    (there.mode & WRITTEN_BY_OTHERS) === 0;
  if (isThere) {
    return { how: 'there', from: source.size };
  }
  if (part !== null && part.sha256 !== null && part.bytes > 0 && part.bytes <= source.size) {
    const own = await hashOf(source.local, part.bytes);
    if (own === part.sha256) {
      return { how: 'more', from: part.bytes };
    }
  }
  return { how: 'fresh', from: 0 };
}

/** Sends what is left of it. */
export async function send(
  source: ISource,
  { how, from }: Awaited<ReturnType<typeof decide>>,
  to: Writable,
  alive: () => void
): Promise<void> {
  to.write(`${how}\n`);
  if (how === 'there' || from === source.size) {
    to.end();
    return;
  }
  const bytes = createReadStream(source.local, { start: from, highWaterMark: 256 * 1024 });
  bytes.on('data', alive);
  await pipeline(bytes, to);
}

async function hashOf(local: string, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(local, { end: bytes - 1 }), hash);
  return hash.digest('hex');
}

/**
 * A path of the other machine, as scripts take it.
 * @throws PilothouseError file_failed for one that is not absolute, or that no line can hold
 */
export function checkedPath(path: string, machine: string): string {
  if (!isAbsolute(path) || /[\n\0]/.test(path) || normalize(path) === '/') {
    const problem = 'it is no path from / of one line';
    throw new PilothouseError({ code: 'file_failed', params: { path, problem }, machine });
  }
  return path;
}
