import { join } from 'node:path';
import type { PilotEnd, PilotId } from '../../protocol';
import { onceConnected, type IHost } from '../hosts';
import type { IScheduler } from '../schedulers';
import type { IBridgeContext, IDisposable } from '../tokens';
import { failed, isFailure, stopOf, succeeded } from './failures';
import type { Refusal } from './hindrances';
import type { ILeaseAudience, LeaseBook } from './leases';
import { hasEnded, isHeld, profileOf, type IBell, type IEnding, type IPilotEntry } from './model';
import type { PilotBook } from './pilotBook';
import type { ISite, Sites } from './sites';

/** An agent told to end has done so by then; else its job is removed. */
const END_WITHIN_MS = 5000;
/** A scheduler that could not be told to remove jobs is told again after this, then ever later. */
const REMOVE_AGAIN_MS = 10_000;
const REMOVE_AGAIN_MOST_MS = 600_000;

const DRAIN_ENDS = { drained: 'scaled_in', walltime_near: 'walltime' } as const;

/** How pilots come to their end, whoever wants it, and what their pool makes of that. */
export class Endings implements ILeaseAudience, IDisposable {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _sites: Sites,
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

  /** Lets running tasks finish on a pilot, gives it no other, and then ends it. */
  drain(entry: IPilotEntry, cause: 'drained' | 'walltime_near'): void {
    const { lease } = entry;
    if (lease === null || !isHeld(lease)) {
      this._end([entry], { end: DRAIN_ENDS[cause], cause, words: '' }, true);
      return;
    }
    entry.draining = true;
    this._pilots.apply(entry, { kind: 'drain', cause, words: '' });
    lease.executor.client?.notify('leases.drain', { lease: lease.lease });
  }

  drained(pilot: IPilotEntry): void {
    if (pilot.ending === null) {
      const near = pilot.record.pilot.cause === 'walltime_near';
      const cause = near ? 'walltime_near' : 'drained';
      this._end([pilot], { end: DRAIN_ENDS[cause], cause, words: '' }, true);
    }
  }

  served(pilot: IPilotEntry): void {
    pilot.pool.failures = succeeded(pilot.pool.failures, 'registered');
  }

  /** Of these no submission is under way any more: ends that were put off for it go on. */
  submissionOver(entries: readonly IPilotEntry[]): void {
    for (const entry of entries) {
      entry.submitting = false;
      this.resume(entry);
    }
  }

  /** No job stands behind these, and none will. */
  notSubmitted(entries: readonly IPilotEntry[], cause: Refusal | 'gone', words: string): void {
    for (const entry of entries) {
      entry.submitting = false;
      this.close(entry, { end: 'failed', cause, words });
    }
  }

  /** Goes on with the end of a pilot that was put off. */
  resume(entry: IPilotEntry): void {
    if (entry.ending !== null && !hasEnded(entry)) {
      this._remove([entry]);
    }
  }

  dispose(): void {
    this._disposed = true;
    for (const timer of this._again) {
      timer.dispose();
    }
    this._again.clear();
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
    const { end, cause, words, why } = ending;
    this._context.log.info('pilot.ended', { pilot: entry.record.pilot.pilot, end, cause, words });
    this._pilots.apply(entry, { kind: 'ended', end, cause, words, why: why ?? null });
    this._removeSecret(entry);
    this._untrack(entry);
    connection?.close();
    if (lease !== null) {
      const gone = lease.state === 'draining' ? lease.cause : 'pilot_gone';
      const registered = cause !== 'never_registered';
      this._leases.end(lease, registered ? gone : 'never_registered', words);
    }
    const told = entry.ending !== null && entry.ending.byAgent !== true;
    if (isFailure(end, { served: entry.served, heard: entry.heard, told })) {
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
  private _removeSecret(entry: IPilotEntry): void {
    const { folder } = entry.record;
    if (folder === '') {
      return;
    }
    this._sites.clean(profileOf(entry), [join(folder, 'pilot.json')], 'pilot.secret');
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
      entry.awaitsVerdict = false;
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

  /** Removes jobs, in one call for each scheduler, and asks what came of it. */
  private _remove(entries: readonly IPilotEntry[], againMs = REMOVE_AGAIN_MS): void {
    const jobs = new Map<IScheduler, { host: IHost; of: Map<PilotId, string> }>();
    for (const entry of entries) {
      const { job, pilot } = entry.record;
      if (job === null) {
        // Its agent was told, if it can be; nothing else is known by which to reach it.
        this.close(entry, entry.ending ?? { end: 'removed', cause: 'removed', words: '' });
        continue;
      }
      const site = this._siteOf(entry);
      if (site === null) {
        continue;
      }
      const { host, scheduler } = site;
      const known = jobs.get(scheduler) ?? { host, of: new Map<PilotId, string>() };
      known.of.set(pilot.pilot, job);
      jobs.set(scheduler, known);
    }
    for (const [scheduler, { host, of }] of jobs) {
      if (!host.connected) {
        this._removeAgain([...of.keys()], againMs, host);
        continue;
      }
      scheduler
        .remove(of)
        .then(() => scheduler.ask())
        .catch((error: unknown) => {
          this._context.log.error('pilots.remove', error, { pilots: [...of.keys()] });
          this._removeAgain([...of.keys()], againMs, host);
        });
    }
  }

  /**
   * Nobody else will: without that a job in a queue would outlive its pool.
   * Where nobody is logged in it is done as soon as somebody is.
   */
  private _removeAgain(pilots: readonly PilotId[], againMs: number, host: IHost): void {
    if (this._disposed) {
      return;
    }
    const remove = (nextMs: number) => (): void => {
      this._again.delete(waiting);
      const left = pilots
        .map(pilot => this._pilots.get(pilot))
        .filter(entry => entry !== undefined)
        .filter(entry => !hasEnded(entry));
      this._remove(left, Math.min(nextMs, REMOVE_AGAIN_MOST_MS));
    };
    const waiting: IDisposable = host.connected
      ? this._context.clock.after(againMs, remove(2 * againMs))
      : onceConnected(host, remove(REMOVE_AGAIN_MS));
    this._again.add(waiting);
  }

  private _untrack(entry: IPilotEntry): void {
    if (entry.record.job !== null) {
      this._siteOf(entry)?.scheduler.untrack(entry.record.pilot.pilot);
    }
  }

  /** null: nobody here can reach it any more; the log says why. */
  private _siteOf(entry: IPilotEntry): ISite | null {
    try {
      return this._sites.of(profileOf(entry));
    } catch (error) {
      const { pilot } = entry.record.pilot;
      this._context.log.error('pilot.scheduler', error, { pilot });
      return null;
    }
  }

  private readonly _again = new Set<IDisposable>();
  private _disposed = false;
}
