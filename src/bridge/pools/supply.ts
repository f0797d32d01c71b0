/** How many pilots each Python is to have, and has. */
export interface ISupply {
  readonly python: string;
  readonly desired: number;
  /** Queued, starting, there: all that are or may come to be of use. */
  readonly present: number;
}

/** What is missing, by Python, and how many of the others must go to make room for it. */
export interface ISupplyPlan {
  readonly submit: ReadonlyMap<string, number>;
  /** Pilots beyond what is desired of their Python that are in the way. */
  readonly makeRoom: number;
}

/**
 * Pilots to be asked for. Present ones that are of no use to anybody now stay
 * for the next kernel, as long as the limit leaves room for what is missing.
 */
export function supplyPlan(supplies: readonly ISupply[], limit: number): ISupplyPlan {
  const present = supplies.reduce((total, supply) => total + supply.present, 0);
  let room = Math.max(0, limit - present);
  let lacking = 0;
  const submit = new Map<string, number>();
  for (const { python, desired, present: there } of supplies) {
    const missing = Math.max(0, desired - there);
    const now = Math.min(missing, room);
    room -= now;
    lacking += missing - now;
    if (now > 0) {
      submit.set(python, now);
    }
  }
  const surplus = supplies.reduce(
    (total, supply) => total + Math.max(0, supply.present - supply.desired),
    0
  );
  return { submit, makeRoom: Math.min(lacking, surplus) };
}
