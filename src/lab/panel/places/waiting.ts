import type { Pilot } from '../../../protocol';

/** So many that wait alike are one row. */
const ALIKE = 4;

/** A row of a place: a pilot, or many that wait for the same. */
export type PlaceRow =
  | { readonly kind: 'pilot'; readonly key: string; readonly pilot: Pilot }
  | {
      readonly kind: 'alike';
      readonly key: string;
      readonly first: Pilot;
      readonly pilots: readonly Pilot[];
    };

/**
 * The rows of a place, in the order of its pilots. Those that wait in one state
 * for one cause are gathered where they are many: ten thousand in a queue say
 * no more than one.
 */
export function rowsOf(pilots: readonly Pilot[]): PlaceRow[] {
  const alike = new Map<string, Pilot[]>();
  for (const pilot of pilots) {
    if (pilot.state === 'requested' || pilot.state === 'queued' || pilot.state === 'held') {
      const key = `${pilot.state} ${pilot.why?.code ?? ''}`;
      const others = alike.get(key);
      if (others === undefined) {
        alike.set(key, [pilot]);
      } else {
        others.push(pilot);
      }
    }
  }
  const gathered = new Map<Pilot, string>();
  for (const [key, group] of alike) {
    if (group.length >= ALIKE) {
      group.forEach(pilot => gathered.set(pilot, key));
    }
  }
  const rows: PlaceRow[] = [];
  for (const pilot of pilots) {
    const key = gathered.get(pilot);
    if (key === undefined) {
      rows.push({ kind: 'pilot', key: pilot.pilot, pilot });
    } else {
      const group = alike.get(key) ?? [];
      if (group[0] === pilot) {
        rows.push({ kind: 'alike', key, first: pilot, pilots: group });
      }
    }
  }
  return rows;
}
