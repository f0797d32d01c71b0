import { posix } from 'node:path';
import { LeaseFileName, LIMITS, PoolStartId, type LeaseFiles } from '../../protocol';
import type { IHost, IHostPiece } from '../hosts';

/** In a pilot's folder: one folder for each start of a pool. */
export const LEASES_FOLDER = 'leases';

/** What leases have left in a pilot's folder, wherever that can be read. */
export interface ILeaseLogs {
  /** Newest first, so many of them or more; none: there is nothing, or not here. */
  list(most: number): Promise<readonly LeaseFiles[]>;
  /** A piece of one of their regular files; null: there is none. Negative offset: from the end. */
  read(log: ILeaseLog, offset: number, bytes: number): Promise<IHostPiece | null>;
  /** Where a person finds it. */
  pathOf(log: ILeaseLog): string;
}

/** One file of one start. */
export interface ILeaseLog {
  readonly start: LeaseFiles['start'];
  readonly name: LeaseFileName;
  readonly size: number;
}

/** Those on a host that can read them itself, in a pilot's folder. */
export function hostLeaseLogs(host: IHost, folder: string): ILeaseLogs {
  const leases = posix.join(folder, LEASES_FOLDER);
  const pathOf = ({ start, name }: ILeaseLog): string => posix.join(leases, start, name);
  return {
    list: async most => {
      const newest = [...(await host.list(leases))]
        .filter(({ kind, name }) => kind === 'folder' && PoolStartId.safeParse(name).success)
        .sort((one, other) => other.modifiedAtMs - one.modifiedAtMs)
        .slice(0, most);
      return Promise.all(
        newest.map(async ({ name: start, modifiedAtMs }): Promise<LeaseFiles> => ({
          start: PoolStartId.parse(start),
          modifiedAtMs,
          files: (await host.list(posix.join(leases, start))).filter(
            ({ kind, name }) => kind === 'file' && LeaseFileName.safeParse(name).success
          )
        }))
      );
    },
    read: (log, offset, bytes) => host.read(pathOf(log), offset, bytes),
    pathOf
  };
}

/** The pool's file that was written to last, of the newest lease; empty ones only if there is no other. */
export function poolLog(leases: readonly LeaseFiles[]): ILeaseLog | null {
  const newest = leases.at(0);
  const found = newest?.files
    .filter(({ name }) => workerOf(name) === null)
    .sort(
      (one, other) =>
        Number(other.size > 0) - Number(one.size > 0) || other.modifiedAtMs - one.modifiedAtMs
    )
    .at(0);
  return newest === undefined || found === undefined
    ? null
    : { start: newest.start, name: found.name, size: found.size };
}

/** What tasks printed in one worker: in the newest lease in which it printed at all. */
export function workerLog(leases: readonly LeaseFiles[], worker: number): ILeaseLog | null {
  return newestOfWorkers(leases).get(worker) ?? null;
}

/** The same of all workers, or of those that printed last; of the newest lease first. */
export function workerLogs(
  leases: readonly LeaseFiles[]
): readonly (readonly [number, ILeaseLog])[] {
  return [...newestOfWorkers(leases)]
    .sort(([, one], [, other]) => other.modifiedAtMs - one.modifiedAtMs)
    .slice(0, LIMITS.workerLogs)
    .sort(([one, { age }], [other, { age: otherAge }]) => age - otherAge || one - other);
}

interface IWorkerLog extends ILeaseLog {
  readonly modifiedAtMs: number;
  /** How many leases are newer. */
  readonly age: number;
}

function newestOfWorkers(leases: readonly LeaseFiles[]): ReadonlyMap<number, IWorkerLog> {
  const newest = new Map<number, IWorkerLog>();
  leases.forEach(({ start, files }, age) => {
    for (const { name, size, modifiedAtMs } of files) {
      const worker = workerOf(name);
      if (worker !== null && size > 0 && !newest.has(worker)) {
        newest.set(worker, { start, name, size, modifiedAtMs, age });
      }
    }
  });
  return newest;
}

/** The number of the worker whose output a file is; null: it is the pool's own. */
function workerOf(name: LeaseFileName): number | null {
  const found = /^worker-(\d+)\.out$/.exec(name);
  return found === null ? null : Number(found[1]);
}
