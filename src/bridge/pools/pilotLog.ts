import { join } from 'node:path';
import { LIMITS } from '../../protocol';
import type { ErrorData, LeaseFiles, LogFile, PilotId, Result } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IHost, IHostPiece } from '../hosts';
import { hostLeaseLogs, poolLog, workerLog, workerLogs, type ILeaseLogs } from './leaseLogs';

/** Where a pilot's files are. */
export interface IPilotFiles {
  readonly host: IHost;
  readonly folder: string;
  /** By their paths from the folder, as its scheduler names them. */
  readonly names: Readonly<Partial<Record<LogFile, string>>>;
  /** What leases have left, as the pilot's agent tells it; null: there is no agent to ask. */
  readonly agent: ILeaseLogs | null;
  readonly ended: boolean;
}

/** Which of a pilot's files is meant. */
export interface IWhichLog {
  readonly file: LogFile;
  readonly worker?: number | null;
}

type Files = Pick<Result<'pilots.files'>, 'files' | 'trouble'>;

/** A pilot's files that are there, and why there may be more. */
export async function listPilotFiles(where: IPilotFiles): Promise<Files> {
  const { host, folder, names } = where;
  const paths = new Map<LogFile, string>();
  for (const [file, name] of Object.entries(names) as [LogFile, string][]) {
    paths.set(file, join(folder, name));
  }
  const sizes = await host.sizes([...paths.values()]);
  const files: Files['files'] = [...paths].flatMap(([file, path]) => {
    const size = sizes.get(path);
    return size === undefined ? [] : [{ file, worker: null, path, size }];
  });
  let trouble: ErrorData | null = null;
  try {
    const { logs, leases } = await leaseLogs(where, LIMITS.leasesLooked);
    const pool = poolLog(leases);
    if (pool !== null) {
      files.push({ file: 'pool', worker: null, path: logs.pathOf(pool), size: pool.size });
    }
    for (const [worker, log] of workerLogs(leases)) {
      files.push({ file: 'worker', worker, path: logs.pathOf(log), size: log.size });
    }
  } catch (error) {
    // What the submit host has can be read all the same.
    if (!(error instanceof PilothouseError)) {
      throw error;
    }
    trouble = error.data;
  }
  return { files, trouble };
}

/**
 * A piece of one of a pilot's files. Which file is chosen from a fixed set, so
 * that no path comes from outside; and since a task can put there what it
 * likes, neither host nor agent follows a link or opens anything but regular files.
 *
 * @param offset where to begin, in bytes; negative: from the end
 * @throws PilothouseError no_log, file_failed, agent_unreachable
 */
export async function readPilotLog(
  pilot: PilotId,
  where: IPilotFiles,
  which: IWhichLog,
  offset: number,
  bytes: number
): Promise<Result<'pilots.log'>> {
  const found = await pieceOf(where, which, offset, bytes);
  if (found === null) {
    const { file, worker = null } = which;
    const params: ErrorData['params'] = { pilot, file, worker };
    const { output } = where.names;
    if (where.ended && output !== undefined && !(file in where.names)) {
      params.output = join(where.folder, output);
    }
    throw new PilothouseError({ code: 'no_log', params });
  }
  const { path, piece } = found;
  const [first, end] = wholeCharacters(piece.bytes, offset < 0 && piece.offset > 0);
  return {
    path,
    text: piece.bytes.toString('utf8', first, end),
    offset: piece.offset + first,
    end: piece.offset + end,
    size: piece.size
  };
}

async function pieceOf(
  where: IPilotFiles,
  { file, worker }: IWhichLog,
  offset: number,
  bytes: number
): Promise<{ readonly path: string; readonly piece: IHostPiece } | null> {
  const name = where.names[file];
  if (name !== undefined) {
    const path = join(where.folder, name);
    const piece = await where.host.read(path, offset, bytes);
    return piece && { path, piece };
  }
  if (file !== 'pool' && file !== 'worker') {
    return null;
  }
  // Mostly it is of the newest lease; who follows it asks each second.
  for (const most of file === 'pool' ? [1] : [1, LIMITS.leasesLooked]) {
    const { logs, leases } = await leaseLogs(where, most);
    const log = file === 'pool' ? poolLog(leases) : workerLog(leases, worker ?? 0);
    const piece = log && (await logs.read(log, offset, bytes));
    if (log && piece) {
      return { path: logs.pathOf(log), piece };
    }
  }
  return null;
}

/**
 * What leases have left: as the submit host sees it, and where that sees
 * nothing of it, as the agent does, on whose machine they are.
 */
async function leaseLogs(
  { host, folder, agent }: IPilotFiles,
  most: number
): Promise<{ logs: ILeaseLogs; leases: readonly LeaseFiles[] }> {
  const logs = hostLeaseLogs(host, folder);
  // A pilot that was never handed in has no folder.
  const leases = folder === '' ? [] : await logs.list(most);
  return agent === null || leases.length > 0
    ? { logs, leases }
    : { logs: agent, leases: await agent.list(most) };
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
