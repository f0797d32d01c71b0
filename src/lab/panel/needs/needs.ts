import type { ErrorData, Executor, Pool } from '../../../protocol';
import type { BrokenProfile } from '../../model';
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
  | { readonly kind: 'unserved'; readonly pool: Pool; readonly why: string }
  | { readonly kind: 'profile'; readonly profile: BrokenProfile };

/** What needs a person, the newest first; a bridge that is not there before all. */
export function needsOf(
  picture: IPicture,
  connection: Connection,
  broken: readonly BrokenProfile[]
): Need[] {
  const needs: Need[] = [];
  if (connection.kind === 'offline') {
    needs.push({ kind: 'bridge', connection });
  }
  const pools = [...picture.pools.values()];
  for (const pool of pools) {
    if (pool.stopped !== null) {
      needs.push({ kind: 'stopped', pool, stopped: pool.stopped });
    }
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
  return [...needs, ...broken.map(profile => ({ kind: 'profile', profile }) as const)];
}

function sinceOf(need: Need): number {
  switch (need.kind) {
    case 'bridge':
      return Number.POSITIVE_INFINITY;
    case 'stopped':
      return need.stopped.sinceMs;
    case 'executor':
    case 'unserved':
    case 'profile':
      return Number.NEGATIVE_INFINITY;
  }
}
