import type { FieldProblem, LogFile, PilotId, Profile, SiteLimits } from '../../../protocol';
import type { IHost } from '../../hosts/tokens';
import type { IBridgeContext, IDisposable } from '../../tokens';
import { SchedulerCommands } from '../commands';
import type {
  IJob,
  IPilotMakings,
  IPlan,
  IScheduler,
  ISubmission,
  ITrouble,
  JobReport
} from '../tokens';
import { checkProfile } from './check';
import { dryRun } from './dryRun';
import { findClusters } from './find';
import { readJob } from './jobs';
import { mostJobs } from './mostJobs';
import { order } from './orders';
import { jobsOf, submitJobs } from './submit';
import {
  ERROR_FILE,
  EVENTS_FILE,
  htcondorPlan,
  OUTPUT_FILE,
  SCRIPT_FILE,
  SUBMIT_FILE
} from './submitFile';
import { Watch } from './watch';

/** Pilots as procs of HTCondor's clusters. */
export function createScheduler(context: IBridgeContext, host: IHost): IScheduler {
  return new HTCondorScheduler(context, host);
}

/** HTCondor's default for MAX_JOBS_PER_SUBMISSION is more; OSPool's policy is this. */
const USUAL_MOST = 10_000;

class HTCondorScheduler implements IScheduler {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _host: IHost
  ) {
    this._commands = new SchedulerCommands(_host);
    this._watch = new Watch(_context, _host, this._commands);
  }

  readonly kind = 'htcondor';

  plan(profile: Profile, pilots: number, makings: IPilotMakings): IPlan {
    return htcondorPlan(profile, pilots, makings);
  }

  /** Where the submit host does not say, what is usual. */
  async mostPerSubmission(): Promise<number> {
    try {
      this._most ??= await mostJobs(this._commands);
    } catch (error) {
      this._context.log.warn('htcondor.limits', { host: this._host.name, problem: String(error) });
    }
    return this._most ?? USUAL_MOST;
  }

  submit(submission: ISubmission): Promise<{ jobs: ReadonlyMap<PilotId, IJob>; warnings: string }> {
    return submitJobs(this._commands, this._host, submission);
  }

  async find(submissions: readonly ISubmission[]): Promise<ReadonlyMap<PilotId, IJob>> {
    const clusters = await findClusters(this._commands, this._host, submissions);
    return new Map(
      submissions.flatMap(submission => {
        const cluster = clusters.get(submission.id);
        return cluster === undefined ? [] : [...jobsOf(submission, cluster)];
      })
    );
  }

  track(pilot: PilotId, job: string, profile: Profile): void {
    this._watch.track(pilot, readJob(job), profile);
  }

  untrack(pilot: PilotId): void {
    this._watch.untrack(pilot);
  }

  ask(): Promise<void> {
    return this._watch.ask();
  }

  remove(jobs: ReadonlyMap<PilotId, string>): Promise<void> {
    return order(this._commands, 'remove', jobs);
  }

  hold(jobs: ReadonlyMap<PilotId, string>): Promise<void> {
    return order(this._commands, 'hold', jobs);
  }

  release(jobs: ReadonlyMap<PilotId, string>): Promise<void> {
    return order(this._commands, 'release', jobs);
  }

  onReport(call: (pilot: PilotId, report: JobReport) => void): IDisposable {
    return this._watch.telling.onReport(call);
  }

  onTrouble(call: (trouble: ITrouble | null) => void): IDisposable {
    return this._watch.telling.onTrouble(call);
  }

  files(): Partial<Record<LogFile, string>> {
    return {
      output: OUTPUT_FILE,
      error: ERROR_FILE,
      script: `../${SCRIPT_FILE}`,
      submit: `../${SUBMIT_FILE}`,
      events: `../${EVENTS_FILE}`
    };
  }

  check(profile: Profile): FieldProblem[] {
    return checkProfile(profile);
  }

  /** HTCondor has no partitions or accounts to choose from. */
  limits(): Promise<SiteLimits | null> {
    return Promise.resolve(null);
  }

  dryRun(profile: Profile): Promise<{ problems: FieldProblem[]; words: string }> {
    return dryRun(this._commands, this._host, profile);
  }

  dispose(): void {
    this._watch.dispose();
  }

  private readonly _commands: SchedulerCommands;
  private readonly _watch: Watch;
  private _most: number | null = null;
}
