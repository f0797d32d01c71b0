import type { PilotId } from '../../protocol';
import { PilothouseError } from '../errors';
import { onceConnected, type IHost } from '../hosts';
import type { IJob } from '../schedulers';
import type {
  IBridgeContext,
  IDisposable,
  IProfiles,
  SubmissionPoint,
  SubmissionState
} from '../tokens';
import { mayPass, type IAddress, type IUplinks } from '../tunnels';
import { checkAgain } from './checkAgain';
import type { Endings } from './endings';
import type { Makings } from './makings';
import { hasEnded, type IPilotEntry, type IPoolEntry, type ISubmissionEntry } from './model';
import type { PilotBook } from './pilotBook';
import type { IPilotFileParts } from './pilotFile';
import { Settling, wordsOf } from './settling';
import { AWAY, isOneOf, PASSING, REFUSALS, type Refusal } from './hindrances';
import { Patience } from './patience';
import type { Retention } from './retention';
import type { ISite, Sites } from './sites';
import { submissionOf, type SubmissionBook } from './submissionBook';
import { submissionFiles } from './submissionFiles';

/** What a submission that cannot be made now is tried again after. */
const AGAIN_AFTER_MS = 10_000;

/** What submissions are made of. */
export interface ISubmissionsParts {
  readonly profiles: IProfiles;
  readonly sites: Sites;
  readonly makings: Makings;
  readonly book: SubmissionBook;
  readonly retention: Pick<Retention, 'discard'>;
  readonly pilots: PilotBook;
  readonly endings: Endings;
  /** How a pilot's file is derived. */
  readonly identity: Pick<IPilotFileParts, 'secrets'> & { readonly uplinks: IUplinks };
}

/**
 * Hands requested pilots to their scheduler, those of one moment and kind in
 * one call, each step on record before the next (docs/architecture.md, "Sites").
 */
