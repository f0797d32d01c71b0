import {
  LIMITS,
  type PoolName,
  Profile,
  workersPerPilot,
  type BrokenProfile,
  type Executor,
  type PilotCounts,
  type Pool
} from '../../protocol';
import { PilothouseError } from '../errors';
import type { IBridgeContext, IPilotStore, IProfiles, ITaskBook } from '../tokens';
import type { IUplinks } from '../tunnels';
import { livingProfiles, type IExecutorEntry, type IPoolEntry } from './model';
import { withMovesThatMatter } from './movedUplinks';
import { isResting } from './resting';
import type { Sites } from './sites';

/** All pools: one for each profile, and for each name that still has pilots. */
export class PoolBook {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _store: IPilotStore,
    private readonly _profiles: IProfiles,
    private readonly _tasks: ITaskBook,
    private readonly _sites: Pick<Sites, 'hostOf' | 'troubleOf'>,
    private readonly _uplinks: Pick<IUplinks, 'views'> = { views: () => [] }
  ) {}

  all(): IterableIterator<IPoolEntry> {
    return this._entries.values();
  }

  /**
   * The pool of a profile, read anew; one that is there also where its profile
   * has been removed or broken meanwhile: to look at it, and to end what runs.
   * @throws PilothouseError unknown_profile, invalid_profile
   */
  openKnown(name: string): IPoolEntry {
    try {
      return this.open(name);
    } catch (error) {
      const known = [...this.all()].find(({ pool }) => pool === name);
      if (known === undefined || !(error instanceof PilothouseError)) {
        throw error;
      }
      return known;
    }
  }

  /** The pool of a profile, read anew. @throws PilothouseError unknown_profile, invalid_profile */
  open(name: string): IPoolEntry {
    const profile = this._profiles.get(name);
    const known = this._entries.get(profile.name);
    if (known === undefined) {
      return this._enter(profile);
    }
    this._refresh(known, profile);
    return known;
  }

  /** The pool of a pilot in the database, whether or not its profile is still there. */
  openAnyway(name: PoolName): IPoolEntry {
    const known = this._entries.get(name);
    if (known !== undefined) {
      return known;
    }
    try {
      return this.open(name);
    } catch (error) {
      this._context.log.error('pool.profile', error, { pool: name });
      // As it last was: without it nobody knows whose jobs these pilots are.
      return this._enter(this._lastProfile(name) ?? Profile.parse({ name }));
    }
  }

  /** Looks for new, changed, broken and vanished profiles. */
  refresh(): void {
    const { profiles, broken } = this._profiles.list();
    this._tellBroken(broken);
    for (const { name } of profiles) {
      try {
        this.open(name);
      } catch (error) {
        if (!(error instanceof PilothouseError)) {
          throw error;
        }
        // It was broken or removed since it was listed; the next look settles it.
      }
    }
    const names = new Set(profiles.map(({ name }) => name));
    for (const pool of [...this._entries.values()]) {
      const used = pool.executors.size > 0 || pool.pilots.size > pool.ended.size;
      if (!names.has(pool.pool) && !used && pool.typed === null) {
        this._entries.delete(pool.pool);
        this._touched.delete(pool);
        this._context.changes.put({ kind: 'pool-gone', pool: pool.pool });
      }
    }
  }

  setTyped(pool: IPoolEntry, count: number | null): void {
    // First to where it holds: a number that was refused is not wanted.
    this._store.putTyped(pool.pool, count);
    pool.typed = count;
  }

  /** After a stop for like failures: ask again. */
  resume(pool: IPoolEntry): void {
    pool.failures = null;
    pool.stopped = null;
  }

  /** Shows a pool and its executors with the next delta, as they are then. */
  touch(pool: IPoolEntry): void {
    this._touched.add(pool);
    this._context.changes.late(this._show);
  }

  view(pool: IPoolEntry): Pool {
    const { profile, typed, wanted, stopped, waitingWhy } = pool;
    return {
      pool: pool.pool,
      title: profile.title ?? profile.name,
      scheduler: profile.scheduler.kind,
      submitHost: profile.submitHost.address ?? this._context.machine,
      host: this._sites.hostOf(profile),
      schedulerTrouble: this._sites.troubleOf(profile),
      uplinks: withMovesThatMatter(
        this._uplinks.views([...new Set([profile, ...livingProfiles(pool)])]),
        pool
      ),
      wanted: {
        count: wanted.count,
        typed,
        asked: wanted.asked,
        min: profile.scaling.min,
        max: profile.scaling.max
      },
      counts: this._counts(pool),
      workersPerPilot: workersPerPilot(profile),
      stopped,
      waitingWhy: waitingWhy === null ? null : waitingWhy.slice(0, LIMITS.wordsChars)
    };
  }

  private _tellBroken(broken: readonly BrokenProfile[]): void {
    const { changes } = this._context;
    const now = new Map(broken.map(value => [value.file, JSON.stringify(value)]));
    for (const value of broken) {
      if (this._broken.get(value.file) !== now.get(value.file)) {
        changes.put({ kind: 'broken-profile', value });
      }
    }
    for (const file of this._broken.keys()) {
      if (!now.has(file)) {
        changes.put({ kind: 'broken-profile-gone', file });
      }
    }
    this._broken = now;
  }

  private _counts(pool: IPoolEntry): PilotCounts {
    const counts: PilotCounts = {
      requested: 0,
      queued: 0,
      held: 0,
      suspended: 0,
      starting: 0,
      idle: 0,
      busy: 0,
      draining: 0,
      lost: 0
    };
    for (const { record } of pool.pilots.values()) {
      const { pilot } = record;
      switch (pilot.state) {
        case 'ended':
          break;
        case 'leased':
          counts[this._tasks.isBusy(pilot.pilot) ? 'busy' : 'idle'] += 1;
          break;
        default:
          counts[pilot.state] += 1;
      }
    }
    return counts;
  }

  private _enter(profile: Profile): IPoolEntry {
    const profileText = JSON.stringify(profile);
    this._remember(profile.name, profileText);
    const pool: IPoolEntry = {
      pool: profile.name,
      profile,
      profileText,
      typed: this._store.typed().get(profile.name) ?? null,
      failures: null,
      stopped: null,
      waitingWhy: null,
      shrinking: false,
      surplusSinceMs: null,
      wanted: { count: 0, asked: 0 },
      pilots: new Map(),
      ended: new Set(),
      executors: new Map(),
      lookAtMs: 0
    };
    this._entries.set(profile.name, pool);
    return pool;
  }

  private _refresh(pool: IPoolEntry, profile: Profile): void {
    const text = JSON.stringify(profile);
    if (text !== pool.profileText) {
      pool.profile = profile;
      pool.profileText = text;
      this._remember(pool.pool, text);
      // Who corrects a profile wants to see whether that helped.
      this.resume(pool);
      pool.lookAtMs = 0;
    }
  }

  private _remember(pool: PoolName, text: string): void {
    const key = lastProfileKey(pool);
    try {
      if (this._store.value(key) !== text) {
        this._store.putValue(key, text);
      }
    } catch (error) {
      // A full disk: it matters only if the file vanishes before the next bridge reads it.
      this._context.log.error('pool.remember', error, { pool });
    }
  }

  private _lastProfile(pool: PoolName): Profile | null {
    const text = this._store.value(lastProfileKey(pool));
    if (text === null) {
      return null;
    }
    try {
      return Profile.parse(JSON.parse(text));
    } catch (error) {
      this._context.log.error('pool.last_profile', error, { pool });
      return null;
    }
  }

  private readonly _show = (): void => {
    const { changes, clock } = this._context;
    for (const pool of this._touched) {
      changes.put({ kind: 'pool', value: this.view(pool) });
      for (const entry of pool.executors.values()) {
        const value = viewOfExecutor(entry, clock.now());
        changes.put({ kind: 'executor', value });
      }
    }
    this._touched.clear();
  };

  private readonly _entries = new Map<PoolName, IPoolEntry>();
  private readonly _touched = new Set<IPoolEntry>();
  /** Files that views know to be broken, and what they were told of each. */
  private _broken = new Map<string, string>();
}

/** Where the database has a pool's profile as it last was. */
function lastProfileKey(pool: PoolName): string {
  return `profile ${pool}`;
}

/** An executor as views see it. */
export function viewOfExecutor(entry: IExecutorEntry, nowMs: number): Executor {
  const { executor, pool, label, origin, runtime, asking, target, client, openedAtMs } = entry;
  return {
    executor,
    pool: pool.pool,
    label,
    origin,
    runtime,
    ask: asking.ask,
    asksFor: asking.count,
    target,
    registered: [...entry.leases.values()].filter(({ state }) => state === 'registered').length,
    resting: isResting(entry, nowMs),
    connected: client !== null,
    failure: entry.failure,
    openedAtMs
  };
}
