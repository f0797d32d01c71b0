import type { LeaseId, PilotId } from '../../protocol';
import type { Fit } from '../environments';

/** A lease that waits for a pilot, with whether its executor has tasks. */
export interface IWaiting {
  readonly lease: LeaseId;
  readonly working: boolean;
  readonly askedAtMs: number;
}

/** A pilot that nobody has. */
export interface IFree {
  readonly pilot: PilotId;
  readonly idleSinceMs: number;
}

/**
 * Who gets which idle pilot: executors with tasks first, then who asked
 * first; of the pilots the one that was used last, so that the others reach
 * their idle time-out. A pilot is never lent to whom it does not fit.
 */
export function lend(
  waiting: readonly IWaiting[],
  free: readonly IFree[],
  fit: (lease: LeaseId, pilot: PilotId) => Fit
): { lent: { lease: LeaseId; pilot: PilotId }[]; unfit: Map<LeaseId, string> } {
  const leases = [...waiting].sort(
    (one, other) => Number(other.working) - Number(one.working) || one.askedAtMs - other.askedAtMs
  );
  const pilots = [...free].sort((one, other) => other.idleSinceMs - one.idleSinceMs);
  const lent: { lease: LeaseId; pilot: PilotId }[] = [];
  const unfit = new Map<LeaseId, string>();
  for (const { lease } of leases) {
    const refusals: string[] = [];
    const index = pilots.findIndex(({ pilot }) => {
      const found = fit(lease, pilot);
      if (found.fits === false && found.remedy === 'person') {
        refusals.push(found.words);
      }
      return found.fits === true;
    });
    if (index >= 0) {
      lent.push({ lease, pilot: pilots[index].pilot });
      pilots.splice(index, 1);
    } else if (refusals.length > 0) {
      unfit.set(lease, refusals[0]);
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
