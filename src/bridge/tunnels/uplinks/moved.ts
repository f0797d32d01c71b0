import type { Uplink } from '../../../protocol';

/** That a name has led to another machine than before; null: it has not. */
export type Moved = NonNullable<Uplink['moved']> | null;

/**
 * After a relay has opened on the machine `now`, and last on `before`. Pilots
 * that were told of the first machine go on dialling that, wherever the name
 * leads meanwhile, until it leads there again. Those that were submitted before
 * `atMs`, when it came to be where it is now, may be such.
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
  return { from, to: now, atMs: moved?.to === now ? moved.atMs : nowMs };
}

/** As it is kept for the bridge after this one, which has the machine that it is on now beside it. */
export const keptMove = (moved: Moved): string =>
  moved === null ? '' : `${moved.atMs} ${moved.from}`;

export function moveOf(kept: string | null, machine: string | null): Moved {
  const found = /^(\d+) (.+)$/s.exec(kept ?? '');
  return found === null || machine === null || found[2] === machine
    ? null
    : { from: found[2], to: machine, atMs: Number(found[1]) };
}
