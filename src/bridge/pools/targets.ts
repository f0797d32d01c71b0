import type { ExecutorId } from '../../protocol';

/** One executor's claim on a pool's pilots. */
export interface IClaim {
  readonly executor: ExecutorId;
  /** The most it may get. */
  readonly claim: number;
  /** It has unfinished tasks. */
  readonly working: boolean;
  /** It has had none for a while and gets nothing. */
  readonly resting: boolean;
  /** Leases it holds, lent or not; those on their way back are not among them. */
  readonly held: number;
  /** Of these, those that no pilot serves yet. */
  readonly waiting: number;
  /** The Python its pilots are made with: only pilots of the same can serve it. */
  readonly python: string;
}

export interface ITarget {
  readonly target: number;
  /** Others wait: what has no task is to be given back at once. */
  readonly urgent: boolean;
  /** Its share of the pool, which pilots are made for; `target` may be less for a moment. */
  readonly share: number;
}

/**
 * How many leases each executor may hold. Those with tasks divide the wanted
 * number first, then those that may get tasks soon; both times max-min fair:
 * nobody gets more than it claims, and what one leaves the others divide.
 * Where someone with tasks waits and no pilot is on its way to it, those
 * without tasks give theirs at once (design, 3.1).
 *
 * @param coming by Python: pilots that are idle, being freed or starting, so
 * that a waiting lease has them soon
 */
export function targets(
  wanted: number,
  claims: readonly IClaim[],
  coming: ReadonlyMap<string, number>
): Map<ExecutorId, ITarget> {
  const working = claims.filter(claim => claim.working);
  const waking = claims.filter(claim => !claim.working && !claim.resting);
  const first = divide(wanted, working);
  const rest = wanted - sum(first.values());
  const shares = new Map([...first, ...divide(rest, waking)]);

  const short = shortages(working, shares, coming);
  const found = new Map<ExecutorId, ITarget>();
  for (const claim of claims) {
    const share = shares.get(claim.executor) ?? 0;
    const lacking = short.get(claim.python) ?? 0;
    if (claim.working) {
      found.set(claim.executor, { target: share, urgent: false, share });
      continue;
    }
    const lent = claim.held - claim.waiting;
    const given = Math.min(lacking, Math.max(lent, 0));
    short.set(claim.python, lacking - given);
    const target = given > 0 ? Math.min(share, claim.held - given) : share;
    const urgent = given > 0 || (claim.held > target && working.some(other => other.waiting > 0));
    found.set(claim.executor, { target, urgent, share });
  }
  return found;
}

/** By Python: leases of working executors within their share that no pilot is on its way to. */
function shortages(
  working: readonly IClaim[],
  shares: ReadonlyMap<ExecutorId, number>,
  coming: ReadonlyMap<string, number>
): Map<string, number> {
  const short = new Map<string, number>();
  for (const claim of working) {
    const lent = claim.held - claim.waiting;
    const lacks = Math.max(0, Math.min(claim.waiting, (shares.get(claim.executor) ?? 0) - lent));
    short.set(claim.python, (short.get(claim.python) ?? 0) + lacks);
  }
  for (const [python, lacks] of short) {
    short.set(python, Math.max(0, lacks - (coming.get(python) ?? 0)));
  }
  return short;
}

/** Max-min fair division of whole pilots; the remainder goes to those named first. */
export function divide(
  total: number,
  claims: readonly { readonly executor: ExecutorId; readonly claim: number }[]
): Map<ExecutorId, number> {
  const shares = new Map<ExecutorId, number>();
  let left = Math.max(0, total);
  let open = [...claims].sort((one, other) => one.claim - other.claim);
  while (open.length > 0) {
    const [smallest] = open;
    const even = Math.floor(left / open.length);
    if (smallest.claim > even) {
      break;
    }
    shares.set(smallest.executor, smallest.claim);
    left -= smallest.claim;
    open = open.slice(1);
  }
  const unsettled = claims.filter(claim => !shares.has(claim.executor));
  const even = unsettled.length === 0 ? 0 : Math.floor(left / unsettled.length);
  let remainder = left - even * unsettled.length;
  for (const { executor } of unsettled) {
    const extra = remainder > 0 ? 1 : 0;
    remainder -= extra;
    shares.set(executor, even + extra);
  }
  return shares;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) {
    total += number;
  }
  return total;
}
