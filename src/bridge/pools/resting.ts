import type { IExecutorEntry } from './model';

/** When an executor will have had no task for so long that it rests; Infinity: not by itself. */
export function restsAtMs(entry: IExecutorEntry): number {
  const { restSeconds } = entry.pool.profile.scaling;
  return entry.unfinished > 0 ? Infinity : entry.workedAtMs + restSeconds * 1000;
}

/**
 * Whether an executor gives its pilots to others: it has no task, its pool was
 * taken down, or it cannot go on.
 */
export function isResting(entry: IExecutorEntry, nowMs: number): boolean {
  return entry.failure !== null || entry.sentToRest || nowMs >= restsAtMs(entry);
}
