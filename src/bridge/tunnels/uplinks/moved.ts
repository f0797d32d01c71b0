import type { Uplink } from '../../../protocol';

/** That a name has led to another machine than before; null: it has not. */
export type Moved = NonNullable<Uplink['moved']> | null;

/**
 * After a relay has opened on the machine `now`, and last on `before`. Pilots
 * that were told of the first machine go on dialling that, wherever the name
 * leads meanwhile, until it leads there again.
 */
export function movedTo(
  moved: Moved,
  before: string | null,
  now: string | null,
  nowMs: number
): Moved {
  const from = moved?.from ?? before;
  if (from === null || now === null || from === now) {
    return null;
  }
  return { from, to: now, atMs: moved?.atMs ?? nowMs };
}
