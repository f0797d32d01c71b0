import { LIMITS, workersPerPilot, type LeaseId, type PilotId } from '../../protocol';
import { fit, madeFor } from '../environments';
import { PilothouseError } from '../errors';
import type { IBridgeContext } from '../tokens';
import { lend } from './lending';
import type { Draining } from './draining';
import type { LeaseBook } from './leases';
import {
  isFree,
  isHeld,
  isPresent,
  type IExecutorEntry,
  type ILeaseEntry,
  type IPilotEntry,
  type IPoolEntry
} from './model';
import { needFor, newestKey } from './needs';
import type { PilotBook } from './pilotBook';
import { isResting, restsAtMs } from './resting';
import type { ScalingIn } from './scalingIn';
import type { Submissions } from './submissions';
import { supplyPlan } from './supply';
import { targets, type IClaim } from './targets';
import { nextAsking, wantedCount } from './wanted';
import { whyNoneWanted } from './whyNoneWanted';

/**
 * One look at one pool: from what executors ask and what pilots there are to
 * targets, lent pilots, new requests, and pilots that are too many. It does
 * the same however often it is called.
 */
export class Policy {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _pilots: PilotBook,
    private readonly _leases: LeaseBook,
    private readonly _scalingIn: ScalingIn,
    private readonly _draining: Draining,
    private readonly _submissions: Submissions
  ) {}

  /** Returns when time alone will make it do something else; Infinity: never. */
  settle(pool: IPoolEntry): number {
    const drainsAtMs = this._draining.settle(pool);
    const wantsAtMs = this._want(pool);
    const shares = this._target(pool);
    this._lend(pool);
    const endsAtMs = this._scalingIn.settle(pool);
    this._supply(pool, shares);
    return Math.min(drainsAtMs, wantsAtMs, endsAtMs);
  }

  private _want(pool: IPoolEntry): number {
    const { scaling } = pool.profile;
    const now = this._context.clock.now();
    const restMs = scaling.restSeconds * 1000;
    let asked = 0;
    let nextMs = Infinity;
    for (const entry of pool.executors.values()) {
      entry.asking = nextAsking(
        entry.asking,
        entry.unfinished,
        workersPerPilot(pool.profile),
        now,
        restMs
      );
      if (entry.asking.below !== null) {
        nextMs = Math.min(nextMs, entry.asking.below.sinceMs + restMs);
      }
      if (!isResting(entry, now)) {
        asked += entry.asking.count;
        nextMs = Math.min(nextMs, restsAtMs(entry));
      }
    }
    pool.wanted = { count: wantedCount(pool.typed, asked, scaling), asked };
    return nextMs;
  }

  /** Tells each executor what it may hold; returns how many pilots each Python is to have. */
  private _target(pool: IPoolEntry): Map<string, number> {
    const claims = [...pool.executors.values()].map(entry => this._claim(pool, entry));
    const coming = new Map<string, number>();
    for (const pilot of pool.pilots.values()) {
      const freed = pilot.lease?.state === 'draining' && pilot.connection !== null;
      if (isPresent(pilot) && (isFree(pilot) || freed || pilot.record.pilot.state === 'starting')) {
        const { executable } = pilot.record;
        coming.set(executable, (coming.get(executable) ?? 0) + 1);
      }
    }
    const found = targets(pool.wanted.count, claims, coming);
    const shares = new Map<string, number>();
    for (const { executor, python } of claims) {
      const entry = pool.executors.get(executor);
      const given = found.get(executor);
      if (entry === undefined || given === undefined) {
        continue;
      }
      shares.set(python, (shares.get(python) ?? 0) + given.share);
      entry.target = given.target;
      const told = `${given.target} ${given.urgent}`;
      if (entry.client !== null && entry.told !== told) {
        entry.told = told;
        const { target, urgent } = given;
        entry.client.notify('executors.target', { executor, target, urgent });
      }
    }
    return shares;
  }

  private _claim(pool: IPoolEntry, entry: IExecutorEntry): IClaim {
    const held = [...entry.leases.values()].filter(isHeld);
    const resting = isResting(entry, this._context.clock.now());
    const most = pool.typed === null ? entry.asking.count : pool.wanted.count;
    return {
      executor: entry.executor,
      claim: resting ? 0 : Math.min(most, LIMITS.leasesPerExecutor),
      working: entry.unfinished > 0 && !resting,
      resting,
      held: held.length,
      waiting: held.filter(lease => lease.pilot === null).length,
      python: madeFor(pool.profile, entry.runtime)
    };
  }

  private _lend(pool: IPoolEntry): void {
    const waiting = new Map<LeaseId, ILeaseEntry>();
    for (const entry of pool.executors.values()) {
      for (const lease of this._mayBeLent(entry)) {
        waiting.set(lease.lease, lease);
      }
    }
    const free = new Map<PilotId, IPilotEntry>();
    for (const pilot of pool.pilots.values()) {
      if (isFree(pilot)) {
        free.set(pilot.record.pilot.pilot, pilot);
      }
    }
    const { lent, unfit } = lend(
      [...waiting.values()].map(({ lease, askedAtMs, executor }) => ({
        lease,
        executor: executor.executor,
        askedAtMs,
        working: executor.unfinished > 0
      })),
      [...free].map(([pilot, { record }]) => ({ pilot, idleSinceMs: record.pilot.sinceMs })),
      (executor, pilot) => this._fit(pool, pool.executors.get(executor), free.get(pilot))
    );
    for (const { lease, pilot } of lent) {
      const [entry, to] = [waiting.get(lease), free.get(pilot)];
      waiting.delete(lease);
      if (entry !== undefined && to !== undefined) {
        this._leases.lend(entry, to);
      }
    }
    pool.waitingWhy = [...unfit.values()].at(0) ?? pool.stopped?.words ?? whyNoneWanted(pool);
    for (const [lease, entry] of waiting) {
      const cause = pool.stopped === null ? 'no_pilot_yet' : 'pool_stopped';
      this._leases.explain(entry, cause, unfit.get(lease) ?? pool.stopped?.words ?? '');
    }
  }

  /** The waiting leases of an executor that are within its target. */
  private _mayBeLent(entry: IExecutorEntry): ILeaseEntry[] {
    const held = [...entry.leases.values()].filter(isHeld);
    const waiting = held.filter(lease => lease.pilot === null && !lease.awaitsReunion);
    const lent = held.filter(lease => lease.pilot !== null).length;
    return waiting.slice(0, Math.max(0, entry.target - lent));
  }

  private _fit(
    pool: IPoolEntry,
    executor: IExecutorEntry | undefined,
    pilot: IPilotEntry | undefined
  ): ReturnType<typeof fit> {
    if (executor === undefined || pilot === undefined) {
      return { fits: 'unknown' };
    }
    const { record, heard, problem } = pilot;
    return fit(
      pool.profile,
      {
        executable: record.executable,
        runtime: heard ? record.pilot.runtime : null,
        problem
      },
      executor.runtime
    );
  }

  /** Asks for what is missing, and makes room for it where the limit is reached. */
  private _supply(pool: IPoolEntry, shares: ReadonlyMap<string, number>): void {
    if (pool.stopped !== null) {
      return;
    }
    const present = new Map<string, IPilotEntry[]>();
    for (const entry of pool.pilots.values()) {
      if (isPresent(entry)) {
        const { executable } = entry.record;
        const same = present.get(executable);
        if (same === undefined) {
          present.set(executable, [entry]);
        } else {
          same.push(entry);
        }
      }
    }
    const desired = this._desired(pool, shares, present);
    const pythons = new Set([...desired.keys(), ...present.keys()]);
    const plan = supplyPlan(
      [...pythons].map(python => ({
        python,
        desired: desired.get(python) ?? 0,
        present: present.get(python)?.length ?? 0
      })),
      pool.typed === null ? pool.profile.scaling.max : pool.wanted.count
    );
    if (plan.submit.size > 0) {
      this._request(pool, plan.submit);
    }
    if (plan.makeRoom > 0) {
      const surplus = [...present].flatMap(([python, entries]) =>
        entries
          .filter(({ lease, orphan }) => lease === null && orphan === null)
          .slice(0, Math.max(0, entries.length - (desired.get(python) ?? 0)))
      );
      this._scalingIn.spare(surplus, plan.makeRoom);
    }
  }

  /** What cannot be put on record is not asked for, until a person says so. */
  private _request(pool: IPoolEntry, counts: ReadonlyMap<string, number>): void {
    try {
      const { python } = this._context;
      const wanted = [...counts].map(([key, count]) => ({
        need: needFor(pool.profile, key, pool.executors, python),
        count
      }));
      this._pilots.request(pool, wanted);
      this._submissions.soon(pool);
    } catch (error) {
      if (!(error instanceof PilothouseError)) {
        throw error;
      }
      const { clock, log } = this._context;
      log.error('pool.stopped', error, { pool: pool.pool });
      const { code, params, words } = error.data;
      pool.stopped = { code, params, words: words ?? '', failures: 1, sinceMs: clock.now() };
    }
  }

  /**
   * Pilots each Python is to have: the executors' shares, and what is wanted
   * beyond them (a typed number, a minimum), which any pilot will do for that
   * is there already.
   */
  private _desired(
    pool: IPoolEntry,
    shares: ReadonlyMap<string, number>,
    present: ReadonlyMap<string, readonly IPilotEntry[]>
  ): Map<string, number> {
    const desired = new Map(shares);
    let beyond = pool.wanted.count;
    for (const share of shares.values()) {
      beyond -= share;
    }
    for (const [python, entries] of present) {
      const spareOnes = Math.max(0, entries.length - (desired.get(python) ?? 0));
      const used = Math.min(spareOnes, Math.max(0, beyond));
      desired.set(python, (desired.get(python) ?? 0) + used);
      beyond -= used;
    }
    if (beyond > 0) {
      const python = newestKey(pool.profile, pool.executors, this._context.python);
      desired.set(python, (desired.get(python) ?? 0) + beyond);
    }
    return desired;
  }
}
