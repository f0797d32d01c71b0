import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PilotId, Result } from '../../protocol';
import { PilothouseError } from '../errors';
import { SCRIPT_FILE } from './pilotFolder';

/** What a worker pool leaves in its lease's folder: its own output, and Parsl's warnings. */
const POOL_FILES = ['pool.log', 'pool.out'];

/**
 * A piece of one of a pilot's files. Which file is chosen from a fixed set, so
 * that no path comes from outside.
 * @param offset where to begin, in bytes; negative: from the end
 * @throws PilothouseError no_log
 */
export function readPilotLog(
  pilot: PilotId,
  folder: string,
  which: 'output' | 'script' | 'pool',
  offset: number,
  bytes: number
): Result<'pilots.log'> {
  const path = pathOf(folder, which);
  const file = path === null ? null : openIfThere(path);
  if (path === null || file === null) {
    throw new PilothouseError({ code: 'no_log', params: { pilot, file: which } });
  }
  try {
    const { size } = fstatSync(file);
    const from = Math.min(offset < 0 ? Math.max(0, size + offset) : offset, size);
    const buffer = Buffer.alloc(Math.min(bytes, size - from));
    const read = readSync(file, buffer, 0, buffer.length, from);
    return { path, text: buffer.toString('utf8', 0, read), offset: from, size };
  } finally {
    closeSync(file);
  }
}

function pathOf(folder: string, which: 'output' | 'script' | 'pool'): string | null {
  switch (which) {
    case 'output':
      return join(folder, 'output');
    case 'script':
      return join(folder, SCRIPT_FILE);
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
  const found = ifThere(() => statSync(path));
  return found === null ? { ms: 0, size: -1 } : { ms: found.mtimeMs, size: found.size };
}

function openIfThere(path: string): number | null {
  return ifThere(() => openSync(path, 'r'));
}

function ifThere<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return null;
    }
    throw error;
  }
}