export class Submissions implements IDisposable {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _parts: ISubmissionsParts
  ) {
    this._patience = new Patience(_context);
    this._settling = new Settling(_context, _parts.sites, _parts.pilots, {
      found: (submission, jobs) => {
        this._known(submission, jobs, '', 'gone');
      },
      neverWas: submission => {
        this.undo(submission);
      }
    });
  }

  /** Submits what the pool has requested, after the time in which more may be. */
  soon(pool: IPoolEntry, afterMs = this._context.times.coalesceMs): void {
    if (!this._waiting.has(pool)) {
      this._waiting.set(
        pool,
        this._context.clock.after(afterMs, () => {
          this._waiting.delete(pool);
          void this._submit(pool);
        })
      );
    }
  }

  /** Its call was made, and nobody knows what came of it. */
  settle(submission: ISubmissionEntry, words: string): void {
    for (const entry of submission.pilots) {
      entry.submitting = true;
    }
    this._settling.begin(submission, words);
  }

  /** Its call was never made: its pilots are submitted anew. */
  undo(submission: ISubmissionEntry, afterMs?: number): void {
    const { record, pilots } = submission;
    this._context.log.info('submission.undone', { submission: record.id });
    const again = [...pilots].filter(entry => !hasEnded(entry));
    this._parts.book.undo(submission);
    this._parts.pilots.unplace(again);
    this._parts.retention.discard(submission);
    this._release(again);
    for (const pool of new Set(again.map(entry => entry.pool))) {
      this.soon(pool, afterMs);
    }
  }

  /** A submission under way is left to the next bridge, which finds its jobs. */
  dispose(): void {
    this._disposed = true;
    this._settling.dispose();
    for (const timer of this._waiting.values()) {
      timer.dispose();
    }
    this._waiting.clear();
    for (const waiting of this._logins.values()) {
      waiting.dispose();
    }
    this._logins.clear();
  }

  /** Never rejects: what fails ends the pilots with the reason. */
  private async _submit(pool: IPoolEntry): Promise<void> {
    const byKey = new Map<string, IPilotEntry[]>();
    for (const entry of pool.pilots.values()) {
      if (isToBeSubmitted(entry)) {
        entry.submitting = true;
        const key = entry.record.executable;
        byKey.set(key, [...(byKey.get(key) ?? []), entry]);
      }
    }
    for (const [key, entries] of byKey) {
      await this._submitFor(pool, key, entries);
    }
  }

  private async _submitFor(
    pool: IPoolEntry,
    key: string,
    entries: readonly IPilotEntry[]
  ): Promise<void> {
    const { profiles, sites, makings } = this._parts;
    const executable = entries[0]?.record.pilot.runtime.executable ?? this._context.python;
    try {
      pool.profile = profiles.get(pool.pool);
      const { profile } = pool;
      const site = sites.of(profile);
      checkAgain(profile, site);
      if (!site.host.connected) {
        this._awaitLogin(pool, site.host, entries);
        return;
      }
      const addresses = await this._parts.identity.uplinks.addresses(profile);
      this._patience.over(pool);
      const folder = await site.host.folder(profile.submitHost.folder);
      const made = await makings.make(profile, site.host, { key, executable });
      const most = await site.scheduler.mostPerSubmission(profile);
      await makings.send(site.host, folder, made);
      if (this._disposed) {
        return;
      }
      // Who was ended meanwhile was never submitted.
      const ended = entries.filter(({ ending }) => ending !== null);
      this._release(ended);
      const left = entries.filter(({ ending }) => ending === null);
      for (let at = 0; at < left.length; at += most) {
        const part = left.slice(at, at + most);
        const submission = this._parts.book.plan(pool, profile, site.host, folder, part);
        this._parts.pilots.place(submission, made.key);
        await this._hand(submission, site, made.makings, addresses);
      }
    } catch (error) {
      this._context.log.error('pilots.submit', error, { pool: pool.pool, count: entries.length });
      const left = entries.filter(
        ({ submission, submitting }) => submitting && submission === null
      );
      if (this._disposed) {
        return;
      }
      const { host } = sites.of(pool.profile);
      const againAfterMs = mayPass(error) ? this._patience.next(pool) : null;
      if ((isOneOf(error, AWAY) || mayPass(error)) && !host.connected) {
        this._awaitLogin(pool, host, left);
      } else if (againAfterMs !== null) {
        const words = `${wordsOfWay(error)} It is tried again by itself.`;
        this._parts.pilots.applyAll(left, { kind: 'waits', cause: 'uplink_waits', words });
        this._release(left);
        this.soon(pool, againAfterMs);
      } else if (isOneOf(error, PASSING) || isOneOf(error, AWAY)) {
        const words = wordsOf(error);
        this._parts.pilots.applyAll(left, { kind: 'waits', cause: 'submission_waits', words });
        this._release(left);
        this.soon(pool, AGAIN_AFTER_MS);
      } else {
        const words = mayPass(error) ? wordsOfWay(error) : wordsOf(error);
        this._fail(left, words, 'not_submitted');
      }
    }
  }

  /** Nobody is logged in: its pilots stay as they are, and are submitted as soon as somebody is. */
  private _awaitLogin(pool: IPoolEntry, host: IHost, entries: readonly IPilotEntry[]): void {
    const words = `Nobody is logged in to ${host.name}.`;
    this._parts.pilots.applyAll(entries, { kind: 'waits', cause: 'login_needed', words });
    this._release(entries);
    this._logins.get(pool)?.dispose();
    const waiting = onceConnected(host, () => {
      this._logins.delete(pool);
      this.soon(pool);
    });
    if (!host.connected) {
      this._logins.set(pool, waiting);
    }
  }

  /** Writes and calls; afterwards it is known, refused, or to be settled. Never rejects. */
  private async _hand(
    submission: ISubmissionEntry,
    { host, scheduler }: ISite,
    makings: Parameters<typeof scheduler.plan>[2],
    addresses: readonly IAddress[]
  ): Promise<void> {
    const { id, profile, folder } = submission.record;
    const entries = [...submission.pilots];
    try {
      await this._reached('planned');
      const plan = scheduler.plan(profile, entries.length, makings);
      const { clock, times } = this._context;
      const files = submissionFiles(plan, entries, {
        ...{ near: host.isThisMachine, addresses, nowMs: clock.now(), times },
        ...this._parts.identity
      });
      await host.putFolder(folder, files);
      this._to(submission, 'written');
      await this._reached('written');
      this._to(submission, 'called');
      await this._reached('calling');
    } catch (error) {
      if (!this._disposed && (isOneOf(error, AWAY) || isOneOf(error, PASSING))) {
        this._context.log.error('submission.write', error, { submission: id });
        this.undo(submission, host.connected ? AGAIN_AFTER_MS : undefined);
      } else {
        this._refused(submission, error, 'not_submitted');
      }
      return;
    }
    try {
      const { jobs, warnings } = await scheduler.submit(submissionOf(submission));
      await this._reached('called');
      if (this._disposed) {
        return;
      }
      if (warnings !== '') {
        this._context.log.warn('submission.warnings', { submission: id, words: warnings });
      }
      this._known(submission, jobs, warnings, 'submit_failed');
    } catch (error) {
      if (this._disposed) {
        return;
      }
      if (isOneOf(error, REFUSALS)) {
        this._refused(submission, error, 'submit_failed');
        return;
      }
      this._context.log.error('submission.unknown', error, { submission: id });
      this.settle(submission, wordsOf(error));
    }
  }

  /** Its jobs are known; `lacking`: why those of its pilots end that have none. */
  private _known(
    submission: ISubmissionEntry,
    jobs: ReadonlyMap<PilotId, IJob>,
    warnings: string,
    lacking: 'submit_failed' | 'gone'
  ): void {
    const { pilots, sites } = this._parts;
    const found = new Map<IPilotEntry, IJob>();
    const missing: IPilotEntry[] = [];
    for (const entry of [...submission.pilots].filter(candidate => !hasEnded(candidate))) {
      const job = jobs.get(entry.record.pilot.pilot);
      if (job === undefined) {
        missing.push(entry);
      } else {
        found.set(entry, job);
      }
    }
    pilots.setJobs(found, warnings);
    try {
      this._to(submission, 'known');
    } catch (error) {
      // The next bridge finds them by their submission, or has them on record by then.
      this._context.log.error('submission.known', error, { submission: submission.record.id });
    }
    const { scheduler } = sites.of(submission.record.profile);
    for (const [entry, { job }] of found) {
      scheduler.track(entry.record.pilot.pilot, job, submission.record.profile);
    }
    this._release([...found.keys()]);
    this._fail(missing, 'The scheduler did not say what became of it.', lacking);
  }

  /** Nothing was submitted, and will not be. */
  private _refused(submission: ISubmissionEntry, error: unknown, cause: Refusal): void {
    const { id } = submission.record;
    this._context.log.error('pilots.submit', error, { submission: id });
    if (!this._disposed) {
      try {
        // Its files stay for as long as its pilots' logs do.
        this._to(submission, 'known');
      } catch (problem) {
        this._context.log.error('submission.refused', problem, { submission: id });
      }
      this._fail([...submission.pilots], wordsOf(error), cause);
    }
  }

  private _fail(entries: readonly IPilotEntry[], words: string, cause: Refusal | 'gone'): void {
    for (const entry of entries) {
      entry.submitting = false;
      this._parts.endings.close(entry, { end: 'failed', cause, words });
    }
  }

  /** What was put off while they could not be removed is done now. */
  private _release(entries: readonly IPilotEntry[]): void {
    for (const entry of entries) {
      entry.submitting = false;
      this._parts.endings.resume(entry);
    }
  }

  private _to(submission: ISubmissionEntry, state: SubmissionState): void {
    this._parts.book.to(submission, state);
  }

  private async _reached(point: SubmissionPoint): Promise<void> {
    await this._context.reached?.(point);
  }

  private readonly _patience: Patience<IPoolEntry>;
  private readonly _settling: Settling;
  private _disposed = false;
  private readonly _waiting = new Map<IPoolEntry, IDisposable>();
  /** Pools that wait until somebody is logged in. */
  private readonly _logins = new Map<IPoolEntry, IDisposable>();
}

function isToBeSubmitted(entry: IPilotEntry): boolean {
  return (
    entry.record.pilot.state === 'requested' &&
    !entry.submitting &&
    entry.submission === null &&
    entry.record.job === null &&
    entry.ending === null &&
    !hasEnded(entry)
  );
}

/** Which way home does not open, and what helps. */
function wordsOfWay(error: unknown): string {
  const problem = error instanceof PilothouseError ? error.data.params.problem : null;
  return [`No way home is open: ${String(problem ?? '')}.`, wordsOf(error)].join(' ');
}
