import type { ExecutorId, LeaseId, PilotId } from '../../protocol';
import type { Fit } from '../environments';

/** A lease that waits for a pilot, with whether its executor has tasks. */
export interface IWaiting {
  readonly lease: LeaseId;
  readonly executor: ExecutorId;
  readonly working: boolean;
  readonly askedAtMs: number;
}

/** A pilot that nobody has. */
export interface IFree {
  readonly pilot: PilotId;
  readonly idleSinceMs: number;
}

/** How far one executor has looked through the free pilots: what did not fit it will not. */
interface ISearch {
  next: number;
  refusal: string | null;
}

/**
 * Who gets which idle pilot: executors with tasks first, then who asked
 * first; of the pilots the one that was used last, so that the others reach
 * their idle time-out. A pilot is never lent to whom it does not fit.
 */
export function lend(
  waiting: readonly IWaiting[],
  free: readonly IFree[],
  fit: (executor: ExecutorId, pilot: PilotId) => Fit
): { lent: { lease: LeaseId; pilot: PilotId }[]; unfit: Map<LeaseId, string> } {
  const leases = [...waiting].sort(
    (one, other) => Number(other.working) - Number(one.working) || one.askedAtMs - other.askedAtMs
  );
  const pilots = [...free].sort((one, other) => other.idleSinceMs - one.idleSinceMs);
  const taken = new Set<PilotId>();
  const searches = new Map<ExecutorId, ISearch>();
  const lent: { lease: LeaseId; pilot: PilotId }[] = [];
  const unfit = new Map<LeaseId, string>();
  for (const { lease, executor } of leases) {
    const search = searches.get(executor) ?? { next: 0, refusal: null };
    searches.set(executor, search);
    let found: PilotId | null = null;
    while (found === null && search.next < pilots.length) {
      const { pilot } = pilots[search.next];
      search.next += 1;
      if (!taken.has(pilot)) {
        const answer = fit(executor, pilot);
        found = answer.fits === true ? pilot : null;
        if (answer.fits === false && answer.remedy === 'person') {
          search.refusal ??= answer.words;
        }
      }
    }
    if (found !== null) {
      taken.add(found);
      lent.push({ lease, pilot: found });
    } else if (search.refusal !== null) {
      unfit.set(lease, search.refusal);
    }
  }
  return { lent, unfit };
}

/** Pilots to be ended when there are too many: those that cost least first. */
const CHEAPEST_FIRST = ['requested', 'queued', 'held', 'starting', 'idle'] as const;
type Spare = (typeof CHEAPEST_FIRST)[number];

/** Which of a pool's pilots to end so that `count` fewer are left; never one that is leased. */
export function spare<P extends { readonly state: string; readonly sinceMs: number }>(
  pilots: readonly P[],
  count: number
): P[] {
  const rank = (pilot: P): number => CHEAPEST_FIRST.indexOf(pilot.state as Spare);
  return pilots
    .filter(pilot => rank(pilot) >= 0)
    .sort((one, other) => rank(one) - rank(other) || one.sinceMs - other.sinceMs)
    .slice(0, Math.max(0, count));
}
