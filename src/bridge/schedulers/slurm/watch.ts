import type { PilotId, Profile } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IBridgeContext, IDisposable } from '../../tokens';
import { paceOf, waitMs, type Polling } from '../pace';
import { Telling, troubleOf } from '../telling';
import type { JobReport } from '../tokens';
import { slurmOptions } from './check';
import type { SlurmJob } from './jobs';

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

/**
 * Asks for all tracked jobs together, as often as they allow; less often while
 * no answer comes; not at all while nothing is tracked.
 */
export class Watch implements IDisposable {
  constructor(
    private readonly _context: Pick<IBridgeContext, 'clock' | 'log'>,
    private readonly _look: Look
  ) {}

  track(pilot: PilotId, job: SlurmJob, profile: Profile): void {
    const { polling } = slurmOptions(profile);
    this._tracked.set(pilot, {
      pilot,
      job,
      polling,
      state: null,
      ran: false,
      restarts: undefined,
      missing: 0,
      settled: null
    });
    const dueAtMs = Math.min(this._dueAtMs, this._context.clock.now() + FIRST_LOOK_MS);
    // A thousand pilots of one submission, tracked one after the other, have one pace.
    if (dueAtMs !== this._dueAtMs || polling !== this._polledLast || this._timer === null) {
      this._dueAtMs = dueAtMs;
      this._polledLast = polling;
      this._schedule();
    }
  }

  untrack(pilot: PilotId): void {
    this._tracked.delete(pilot);
    if (this._tracked.size === 0) {
      this._rest();
    }
  }

  /** Resolves when an answer has been reported; not before slurmctld can be asked. */
  ask(): Promise<void> {
    if (this._tracked.size === 0 || this._disposed) {
      return Promise.resolve();
    }
    return new Promise(resolve => {
      this._asked.push(resolve);
      this._dueAtMs = Math.min(this._dueAtMs, this._context.clock.now());
      this._schedule();
    });
  }

  dispose(): void {
    this._disposed = true;
    this._rest();
    this.telling.dispose();
  }

  private _rest(): void {
    this._timer?.dispose();
    this._timer = null;
    this._dueAtMs = Infinity;
    this._answered();
  }

  private _schedule(): void {
    if (this._looking || this._disposed || this._tracked.size === 0) {
      return;
    }
    const { clock } = this._context;
    const pace = this._pace();
    const floorAtMs = this._askedAtMs + Math.max(pace.floorMs, this._backOffMs);
    const atMs = Math.max(this._dueAtMs, floorAtMs);
    this._timer?.dispose();
    this._timer = clock.after(Math.max(0, atMs - clock.now()), () => {
      this._timer = null;
      void this._round();
    });
  }

  /** Never rejects: what fails is trouble, and is tried again. */
  private async _round(): Promise<void> {
    const { clock, log } = this._context;
    this._looking = true;
    this._askedAtMs = clock.now();
    this._dueAtMs = Infinity;
    const asked = this._asked.splice(0);
    const tracked = [...this._tracked.values()];
    try {
      await this._look(tracked, (one, report) => {
        this._report(one, report);
      });
      this._failures = 0;
      this._backOffMs = 0;
      this.telling.trouble('queue', null);
      for (const resolve of asked) {
        resolve();
      }
    } catch (error) {
      this._failures += 1;
      this._backOffMs = waitMs(this._pace(), this._failures);
      this._asked.unshift(...asked);
      if (!(error instanceof PilothouseError)) {
        log.error('slurm.look', error);
      }
      this.telling.trouble('queue', troubleOf(error));
    }
    this._looking = false;
    if (this._disposed || this._tracked.size === 0) {
      this._answered();
      return;
    }
    this._dueAtMs = Math.min(this._dueAtMs, clock.now() + waitMs(this._pace(), this._failures));
    this._schedule();
  }

  private _report(one: ITracked, report: JobReport): void {
    if (this._disposed || this._tracked.get(one.pilot) !== one) {
      return;
    }
    if (report.state === 'ended') {
      this._tracked.delete(one.pilot);
    }
    const dated =
      report.state === 'ended' || report.state === 'unknown'
        ? report
        : { ...report, askedAtMs: this._askedAtMs };
    this.telling.report(one.pilot, dated);
  }

  private _answered(): void {
    for (const resolve of this._asked.splice(0)) {
      resolve();
    }
  }

  private _pace() {
    return paceOf(new Set([...this._tracked.values()].map(({ polling }) => polling)));
  }

  readonly telling = new Telling();
  private readonly _tracked = new Map<PilotId, ITracked>();
  private readonly _asked: (() => void)[] = [];
  private _timer: IDisposable | null = null;
  private _polledLast: Polling | null = null;
  private _looking = false;
  private _disposed = false;
  private _askedAtMs = -Infinity;
  private _dueAtMs = Infinity;
  private _failures = 0;
  private _backOffMs = 0;
}
