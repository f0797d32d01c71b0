import type { PilotId, TaskUpdate } from '../../protocol';
import type { Busy } from './running';

/** What an agent says of busy workers, by this machine's clock. */
export const ofAgent = (busy: readonly Busy[], behindMs: number): readonly Busy[] =>
  behindMs === 0 ? busy : busy.map(one => ({ ...one, startedAtMs: one.startedAtMs + behindMs }));

/**
 * What a kernel says of a task, by this machine's clock: begin and end come
 * together and are of the worker's, an end alone is of the kernel's.
 */
export function ofKernel(update: TaskUpdate, behind: (pilot: PilotId) => number): TaskUpdate {
  const { pilot, startedAtMs, endedAtMs } = update;
  const behindMs = pilot === undefined ? 0 : behind(pilot);
  if (behindMs === 0 || startedAtMs === undefined) {
    return update;
  }
  return {
    ...update,
    startedAtMs: startedAtMs + behindMs,
    ...(endedAtMs === undefined ? {} : { endedAtMs: endedAtMs + behindMs })
  };
}
