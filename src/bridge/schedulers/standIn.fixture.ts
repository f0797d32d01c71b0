import type { FieldProblem, PilotId, SiteLimits } from '../../protocol';
import { PilothouseError } from '../errors';
import {
  jobNameOf,
  type CreateScheduler,
  type IJob,
  type IScheduler,
  type ISubmission,
  type ITrouble,
  type JobReport
} from './tokens';

/** A job as the stand-in has it. */
interface IStandInJob {
  readonly name: string;
  readonly pilot: PilotId;
  readonly id: string;
  report: JobReport;
}

/**
 * A scheduler that a test plays: it takes jobs, loses replies, is down, holds,
 * starts again. It outlives bridges, as schedulers do.
 */
export class StandIn {
  readonly jobs = new Map<string, IStandInJob>();
  /** How many pilots each call had. */
  readonly calls: number[] = [];
  readonly removed: string[] = [];
  finds = 0;
  asks = 0;
  most = 10_000;
  warnings = '';
  problems: FieldProblem[] = [];
  siteLimits: SiteLimits | null = null;
  /** The next calls: taken or not, and without a reply; or refused. */
  next: ('reply' | 'taken, no reply' | 'not taken, no reply' | 'refused' | 'no program')[] = [];
  /** The next questions are not answered. */
  downFor = 0;
  /** Answers come only after this. */
  held: Promise<void> | null = null;

  readonly create: CreateScheduler = () => {
    const scheduler = new StandInScheduler(this);
    this._made.push(scheduler);
    return scheduler;
  };

  get alive(): IStandInJob[] {
    return [...this.jobs.values()].filter(({ report }) => report.state !== 'ended');
  }

  /** What the scheduler says of a pilot's job from now on. */
  say(pilot: PilotId, report: JobReport): void {
    for (const job of this.jobs.values()) {
      if (job.pilot === pilot) {
        job.report = report;
      }
    }
    this._made.at(-1)?.tell(pilot, report);
  }

  trouble(trouble: ITrouble | null): void {
    this._made.at(-1)?.troubled(trouble);
  }

  take(submission: ISubmission): Map<PilotId, IJob> {
    const jobs = new Map<PilotId, IJob>();
    for (const pilot of submission.pilots) {
      this._count += 1;
      const id = String(this._count);
      const report: JobReport = { state: 'queued', words: 'Priority' };
      this.jobs.set(id, { name: jobNameOf(submission), pilot, id, report });
      jobs.set(pilot, { job: id, schedulerId: id });
    }
    return jobs;
  }

  private _count = 0;
  private readonly _made: StandInScheduler[] = [];
}

const noReply = (): PilothouseError =>
  new PilothouseError({
    code: 'command_hangs',
    params: { command: 'submit', seconds: 1 },
    words: 'no answer'
  });

class StandInScheduler implements IScheduler {
  constructor(private readonly _site: StandIn) {}

  readonly kind = 'slurm';

  plan: IScheduler['plan'] = (profile, pilots, { agent }) => ({
    files: [
      {
        path: 'pilot.sh',
        language: 'shell',
        lines: [
          { text: '#!/bin/sh', field: null },
          { text: `# ${pilots} ${agent}`, field: null },
          { text: profile.environment.workerInit, field: 'environment.workerInit' }
        ]
      }
    ],
    others: [],
    command: ['submit', '--name=SUBMISSION', 'pilot.sh']
  });

  mostPerSubmission(): Promise<number> {
    return Promise.resolve(this._site.most);
  }

  submit: IScheduler['submit'] = submission => {
    this._site.calls.push(submission.pilots.length);
    const how = this._site.next.shift() ?? 'reply';
    if (how === 'refused') {
      const words = 'invalid account';
      return Promise.reject(new PilothouseError({ code: 'submit_failed', words }));
    }
    if (how === 'no program') {
      return Promise.reject(new PilothouseError({ code: 'command_missing' }));
    }
    const jobs = how === 'not taken, no reply' ? new Map() : this._site.take(submission);
    return how === 'reply'
      ? Promise.resolve({ jobs, warnings: this._site.warnings })
      : Promise.reject(noReply());
  };

  find: IScheduler['find'] = async submissions => {
    this._site.finds += 1;
    if (this._site.downFor > 0) {
      this._site.downFor -= 1;
      throw noReply();
    }
    const names = submissions.map(jobNameOf);
    const found = new Map<PilotId, IJob>();
    for (const { id, name, pilot } of this._site.jobs.values()) {
      if (names.includes(name)) {
        found.set(pilot, { job: id, schedulerId: id });
      }
    }
    await this._site.held;
    return found;
  };

  track: IScheduler['track'] = (pilot, id) => {
    this.tracked.set(pilot, id);
    void this.ask();
  };

  untrack(pilot: PilotId): void {
    this.tracked.delete(pilot);
  }

  async ask(): Promise<void> {
    this._site.asks += 1;
    await Promise.resolve();
    for (const [pilot, id] of [...this.tracked]) {
      const report = this._site.jobs.get(id)?.report ?? { state: 'unknown', words: 'no such job' };
      this.tell(pilot, report);
    }
  }

  remove: IScheduler['remove'] = async jobs => {
    for (const [pilot, id] of jobs) {
      this._site.removed.push(id);
      const job = this._site.jobs.get(id);
      if (job !== undefined) {
        job.report = { state: 'ended', end: 'removed', exitCode: null, signal: null, words: '' };
        this.tell(pilot, job.report);
      }
    }
    await Promise.resolve();
  };

  hold: IScheduler['hold'] = jobs => {
    this._set(jobs, { state: 'held', words: 'by user', why: whyOf('slurm.JobHeldUser') });
    return Promise.resolve();
  };

  release: IScheduler['release'] = jobs => {
    this._set(jobs, { state: 'queued', words: 'Priority' });
    return Promise.resolve();
  };

  onReport: IScheduler['onReport'] = call => {
    this._report = call;
    return { dispose: () => void (this._report = () => undefined) };
  };

  onTrouble: IScheduler['onTrouble'] = call => {
    this.troubled = call;
    return { dispose: () => undefined };
  };

  files(): ReturnType<IScheduler['files']> {
    return { output: 'output', script: '../pilot.sh' };
  }

  check(): FieldProblem[] {
    return this._site.problems;
  }

  limits(): Promise<SiteLimits | null> {
    return Promise.resolve(this._site.siteLimits);
  }

  dryRun(): ReturnType<IScheduler['dryRun']> {
    return Promise.resolve({ problems: [], words: 'would run' });
  }

  dispose(): void {
    this.tracked.clear();
  }

  tell(pilot: PilotId, report: JobReport): void {
    if (this.tracked.has(pilot)) {
      this._report(pilot, report);
    }
  }

  troubled: (trouble: ITrouble | null) => void = () => undefined;
  readonly tracked = new Map<PilotId, string>();

  private _set(jobs: ReadonlyMap<PilotId, string>, report: JobReport): void {
    for (const id of jobs.values()) {
      const job = this._site.jobs.get(id);
      if (job !== undefined) {
        job.report = report;
      }
    }
  }

  private _report: (pilot: PilotId, report: JobReport) => void = () => undefined;
}

/** A reason as schedulers give it. */
export const whyOf = (code: string) => ({ code, params: {}, words: 'the words', actions: [] });
