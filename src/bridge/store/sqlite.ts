import { rmSync, renameSync, statfsSync, statSync, closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { IClock, ILog } from '../tokens';
import { migrate } from './migrations';

export type Database = DatabaseSync;
export type Statement = StatementSync;

/** How long a write waits for another process that looks into the file (a person's `sqlite3`). */
export const BUSY_TIMEOUT_MS = 5000;

/**
 * File systems on which SQLite's write-ahead log cannot be trusted, since its
 * shared memory does not cross machines (sqlite.org/wal.html, section 1). The
 * numbers are `f_type` of statfs(2) and the file systems' own sources.
 */
export const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x65735546, 'FUSE'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'kAFS'],
  [0x00c36400, 'Ceph'],
  [0x19830326, 'BeeGFS'],
  [0x7461636f, 'OCFS2'],
  [0x01161970, 'GFS2'],
  [0x01021997, '9P'],
  [0x73757245, 'Coda']
]);

export type Journal = 'wal' | 'delete';

/** The journal that is safe on the file system of type `fsType`. */
export function journalFor(fsType: number): Journal {
  // statfs's type is a signed word on some machines.
  return NETWORK_FILE_SYSTEMS.has(fsType >>> 0) ? 'delete' : 'wal';
}

/**
 * Opens the database, in order or not at all: a damaged one is set aside under
 * another name, which the log tells, and a fresh one is begun.
 *
 * @throws where not even a fresh one can be opened (a full or read-only disk)
 */
export function openDatabase(path: string, clock: Pick<IClock, 'now'>, log: ILog): Database {
  try {
    return openInOrder(path);
  } catch (error) {
    if (!isDamaged(error)) {
      throw error;
    }
    const aside = `${path}.damaged-${new Date(clock.now()).toISOString().replace(/[:.]/g, '')}`;
    log.error('database_damaged', error, { path, aside, remedy: 'A fresh one is begun.' });
    renameSync(path, aside);
    for (const suffix of ['-wal', '-shm', '-journal']) {
      rmSync(path + suffix, { force: true });
    }
    return openInOrder(path);
  }
}

function openInOrder(path: string): Database {
  // Made here so that it is never readable to others; SQLite gives its side files the same mode.
  closeSync(openSync(path, 'a', 0o600));
  // Not an import: jest 29 strips `node:` from names, and there is no `sqlite` without it.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
    database.exec(`PRAGMA journal_mode=${journalFor(statfsSync(dirname(path)).type)}`);
    database.exec('PRAGMA synchronous=NORMAL');
    if (statSync(path).size > 0) {
      const row = database.prepare('PRAGMA quick_check(1)').get();
      const found = row?.quick_check;
      if (found !== 'ok') {
        throw new DamagedError(`quick_check: ${String(found)}`);
      }
    }
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What SQLite's own check found. */
class DamagedError extends Error {
  override readonly name = 'DamagedError';
}

/** SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html). A schema from the future is in order. */
function isDamaged(error: unknown): boolean {
  if (error instanceof DamagedError) {
    return true;
  }
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' && [11, 26].includes(code & 0xff);
}

/** Runs `work` in one transaction. */
export function transaction<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) {
      database.exec('ROLLBACK');
    }
    throw error;
  }
}
