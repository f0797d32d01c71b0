import type { BrokenProfile, ErrorData, Executor, Pilot, Pool, Why } from '../../../protocol';
import type { Connection, IPicture } from '../../tokens';

/** Something that waits for a person. */
export type Need =
  | { readonly kind: 'bridge'; readonly connection: Extract<Connection, { kind: 'offline' }> }
  | {
      readonly kind: 'stopped';
      readonly pool: Pool;
      readonly stopped: NonNullable<Pool['stopped']>;
    }
  | { readonly kind: 'executor'; readonly executor: Executor; readonly failure: ErrorData }
  /** Pilots of a pool that are held for the same cause; null: nobody has said which. */
  | {
      readonly kind: 'held';
      readonly pool: Pool;
      readonly why: Why | null;
      readonly pilots: readonly Pilot[];
      readonly sinceMs: number;
    }
  | { readonly kind: 'unserved'; readonly pool: Pool; readonly why: string }
  | { readonly kind: 'profile'; readonly profile: BrokenProfile };

/** What needs a person, the newest first; a bridge that is not there before all. */
export function needsOf(picture: IPicture, connection: Connection): Need[] {
  const needs: Need[] = [];
  if (connection.kind === 'offline') {
    needs.push({ kind: 'bridge', connection });
  }
  const pools = [...picture.pools.values()];
  for (const pool of pools) {
    // Where none is wanted it may stay as it is.
    if (pool.stopped !== null && pool.wanted.count > 0) {
      needs.push({ kind: 'stopped', pool, stopped: pool.stopped });
    }
    needs.push(...heldOf(picture, pool));
  }
  needs.sort((a, b) => sinceOf(b) - sinceOf(a));
  for (const executor of picture.executors.values()) {
    if (executor.failure !== null) {
      needs.push({ kind: 'executor', executor, failure: executor.failure });
    }
  }
  for (const pool of pools) {
    // A stopped pool has said why already.
    if (pool.waitingWhy !== null && pool.stopped === null) {
      needs.push({ kind: 'unserved', pool, why: pool.waitingWhy });
    }
  }
  for (const profile of picture.brokenProfiles.values()) {
    needs.push({ kind: 'profile', profile });
  }
  return needs;
}

/** The held pilots of a pool by what holds them. */
function heldOf(picture: IPicture, pool: Pool): Extract<Need, { kind: 'held' }>[] {
  if (pool.counts.held === 0) {
    // Most pools: thousands of pilots need not be looked through.
    return [];
  }
  const groups = new Map<string, [Pilot, ...Pilot[]]>();
  for (const pilot of picture.pilotsOf(pool.pool).values()) {
    if (pilot.state === 'held') {
      const code = pilot.why?.code ?? '';
      const group = groups.get(code);
      if (group === undefined) {
        groups.set(code, [pilot]);
      } else {
        group.push(pilot);
      }
    }
  }
  return [...groups.values()].map(pilots => {
    // The newest speaks for all: an action of its may need the most memory.
    const newest = pilots.reduce((one, other) => (other.sinceMs > one.sinceMs ? other : one));
    return { kind: 'held', pool, why: newest.why, pilots, sinceMs: newest.sinceMs };
  });
}

function sinceOf(need: Need): number {
  switch (need.kind) {
    case 'bridge':
      return Number.POSITIVE_INFINITY;
    case 'stopped':
      return need.stopped.sinceMs;
    case 'held':
      return need.sinceMs;
    case 'executor':
    case 'unserved':
    case 'profile':
      return Number.NEGATIVE_INFINITY;
  }
}
