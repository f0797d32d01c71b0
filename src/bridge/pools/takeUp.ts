import type { PilotId } from '../../protocol';
import type { IBridgeContext, IPilotStore, IScheduler } from '../tokens';
import type { Schedulers } from '../schedulers';
import type { Agents } from './agents';
import type { Endings } from './endings';
import { hasEnded, type IPilotEntry } from './model';
import type { PilotBook } from './pilotBook';
import type { PoolBook } from './poolBook';
import type { Reunion } from './reunion';

/** What is needed to go on where the bridge before ended. */
export interface ITakeUpParts {
  readonly context: IBridgeContext;
  readonly store: IPilotStore;
  readonly schedulers: Schedulers;
  readonly pools: PoolBook;
  readonly pilots: PilotBook;
  readonly endings: Endings;
  readonly agents: Agents;
  readonly reunion: Reunion;
}

/**
 * Takes up the database's pilots: a submission whose reply never came is
 * looked for by its scheduler, jobs that are known are asked for, and agents
 * of those that run are given time to dial in.
 */
export async function takeUp(parts: ITakeUpParts): Promise<void> {
  const { store, pools, pilots, endings, agents, reunion } = parts;
  for (const pool of store.typed().keys()) {
    pools.openAnyway(pool);
  }
  const former = store
    .pilots()
    .map(record => pilots.adopt(pools.openAnyway(record.pilot.pool), record));
  const alive = former.filter(entry => !hasEnded(entry));
  for (const [scheduler, entries] of byScheduler(parts.schedulers, alive)) {
    await findJobs(parts, scheduler, entries);
    await queryJobs(parts, scheduler, entries);
  }
  const missing = alive.filter(entry => !hasEnded(entry) && entry.connection === null);
  for (const entry of missing) {
    if (entry.heard) {
      agents.awaitReturn(entry);
    }
  }
  reunion.begin(missing.filter(entry => entry.heard));
  for (const entry of missing) {
    if (entry.draining && entry.record.job !== null) {
      endings.end([entry], 'removed', false);
    }
  }
}

async function findJobs(
  { endings, pilots }: ITakeUpParts,
  scheduler: IScheduler,
  entries: readonly IPilotEntry[]
): Promise<void> {
  const lacking = entries.filter(({ record }) => record.job === null);
  const found = await scheduler.find(
    new Map(lacking.map(({ record }) => [record.pilot.pilot, record.folder]))
  );
  for (const entry of lacking) {
    const job = found.get(entry.record.pilot.pilot);
    if (job !== undefined) {
      pilots.setJob(entry, job.job, job.schedulerId);
    } else if (entry.connection === null) {
      endings.close(entry, {
        end: 'removed',
        cause: 'never_submitted',
        words: 'The bridge ended before it had submitted this pilot.'
      });
    }
  }
}

async function queryJobs(
  { context, endings }: ITakeUpParts,
  scheduler: IScheduler,
  entries: readonly IPilotEntry[]
): Promise<void> {
  const jobs = new Map<PilotId, string>();
  for (const { record } of entries) {
    if (record.job !== null && record.pilot.state !== 'ended') {
      jobs.set(record.pilot.pilot, record.job);
    }
  }
  for (const [pilot, report] of await scheduler.query(jobs)) {
    context.log.info('pilot.taken_up', { pilot, state: report.state });
    endings.reported(pilot, report);
  }
}

function byScheduler(
  schedulers: Schedulers,
  entries: readonly IPilotEntry[]
): Map<IScheduler, IPilotEntry[]> {
  const found = new Map<IScheduler, IPilotEntry[]>();
  for (const entry of entries) {
    const scheduler = schedulers.get(entry.pool.profile.scheduler.kind);
    const same = found.get(scheduler);
    if (same === undefined) {
      found.set(scheduler, [entry]);
    } else {
      same.push(entry);
    }
  }
  return found;
}
