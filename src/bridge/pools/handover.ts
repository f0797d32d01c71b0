import type { PilotId } from '../../protocol';
import type { IJob, IPilotMakings } from '../schedulers';
import type { IBridgeContext, IDisposable, SubmissionPoint, SubmissionState } from '../tokens';
import type { IAddress, IUplinks } from '../tunnels';
import type { Endings } from './endings';
import { wordsOf } from './errorWords';
import { AWAY, isOneOf, PASSING, REFUSALS, type Refusal } from './hindrances';
import { hasEnded, type IPilotEntry, type ISubmissionEntry } from './model';
import type { PilotBook } from './pilotBook';
import type { IPilotFileParts } from './pilotFile';
import { AGAIN_AFTER_MS } from './setbacks';
import { Settling } from './settling';
import type { ISite, Sites } from './sites';
import { submissionOf, type SubmissionBook } from './submissionBook';
import { submissionFiles } from './submissionFiles';

/** What handing over is made of. */
export interface IHandoverParts {
  readonly sites: Sites;
  readonly book: SubmissionBook;
  readonly pilots: PilotBook;
  readonly endings: Endings;
  /** How a pilot's file is derived. */
  readonly identity: Pick<IPilotFileParts, 'secrets'> & { readonly uplinks: IUplinks };
}

/** Whoever takes back what was not handed over: it is submitted anew, at once or after a while. */
export type TakeBack = (submission: ISubmissionEntry, afterMs?: number) => void;

/**
 * Hands one submission that is planned to its scheduler, each step on record
 * before the next (docs/architecture.md, "Sites"). What became of it is known
 * in the end, however the call went.
 */
export class Handover implements IDisposable {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _parts: IHandoverParts,
    private readonly _takeBack: TakeBack
  ) {
    this._settling = new Settling(_context, _parts.sites, _parts.pilots, {
      found: (submission, jobs) => {
        this._known(submission, jobs, '', 'gone');
      },
      neverWas: submission => {
        _takeBack(submission);
      }
    });
  }

  /** Writes and calls; afterwards it is known, refused, or to be settled. Never rejects. */
  async hand(
    submission: ISubmissionEntry,
    site: ISite,
    makings: IPilotMakings,
    addresses: readonly IAddress[]
  ): Promise<void> {
    if (await this._write(submission, site, makings, addresses)) {
      await this._call(submission, site);
    }
  }

  /** Its call was made, and nobody knows what came of it. */
  settle(submission: ISubmissionEntry, words: string): void {
    for (const entry of submission.pilots) {
      entry.submitting = true;
    }
    this._settling.begin(submission, words);
  }

  /** A submission under way is left to the next bridge, which finds its jobs. */
  dispose(): void {
    this._disposed = true;
    this._settling.dispose();
  }

  /** Whether its folder is written and the call is on record as made. */
  private async _write(
    submission: ISubmissionEntry,
    { host, scheduler }: ISite,
    makings: IPilotMakings,
    addresses: readonly IAddress[]
  ): Promise<boolean> {
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
      return true;
    } catch (error) {
      if (!this._disposed && (isOneOf(error, AWAY) || isOneOf(error, PASSING))) {
        this._context.log.error('submission.write', error, { submission: id });
        this._takeBack(submission, host.connected ? AGAIN_AFTER_MS : undefined);
      } else {
        this._refused(submission, error, 'not_submitted');
      }
      return false;
    }
  }

  private async _call(submission: ISubmissionEntry, { scheduler }: ISite): Promise<void> {
    const { id } = submission.record;
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
    const { pilots, sites, endings } = this._parts;
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
    endings.submissionOver([...found.keys()]);
    endings.notSubmitted(missing, lacking, 'The scheduler did not say what became of it.');
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
      this._parts.endings.notSubmitted([...submission.pilots], cause, wordsOf(error));
    }
  }

  private _to(submission: ISubmissionEntry, state: SubmissionState): void {
    this._parts.book.to(submission, state);
  }

  private async _reached(point: SubmissionPoint): Promise<void> {
    await this._context.reached?.(point);
  }

  private readonly _settling: Settling;
  private _disposed = false;
}
