import { LIMITS, type Params, type PilotId, type Pool } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IBridgeContext, IPools, IProfiles } from '../tokens';
import type { IUplinks } from '../tunnels';
import type { AgentLogs } from './agentLogs';
import type { Endings } from './endings';
import type { ExecutorBook } from './executors';
import type { LeaseBook } from './leases';
import { hasEnded, isHeld, profileOf, type IPilotEntry, type IPoolEntry } from './model';
import type { Makings } from './makings';
import type { PilotBook } from './pilotBook';
import { listPilotFiles, readPilotLog, type IPilotFiles } from './pilotLog';
import { viewOfExecutor, type PoolBook } from './poolBook';
import { keptUntilMs, type Retention } from './retention';
import { makeCheckMethods } from './checkMethods';
import { makeProfileMethods } from './profileMethods';
import { makeQueueMethods } from './queueMethods';
import type { Reunion } from './reunion';
import type { Sites } from './sites';

/** What the methods are made of. */
export interface IHandlerParts {
  readonly pools: PoolBook;
  readonly pilots: PilotBook;
  readonly leases: LeaseBook;
  readonly executors: ExecutorBook;
  readonly endings: Endings;
  readonly reunion: Reunion;
  readonly sites: Sites;
  readonly uplinks: Pick<IUplinks, 'check'>;
  readonly retention: Retention;
  readonly agentLogs: Pick<AgentLogs, 'of'>;
  readonly profiles: IProfiles;
  readonly makings: Makings;
  readonly context: IBridgeContext;
  /** Settles a pool at once, and shows it. */
  readonly settle: (pool: IPoolEntry) => void;
  readonly now: () => number;
}

/** The methods of pools, pilots, executors and leases. */
export function makeHandlers(parts: IHandlerParts): IPools['handlers'] {
  const { pools, leases, executors, endings, reunion, settle, now } = parts;
  const pilotOf = (pilot: PilotId): IPilotEntry => livePilot(parts.pilots, pilot);
  const shown = (pool: IPoolEntry): Pool => {
    settle(pool);
    return pools.view(pool);
  };
  const wake = (pool: IPoolEntry): void => {
    pools.resume(pool);
    executors.wake(pool);
  };
  return {
    ...makeProfileMethods(parts),
    ...makeCheckMethods(parts),
    ...makeQueueMethods({
      ...parts,
      log: parts.context.log,
      wake: pool => {
        wake(pool);
        settle(pool);
      }
    }),
    'pools.setWanted': ({ pool: name, count }) => {
      const pool = count === null || count === 0 ? pools.openKnown(name) : pools.open(name);
      if (count !== null) {
        checkCount(count, pool);
      }
      pools.setTyped(pool, count);
      wake(pool);
      return shown(pool);
    },
    'pools.resume': ({ pool: name }) => {
      const pool = pools.open(name);
      wake(pool);
      return shown(pool);
    },
    'pools.down': ({ pool: name, files }) => {
      const pool = pools.openKnown(name);
      pools.setTyped(pool, null);
      executors.sendToRest(pool);
      const alive = [...pool.pilots.values()].filter(entry => !hasEnded(entry));
      endings.end(alive, 'removed', false);
      if (files === true) {
        parts.retention.clear(pool);
      }
      settle(pool);
      return { ended: alive.length };
    },
    'pools.status': ({ pool: name }) => {
      const asked = name === undefined ? [...pools.all()] : [pools.openKnown(name)];
      return statusOf(parts, asked, now());
    },
    'pilots.drain': ({ pilot }) => {
      const entry = pilotOf(pilot);
      if (entry.draining || entry.ending !== null) {
        return {};
      }
      lowerTyped(pools, entry.pool);
      parts.endings.drain(entry, 'drained');
      settle(entry.pool);
      return {};
    },
    'pilots.remove': ({ pilot }) => {
      const entry = pilotOf(pilot);
      endings.end([entry], 'removed', false);
      settle(entry.pool);
      return {};
    },
    'pilots.log': ({ pilot, file, worker, offset, bytes }) => {
      const entry = listedPilot(parts.pilots, pilot);
      return readPilotLog(pilot, filesOf(parts, entry), { file, worker }, offset, bytes);
    },
    'pilots.files': async ({ pilot }) => {
      const entry = listedPilot(parts.pilots, pilot);
      return {
        ...(await listPilotFiles(filesOf(parts, entry))),
        keptUntilMs: keptUntilMs(entry),
        keepDays: profileOf(entry).logs.keepDays
      };
    },
    'executors.open': (params, client) => {
      const pool = pools.open(params.pool);
      const entry = executors.open(pool, params, client, reunion.pending);
      settle(pool);
      return { profile: pool.profile, target: entry.target };
    },
    'executors.ask': ({ executor, ask }, client) => {
      const entry = executors.ofClient(client, executor);
      executors.ask(entry, ask);
      settle(entry.pool);
      return { target: entry.target };
    },
    'executors.close': ({ executor, failure }, client) => {
      const entry = executors.ofClient(client, executor);
      if (failure === undefined) {
        executors.close(entry);
      } else {
        executors.fail(entry, failure);
      }
      settle(entry.pool);
      return {};
    },
    'leases.ask': (params, client) => {
      const entry = executors.ofClient(client, params.executor);
      const fresh = params.leases.filter(({ lease }) => !entry.leases.has(lease));
      const count = [...entry.leases.values()].filter(isHeld).length + fresh.length;
      if (count > LIMITS.leasesPerExecutor) {
        throw new PilothouseError({
          code: 'too_many_pilots',
          params: {
            field: 'leases',
            value: count,
            limit: LIMITS.leasesPerExecutor,
            pool: entry.pool.pool
          }
        });
      }
      leases.ask(entry, params.leases, false);
      settle(entry.pool);
      return {};
    },
    'leases.end': (params: Params<'leases.end'>, client) => {
      const entry = executors.ofClient(client, params.executor);
      for (const id of params.leases) {
        const lease = entry.leases.get(id);
        // One that has ended meanwhile was told of; there is nothing to give back.
        if (lease !== undefined) {
          leases.giveBack(lease, 'given_back');
        }
      }
      settle(entry.pool);
      return {};
    }
  };
}

