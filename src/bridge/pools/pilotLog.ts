import { join } from 'node:path';
import type { LogFile, PilotId, Result } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IHost } from '../hosts';

/** What a worker pool leaves in its lease's folder: its own output, and Parsl's warnings. */
const POOL_FILES = ['pool.log', 'pool.out'];

/** Where a pilot's files are. */
export interface IPilotFiles {
  readonly host: IHost;
  readonly folder: string;
  /** By their paths from the folder, as its scheduler names them. */
  readonly names: Readonly<Partial<Record<LogFile, string>>>;
}

/** A pilot's files that are there. */
export async function listPilotFiles(where: IPilotFiles): Promise<Result<'pilots.files'>['files']> {
  const paths = new Map<LogFile, string>();
  for (const [file, name] of Object.entries(where.names) as [LogFile, string][]) {
    paths.set(file, join(where.folder, name));
  }
  const pool = await newestPoolFile(where);
  if (pool !== null) {
    paths.set('pool', pool);
  }
  const sizes = await where.host.sizes([...paths.values()]);
  return [...paths].flatMap(([file, path]) => {
    const size = sizes.get(path);
    return size === undefined ? [] : [{ file, path, size }];
  });
}

/**
 * A piece of one of a pilot's files. Which file is chosen from a fixed set, so
 * that no path comes from outside; and since a task can put there what it
 * likes, the host follows no link and opens nothing but regular files.
 *
 * @param offset where to begin, in bytes; negative: from the end
 * @throws PilothouseError no_log, file_failed
 */
export async function readPilotLog(
  pilot: PilotId,
  where: IPilotFiles,
  file: LogFile,
  offset: number,
  bytes: number
): Promise<Result<'pilots.log'>> {
  const path = await pathOf(where, file);
  const piece = path === null ? null : await where.host.read(path, offset, bytes);
  if (path === null || piece === null) {
    throw new PilothouseError({ code: 'no_log', params: { pilot, file } });
  }
  const [first, end] = wholeCharacters(piece.bytes, offset < 0 && piece.offset > 0);
  return {
    path,
    text: piece.bytes.toString('utf8', first, end),
    offset: piece.offset + first,
    end: piece.offset + end,
    size: piece.size
  };
}

async function pathOf(where: IPilotFiles, file: LogFile): Promise<string | null> {
  const name = where.names[file];
  if (name !== undefined) {
    return join(where.folder, name);
  }
  return file === 'pool' ? newestPoolFile(where) : null;
}

/** The file of the newest lease that was written to last; empty ones only if there is no other. */
async function newestPoolFile({ host, folder }: IPilotFiles): Promise<string | null> {
  const leases = join(folder, 'leases');
  const newest = [...(await host.list(leases))]
    .filter(({ kind }) => kind === 'folder')
    .sort((one, other) => other.modifiedAtMs - one.modifiedAtMs)
    .at(0);
  if (newest === undefined) {
    return null;
  }
  const files = [...(await host.list(join(leases, newest.name)))]
    .filter(({ name, kind }) => kind === 'file' && POOL_FILES.includes(name))
    .sort(
      (one, other) =>
        Number(other.size > 0) - Number(one.size > 0) || other.modifiedAtMs - one.modifiedAtMs
    );
  const name = files.at(0)?.name;
  return name === undefined ? null : join(leases, newest.name, name);
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
