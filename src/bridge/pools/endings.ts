import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PilotEnd, PilotId } from '../../protocol';
import type { IBridgeContext, IScheduler, JobReport } from '../tokens';
import type { Schedulers } from '../schedulers';
import { endingOf } from './ends';
import { failed, stopOf, succeeded } from './failures';
import type { ILeaseAudience, LeaseBook } from './leases';
import { hasEnded, type IBell, type IEnding, type IPilotEntry } from './model';
import type { PilotBook } from './pilotBook';
import { lastWords } from './pilotFolder';

/** An agent told to end has done so by then; else its job is removed. */
const END_WITHIN_MS = 5000;

/** How pilots come to their end, whoever wants it, and what their pool makes of that. */
export class Endings implements ILeaseAudience {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _schedulers: Schedulers,
    private readonly _pilots: PilotBook,
    private readonly _leases: LeaseBook,
    private readonly _bell: IBell
  ) {}

  /** Told of each pilot that has ended for good; set once by whoever wires the parts. */
  onClosed: ((entry: IPilotEntry) => void) | null = null;

  /**
   * Ends pilots. `gently`: through their agents, which clean up and say so;
   * else by the scheduler, at once.
   */
  end(entries: readonly IPilotEntry[], end: PilotEnd, gently: boolean): void {
    this._end(entries, { end, cause: end, words: '' }, gently);
  }

  failed(pilot: IPilotEntry, cause: string, words: string): void {
    this._end([pilot], { end: 'failed', cause, words }, false);
  }

  drained(pilot: IPilotEntry): void {
    if (pilot.ending === null) {
      this.end([pilot], 'scaled_in', true);
    }
  }

  served(pilot: IPilotEntry): void {
    pilot.pool.failures = succeeded(pilot.pool.failures, 'registered');
  }

  /** Goes on with the end of a pilot whose submission was under way. */
  resume(entry: IPilotEntry): void {
    if (entry.ending !== null && !hasEnded(entry)) {
      this._remove([entry]);
    }
  }

  /** What a scheduler says of a job. */
  reported(pilot: PilotId, report: JobReport): void {
    const entry = this._pilots.get(pilot);
    if (entry === undefined || hasEnded(entry)) {
      return;
    }
    if (report.state === 'ended') {
      this._ended(entry, report);
    } else if (report.state !== 'unknown') {
      this._pilots.apply(entry, { kind: 'job', state: report.state, words: report.words });
    }
  }

  /** Ends the record of a pilot that no job stands behind (any more). */
  close(entry: IPilotEntry, ending: IEnding): void {
    if (hasEnded(entry)) {
      return;
    }
    const { pool, connection, lease } = entry;
    entry.timer?.dispose();
    entry.connection = null;
    entry.orphan = null;
    this._context.log.info('pilot.ended', { pilot: entry.record.pilot.pilot, ...ending });
    this._pilots.apply(entry, { kind: 'ended', ...ending });
    this._removeSecret(entry);
    connection?.close();
    if (lease !== null) {
      const cause = lease.state === 'draining' ? lease.cause : 'pilot_gone';
      this._leases.end(
        lease,
        ending.cause === 'never_registered' ? 'never_registered' : cause,
        ending.words
      );
    }
    if (ending.end === 'failed' && !entry.served) {
      const { cause, words } = ending;
      pool.failures = failed(pool.failures, { cause, words, heard: entry.heard });
      pool.stopped ??= stopOf(pool.failures, this._context.clock.now());
      if (pool.stopped !== null) {
        this._context.log.warn('pool.stopped', { pool: pool.pool, cause });
      }
    }
    this.onClosed?.(entry);
    this._bell.ring(pool);
  }

  /** It opens nothing any more, since the listener is told of the end; its logs stay. */
  private _removeSecret({ record }: IPilotEntry): void {
    try {
      rmSync(join(record.folder, 'pilot.json'), { force: true });
    } catch (error) {
      this._context.log.error('pilot.secret', error, { pilot: record.pilot.pilot });
    }
  }

  private _end(entries: readonly IPilotEntry[], ending: IEnding, gently: boolean): void {
    const byScheduler: IPilotEntry[] = [];
    for (const entry of entries.filter(candidate => !hasEnded(candidate))) {
      entry.ending ??= ending;
      if (entry.submitting) {
        continue;
      }
      if (entry.record.job === null && !entry.heard) {
        this.close(entry, entry.ending);
        continue;
      }
      entry.draining = true;
      this._pilots.apply(entry, { kind: 'drain', cause: ending.cause, words: ending.words });
      const reason = ending.end === 'idle_timeout' ? 'idle_timeout' : 'removed';
      entry.connection?.send('pilot.end', { reason });
      entry.timer?.dispose();
      if (gently && entry.connection !== null) {
        entry.timer = this._context.clock.after(END_WITHIN_MS, () => {
          this._remove([entry]);
        });
      } else {
        byScheduler.push(entry);
      }
    }
    this._remove(byScheduler);
  }

  /** Removes jobs, in one call for each scheduler. */
  private _remove(entries: readonly IPilotEntry[]): void {
    const jobs = new Map<IScheduler, Map<PilotId, string>>();
    for (const entry of entries) {
      const { job, pilot } = entry.record;
      if (job === null) {
        // Its agent was told, if it can be; nothing else is known by which to reach it.
        this.close(entry, entry.ending ?? { end: 'removed', cause: 'removed', words: '' });
        continue;
      }
      const scheduler = this._schedulers.get(entry.pool.profile.scheduler.kind);
      const of = jobs.get(scheduler) ?? new Map<PilotId, string>();
      jobs.set(scheduler, of.set(pilot.pilot, job));
    }
    for (const [scheduler, of] of jobs) {
      scheduler.remove(of).catch((error: unknown) => {
        this._context.log.error('pilots.remove', error, { pilots: [...of.keys()] });
      });
    }
  }

  private _ended(entry: IPilotEntry, report: Extract<JobReport, { state: 'ended' }>): void {
    const { ending } = entry;
    const found = endingOf(report, ending?.end ?? null);
    const words =
      found.end === 'failed'
        ? [ending?.words ?? '', lastWords(entry.record.folder), report.words]
            .filter(text => text !== '')
            .join('\n')
        : (ending?.words ?? report.words);
    this.close(entry, { end: found.end, cause: ending?.cause ?? found.cause, words });
  }
}
