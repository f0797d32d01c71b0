import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync
} from 'node:fs';
import { join, sep } from 'node:path';
import type { LogFile, PilotId, Result } from '../../protocol';
import { PilothouseError } from '../errors';
import { SCRIPT_FILE } from './pilotFolder';

/** What a worker pool leaves in its lease's folder: its own output, and Parsl's warnings. */
const POOL_FILES = ['pool.log', 'pool.out'];

/**
 * A piece of one of a pilot's files. Which file is chosen from a fixed set, so
 * that no path comes from outside; and since a task can put there what it
 * likes, no link out of the pilot's folder is followed and nothing but a
 * regular file is opened (a pipe would hold up the bridge).
 * @param offset where to begin, in bytes; negative: from the end
 * @throws PilothouseError no_log
 */
export function readPilotLog(
  pilot: PilotId,
  folder: string,
  which: LogFile,
  offset: number,
  bytes: number
): Result<'pilots.log'> {
  const path = pathOf(folder, which);
  const file = path === null ? null : openInside(folder, path);
  if (path === null || file === null) {
    throw new PilothouseError({ code: 'no_log', params: { pilot, file: which } });
  }
  try {
    const { size } = fstatSync(file);
    const from = Math.min(offset < 0 ? Math.max(0, size + offset) : offset, size);
    const buffer = Buffer.alloc(Math.min(bytes, size - from));
    const read = buffer.subarray(0, readSync(file, buffer, 0, buffer.length, from));
    const [first, end] = wholeCharacters(read, offset < 0 && from > 0);
    const text = read.toString('utf8', first, end);
    return { path, text, offset: from + first, end: from + end, size };
  } finally {
    closeSync(file);
  }
}

function pathOf(folder: string, which: LogFile): string | null {
  switch (which) {
    case 'output':
      return join(folder, 'output');
    case 'script':
      return join(folder, SCRIPT_FILE);
    case 'error':
    case 'submit':
    case 'events':
      return null;
    case 'pool':
      return newestPoolFile(join(folder, 'leases'));
  }
}

/** The file of the newest lease that was written to last; empty ones only if there is no other. */
function newestPoolFile(leases: string): string | null {
  const newest = namesIn(leases)
    .map(name => ({ folder: join(leases, name), at: modifiedAt(join(leases, name)) }))
    .sort((one, other) => other.at.ms - one.at.ms)
    .at(0);
  if (newest === undefined) {
    return null;
  }
  const files = POOL_FILES.map(name => join(newest.folder, name))
    .map(path => ({ path, at: modifiedAt(path) }))
    .filter(({ at }) => at.size >= 0)
    .sort(
      (one, other) => Number(other.at.size > 0) - Number(one.at.size > 0) || other.at.ms - one.at.ms
    );
  return files.at(0)?.path ?? null;
}

function namesIn(folder: string): string[] {
  return ifThere(() => readdirSync(folder)) ?? [];
}

function modifiedAt(path: string): { ms: number; size: number } {
  const found = ifThere(() => lstatSync(path));
  return found === null ? { ms: 0, size: -1 } : { ms: found.mtimeMs, size: found.size };
}

function openInside(folder: string, path: string): number | null {
  const inside = ifThere(() => realpathSync(path).startsWith(realpathSync(folder) + sep));
  if (inside !== true) {
    return null;
  }
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = ifThere(() => openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (file !== null && !fstatSync(file).isFile()) {
    closeSync(file);
    return null;
  }
  return file;
}

/**
 * Where the whole characters of a piece of UTF-8 begin and end: at most three
 * bytes at each side belong to one that is cut. What is no UTF-8 stays as it is.
 */
function wholeCharacters(bytes: Buffer, cutBefore: boolean): [first: number, end: number] {
  const continues = (at: number): boolean => ((bytes[at] ?? 0) & 0xc0) === 0x80;
  let first = 0;
  while (cutBefore && first < Math.min(3, bytes.length) && continues(first)) {
    first += 1;
  }
  for (let back = 1; back <= Math.min(3, bytes.length - first); back += 1) {
    const at = bytes.length - back;
    if (!continues(at)) {
      const length = lengthOfCharacter(bytes[at] ?? 0);
      // A piece of one character's beginning is given as it is, or it would never end.
      return [first, length > back && at > first ? at : bytes.length];
    }
  }
  return [first, bytes.length];
}

/** Bytes of the character that begins with this one (RFC 3629). */
function lengthOfCharacter(byte: number): number {
  return byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
}

function ifThere<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      return null;
    }
    throw error;
  }
}
