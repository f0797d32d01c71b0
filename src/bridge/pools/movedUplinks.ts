import type { Uplink } from '../../protocol';
import type { IPoolEntry } from './model';

/**
 * Ways home as a pool shows them: that a submit host's name has led elsewhere
 * only as long as a pilot lives that was submitted before. One that waits for
 * its submission has not been told where to dial.
 */
export function withMovesThatMatter(
  uplinks: readonly Uplink[],
  { pilots, ended }: IPoolEntry
): Uplink[] {
  const told = [...pilots.values()]
    .filter(entry => !ended.has(entry) && entry.record.pilot.state !== 'requested')
    .map(entry => entry.record.pilot.createdAtMs);
  return uplinks.map(({ moved, ...uplink }) =>
    moved === undefined || told.every(atMs => atMs >= moved.atMs) ? uplink : { ...uplink, moved }
  );
}
