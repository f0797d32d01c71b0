import type { PilotId } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IScheduler } from '../schedulers';
import type { ILog, IPools, IProfiles } from '../tokens';
import type { Endings } from './endings';
import { wordsOf } from './errorWords';
import { hasEnded, profileOf, type IPilotEntry, type IPoolEntry } from './model';
import type { PilotBook } from './pilotBook';
import type { PoolBook } from './poolBook';
import type { Sites } from './sites';

/** What a person does with pilots that wait. */
export interface IQueueMethodParts {
  readonly log: ILog;
  readonly profiles: IProfiles;
  readonly pools: PoolBook;
  readonly pilots: PilotBook;
  readonly endings: Endings;
  readonly sites: Sites;
  /** Lets a pool ask again, and settles it. */
  readonly wake: (pool: IPoolEntry) => void;
}

type QueueMethods = 'pilots.hold' | 'pilots.release' | 'pools.resubmit';

export function makeQueueMethods(
  parts: IQueueMethodParts
): Required<Pick<IPools['handlers'], QueueMethods>> {
  const { pools, profiles, endings } = parts;
  return {
    'pilots.hold': async ({ pilots }) => {
      const entries = waiting(parts, pilots);
      for (const entry of entries) {
        entry.holding = true;
      }
      try {
        await withJobs(parts, entries, (scheduler, jobs) => scheduler.hold(jobs));
      } catch (error) {
        for (const entry of entries) {
          entry.holding = false;
        }
        throw error;
      }
      return {};
    },

    'pilots.release': async ({ pilots }) => {
      await withJobs(parts, waiting(parts, pilots), (scheduler, jobs) => scheduler.release(jobs));
      return {};
    },

    'pools.resubmit': ({ pool: name, memoryMiB, diskMiB }) => {
      const pool = pools.openKnown(name);
      if (memoryMiB !== undefined || diskMiB !== undefined) {
        raise(profiles, name, { memoryMiB, diskMiB });
        pools.open(name);
      }
      const held = [...pool.pilots.values()].filter(
        ({ record, ending }) => record.pilot.state === 'held' && ending === null
      );
      endings.end(held, 'removed', false);
      parts.wake(pool);
      return { removed: held.length };
    }
  };
}

/** Those of these pilots that have a job. @throws PilothouseError unknown_pilot if none is left */
function waiting({ pilots }: IQueueMethodParts, ids: readonly PilotId[]): IPilotEntry[] {
  const entries = ids
    .map(id => pilots.get(id))
    .filter(entry => entry !== undefined)
    .filter(entry => !hasEnded(entry) && entry.record.job !== null);
  if (entries.length === 0) {
    throw new PilothouseError({ code: 'unknown_pilot', params: { pilot: ids[0] } });
  }
  return entries;
}

/** One call for each scheduler; then it is asked what came of it. */
async function withJobs(
  { sites, log }: IQueueMethodParts,
  entries: readonly IPilotEntry[],
  call: (scheduler: IScheduler, jobs: ReadonlyMap<PilotId, string>) => Promise<void>
): Promise<void> {
  const jobs = new Map<IScheduler, Map<PilotId, string>>();
  for (const entry of entries) {
    const { scheduler } = sites.of(profileOf(entry));
    const of = jobs.get(scheduler) ?? new Map<PilotId, string>();
    jobs.set(scheduler, of.set(entry.record.pilot.pilot, entry.record.job ?? ''));
  }
  for (const [scheduler, of] of jobs) {
    await call(scheduler, of);
    scheduler.ask().catch((error: unknown) => {
      log.warn('scheduler.ask', { kind: scheduler.kind, words: wordsOf(error) });
    });
  }
}

/** Writes a profile with more memory or disk. @throws PilothouseError profile_read_only, ... */
function raise(
  profiles: IProfiles,
  name: string,
  more: { memoryMiB: number | undefined; diskMiB: number | undefined }
): void {
  const { profile } = profiles.read(name);
  const shape = typeof profile.pilot === 'object' ? profile.pilot : {};
  const raised = Object.entries(more).filter(([, value]) => value !== undefined);
  const pilot = { ...shape, ...Object.fromEntries(raised) };
  profiles.save({ ...profile, pilot }, name);
}
