import type { PilotId } from '../../protocol';
import { onceConnected, type IHost } from '../hosts';
import type { IJob } from '../schedulers';
import type { IBridgeContext, IDisposable } from '../tokens';
import { wordsOf } from './errorWords';
import type { ISubmissionEntry } from './model';
import type { PilotBook } from './pilotBook';
import type { Sites } from './sites';
import { submissionOf } from './submissionBook';

const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 120_000;

/** What became of a submission whose reply never came. */
export interface ISettlingAudience {
  /** The scheduler has jobs of it. */
  found(submission: ISubmissionEntry, jobs: ReadonlyMap<PilotId, IJob>): void;
  /** It was never submitted. */
  neverWas(submission: ISubmissionEntry): void;
}

/**
 * Finds out whether a submission was taken whose reply never came. Only the
 * scheduler can tell; while it cannot be asked nothing is decided. Nor does one
 * answer without the jobs decide: the request may still be on its way, or lie
 * unread at a daemon that hung. It never was where all answers in a row, over
 * `submissionSettleMs`, are without them; an error between starts that anew.
 */
export class Settling implements IDisposable {
  constructor(
    private readonly _context: Pick<IBridgeContext, 'clock' | 'log' | 'times'>,
    private readonly _sites: Pick<Sites, 'of'>,
    private readonly _pilots: Pick<PilotBook, 'applyAll'>,
    private readonly _audience: ISettlingAudience
  ) {}

  /** `words`: what is known of why there was no reply. */
  begin(submission: ISubmissionEntry, words: string): void {
    this._explain(submission, words);
    void this._ask({ submission, words, absentSinceMs: null, pauseMs: FIRST_PAUSE_MS });
  }

  dispose(): void {
    this._disposed = true;
    for (const timer of this._timers) {
      timer.dispose();
    }
    this._timers.clear();
  }

  /** Never rejects. */
  private async _ask(open: IOpen): Promise<void> {
    const { submission } = open;
    const askedAtMs = this._context.clock.now();
    let found: ReadonlyMap<PilotId, IJob>;
    try {
      const { scheduler, host } = this._sites.of(submission.record.profile);
      if (!host.connected) {
        this._await(open, host);
        return;
      }
      found = await scheduler.find([submissionOf(submission)]);
    } catch (error) {
      if (!this._disposed) {
        this._context.log.error('submission.find', error, { submission: submission.record.id });
        this._explain(submission, wordsOf(error));
        this._again({ ...open, absentSinceMs: null }, open.pauseMs);
      }
      return;
    }
    if (this._disposed) {
      return;
    }
    if (found.size > 0) {
      this._audience.found(submission, found);
    } else if ([...submission.pilots].some(({ heard }) => heard)) {
      // Its agents speak: there are jobs, whatever the scheduler says just now.
      this._again(open, open.pauseMs);
    } else {
      this._absent(open, askedAtMs);
    }
  }

  /** An answer is as old as its question. */
  private _absent(open: IOpen, askedAtMs: number): void {
    const { clock, times } = this._context;
    const absentSinceMs = open.absentSinceMs ?? clock.now();
    const mayComeUntilMs = absentSinceMs + times.submissionSettleMs;
    if (askedAtMs >= mayComeUntilMs) {
      this._audience.neverWas(open.submission);
      return;
    }
    if (open.absentSinceMs === null) {
      this._explain(open.submission, open.words);
    }
    const leftMs = Math.max(0, mayComeUntilMs - clock.now());
    this._again({ ...open, absentSinceMs }, Math.min(open.pauseMs, leftMs));
  }

  private _again(open: IOpen, waitMs: number): void {
    const pauseMs = Math.min(open.pauseMs * 2, LONGEST_PAUSE_MS);
    const timer = this._context.clock.after(waitMs, () => {
      this._timers.delete(timer);
      void this._ask({ ...open, pauseMs });
    });
    this._timers.add(timer);
  }

  /** Nobody is logged in: it is asked as soon as somebody is. */
  private _await(open: IOpen, host: IHost): void {
    this._explain(open.submission, `Nobody is logged in to ${host.name}.`);
    const waiting = onceConnected(host, () => {
      this._timers.delete(waiting);
      void this._ask({ ...open, absentSinceMs: null, pauseMs: FIRST_PAUSE_MS });
    });
    this._timers.add(waiting);
  }

  private _explain(submission: ISubmissionEntry, words: string): void {
    const cause = 'submission_unknown';
    this._pilots.applyAll([...submission.pilots], { kind: 'waits', cause, words });
  }

  private readonly _timers = new Set<IDisposable>();
  private _disposed = false;
}

interface IOpen {
  readonly submission: ISubmissionEntry;
  readonly words: string;
  /** Since when all answers are without its jobs; null: the last was none. */
  readonly absentSinceMs: number | null;
  readonly pauseMs: number;
}
