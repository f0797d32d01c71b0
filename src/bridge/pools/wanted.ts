import type { Ask } from '../../protocol';

/** An executor's ask, with what automatic scaling remembers of it. */
export interface IAsking {
  readonly ask: Ask;
  /** What it asks for now. */
  readonly count: number;
  /** Since when its tasks need fewer, and the most they needed in that time. */
  readonly below: { readonly sinceMs: number; readonly peak: number } | null;
}

/** A new ask; an automatic one starts at what its tasks need. */
export function asking(ask: Ask, unfinished: number, workersPerPilot: number): IAsking {
  return { ask, count: needed(ask, unfinished, workersPerPilot), below: null };
}

/** Pilots that an ask comes to for so many unfinished tasks. */
export function needed(ask: Ask, unfinished: number, workersPerPilot: number): number {
  return ask.kind === 'blocks'
    ? ask.blocks
    : Math.min(Math.max(Math.ceil(unfinished / workersPerPilot), ask.min), ask.max);
}

/**
 * The ask as time goes by: more at once; fewer only when for `restMs` no more
 * was needed, and then down to the most that was, so that a load that goes up
 * and down does not make pilots come and go.
 */
export function nextAsking(
  before: IAsking,
  unfinished: number,
  workersPerPilot: number,
  nowMs: number,
  restMs: number
): IAsking {
  const need = needed(before.ask, unfinished, workersPerPilot);
  if (need >= before.count) {
    return need === before.count && before.below === null
      ? before
      : { ask: before.ask, count: need, below: null };
  }
  const below = {
    sinceMs: before.below?.sinceMs ?? nowMs,
    peak: Math.max(before.below?.peak ?? 0, need)
  };
  if (nowMs - below.sinceMs < restMs) {
    return below.peak === before.below?.peak ? before : { ...before, below };
  }
  return {
    ask: before.ask,
    count: below.peak,
    below: need < below.peak ? { sinceMs: nowMs, peak: need } : null
  };
}

/** Pilots a pool wants: the typed number if there is one, else the sum of what is asked; the profile caps both. */
export function wantedCount(
  typed: number | null,
  asked: number,
  limits: { readonly min: number; readonly max: number }
): number {
  return Math.min(Math.max(typed ?? asked, typed === null ? limits.min : 0), limits.max);
}
