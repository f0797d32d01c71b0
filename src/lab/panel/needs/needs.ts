import type {
  BrokenProfile,
  ErrorData,
  Executor,
  HostConnection,
  Login,
  Pilot,
  Pool,
  Why
} from '../../../protocol';
import type { Connection, IPicture } from '../../tokens';
import { isAsked } from '../../words';

/** Something that waits for a person. */
export type Need =
  | { readonly kind: 'bridge'; readonly connection: Extract<Connection, { kind: 'offline' }> }
  /** A login asks something, whoever began it. */
  | { readonly kind: 'login'; readonly host: HostConnection; readonly login: Login }
  /** A connection broke, and waits for a person; `pool` is a place that uses it. */
  | { readonly kind: 'lost'; readonly host: HostConnection; readonly pool: Pool }
  /** Pilots of a place are wanted, and nobody is logged in to its submit host. */
  | { readonly kind: 'away'; readonly host: HostConnection; readonly pool: Pool }
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
  needs.push(...connectionsOf(picture));
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

/** What connections to submit hosts wait for. */
function connectionsOf(picture: IPicture): Need[] {
  const needs: Need[] = [];
  for (const host of picture.hosts.values()) {
    const pools = [...picture.pools.values()].filter(pool => pool.host === host.host);
    const wanting = pools.find(({ wanted }) => wanted.count > 0);
    const isAway = host.state === 'away' || host.state === 'failed';
    if (host.login !== null && isAsked(host.login)) {
      needs.push({ kind: 'login', host, login: host.login });
    } else if (host.state === 'lost' && host.nextTryMs === null && pools.length > 0) {
      needs.push({ kind: 'lost', host, pool: wanting ?? pools[0] });
    } else if (isAway && wanting !== undefined) {
      needs.push({ kind: 'away', host, pool: wanting });
    }
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
    case 'login':
    case 'lost':
    case 'away':
      return need.host.sinceMs;
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
