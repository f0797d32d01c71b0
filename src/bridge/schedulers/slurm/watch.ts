import type { PilotId, Profile } from '../../../protocol';
import type { IHost } from '../../hosts/tokens';
import type { IBridgeContext } from '../../tokens';
import type { IWatch } from '../batch';
import { paceOfJobs, type Polling } from '../pace';
import { Presence } from '../presence';
import { Rounds } from '../rounds';
import { Telling } from '../telling';
import type { JobReport } from '../tokens';
import { slurmOptions } from './check';
import { readJob, type SlurmJob } from './jobs';

/** A job that is watched. */
export interface ITracked {
  readonly pilot: PilotId;
  readonly job: SlurmJob;
  readonly polling: Polling;
  /** What Slurm calls its state, as squeue said last: to see that a job was queued again. */
  state: string | null;
  /** Whether squeue has ever said that it runs. */
  ran: boolean;
  /** How often it was queued again, as squeue said last; undefined: it never had to be asked. */
  restarts: number | undefined;
  /** Answers of squeue in a row that it was missing from. */
  missing: number;
  /** The last word on a job that nobody knows: nobody is asked for it again. */
  settled: JobReport | null;
}

/** One round of questions for these jobs. @throws PilothouseError where nothing can be known */
export type Look = (
  tracked: readonly ITracked[],
  report: (tracked: ITracked, report: JobReport) => void
) => Promise<void>;

/** The first look at new jobs: so soon that their reason is seen, not before there is one. */
const FIRST_LOOK_MS = 2000;

/** All tracked jobs are asked for together, and not at all while nothing is tracked. */
export class Watch implements IWatch {
  constructor(
    private readonly _context: Pick<IBridgeContext, 'clock' | 'log'>,
    host: Pick<IHost, 'name' | 'connected' | 'onConnection'>,
    private readonly _look: Look
  ) {
    this.telling = new Telling(_context.log, { scheduler: 'slurm', host: host.name });
    this._rounds = new Rounds(
      _context.clock,
      () => paceOfJobs(this._tracked.values()),
      () => this._round(),
      FIRST_LOOK_MS
    );
    this._presence = new Presence(host, this._rounds, this.telling, this._tracked);
  }

  track(pilot: PilotId, job: string, profile: Profile): void {
    const { polling } = slurmOptions(profile);
    this._tracked.set(pilot, {
      ...{ pilot, job: readJob(job), polling },
      ...{ state: null, ran: false, restarts: undefined, missing: 0, settled: null }
    });
    this._rounds.begin();
    this._rounds.newDoubt();
    this._presence.say();
  }

  untrack(pilot: PilotId): void {
    this._tracked.delete(pilot);
    if (this._tracked.size === 0) {
      this._rounds.rest();
    }
  }

  /** Resolves when an answer has been reported; not before slurmctld can be asked. */
  ask(): Promise<void> {
    return this._rounds.ask();
  }

  dispose(): void {
    this._presence.dispose();
    this._rounds.dispose();
    this.telling.dispose();
  }

  /** Never rejects: what fails is trouble, and is tried again. */
  private async _round(): Promise<boolean> {
    const askedAtMs = this._context.clock.now();
    try {
      await this._look([...this._tracked.values()], (one, report) => {
        this._report(one, report, askedAtMs);
      });
    } catch (error) {
      this.telling.failed('queue', error);
      return false;
    }
    this.telling.trouble('queue', null);
    return true;
  }

  private _report(one: ITracked, report: JobReport, askedAtMs: number): void {
    if (this._tracked.get(one.pilot) !== one) {
      return;
    }
    if (report.state === 'ended') {
      this.untrack(one.pilot);
    }
    const isLast = report.state === 'ended' || report.state === 'unknown';
    this.telling.report(one.pilot, isLast ? report : { ...report, askedAtMs });
  }

  readonly telling: Telling;
  private readonly _tracked = new Map<PilotId, ITracked>();
  private readonly _rounds: Rounds;
  private readonly _presence: Presence;
}