/** Pools with their pilots and executors, as views see them. */
export function statusOf(
  { pilots, pools }: Pick<IHandlerParts, 'pilots' | 'pools'>,
  asked: readonly IPoolEntry[],
  nowMs: number
): ReturnType<IPools['snapshot']> {
  return {
    pools: asked.map(pool => pools.view(pool)),
    pilots: asked.flatMap(pool => [...pool.pilots.values()].map(entry => pilots.view(entry))),
    executors: asked.flatMap(pool =>
      [...pool.executors.values()].map(entry => viewOfExecutor(entry, nowMs))
    )
  };
}

function listedPilot(pilots: PilotBook, pilot: PilotId): IPilotEntry {
  const entry = pilots.get(pilot);
  if (entry === undefined) {
    throw new PilothouseError({ code: 'unknown_pilot', params: { pilot } });
  }
  return entry;
}

/** Where a pilot's files are; one that was never handed in has none yet. */
function filesOf({ sites, agentLogs }: IHandlerParts, entry: IPilotEntry): IPilotFiles {
  const { host, scheduler } = sites.of(profileOf(entry));
  const { folder, job } = entry.record;
  const names = folder === '' ? {} : scheduler.files(job ?? '');
  return { host, folder, names, agent: agentLogs.of(entry), ended: hasEnded(entry) };
}

function livePilot(pilots: PilotBook, pilot: PilotId): IPilotEntry {
  const entry = pilots.get(pilot);
  if (entry === undefined || hasEnded(entry)) {
    throw new PilothouseError({ code: 'unknown_pilot', params: { pilot } });
  }
  return entry;
}

/** Who takes a pilot out of a typed number wants one fewer, and not another in its place. */
function lowerTyped(pools: PoolBook, pool: IPoolEntry): void {
  if (pool.typed !== null && pool.typed > 0) {
    pools.setTyped(pool, pool.typed - 1);
  }
}

/** @throws PilothouseError not_a_number, negative_number, too_many_pilots */
function checkCount(count: number, pool: IPoolEntry): void {
  if (!Number.isInteger(count)) {
    throw new PilothouseError({
      code: 'not_a_number',
      params: { field: 'count', value: String(count) }
    });
  }
  if (count < 0) {
    throw new PilothouseError({
      code: 'negative_number',
      params: { field: 'count', value: count }
    });
  }
  const limit = Math.min(pool.profile.scaling.max, LIMITS.pilotsPerPool);
  if (count > limit) {
    throw new PilothouseError({
      code: 'too_many_pilots',
      params: { field: 'count', value: count, limit, pool: pool.pool }
    });
  }
}
