import type { SchedulerOptions } from '../../protocol';

/** What a profile says of how often its scheduler may be asked. */
export type Polling = Exclude<SchedulerOptions, { kind: 'local' }>['polling'];

/** How often a scheduler may be asked, from what all tracked profiles say. */
export interface IPace {
  readonly floorMs: number;
  readonly everyMs: number;
  readonly ceilingMs: number;
}

/** The pace for all of these jobs. */
export const paceOfJobs = (jobs: Iterable<{ readonly polling: Polling }>): IPace =>
  paceOf(new Set(Array.from(jobs, ({ polling }) => polling)));

/** The largest floor wins: no profile makes a site be asked more often than another allows. */
export function paceOf(pollings: Iterable<Polling>): IPace {
  let floor = 0;
  let every = Infinity;
  let ceiling = 0;
  for (const polling of pollings) {
    floor = Math.max(floor, polling.floorSeconds);
    every = Math.min(every, polling.everySeconds);
    ceiling = Math.max(ceiling, polling.ceilingSeconds);
  }
  const everyMs = 1000 * Math.max(floor, Number.isFinite(every) ? every : floor);
  return { floorMs: 1000 * floor, everyMs, ceilingMs: Math.max(everyMs, 1000 * ceiling) };
}

/** When the next question is due by itself, after so many failures in a row. */
export function waitMs(pace: IPace, failures: number): number {
  return Math.min(pace.everyMs * 2 ** failures, pace.ceilingMs);
}
