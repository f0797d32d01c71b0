import type { FieldProblem, LogFile, PilotId, Profile, SiteLimits } from '../../../protocol';
import { PilothouseError } from '../../errors';
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

  async submit(
    submission: ISubmission
  ): Promise<{ jobs: ReadonlyMap<PilotId, IJob>; warnings: string }> {
    try {
      return await submitJobs(this._commands, this._host, submission);
    } catch (error) {
      if (!(error instanceof PilothouseError && error.code === 'submit_failed')) {
        this._absentSinceMs.set(submission.id, null);
      }
      throw error;
    }
  }

  async find(submissions: readonly ISubmission[]): Promise<ReadonlyMap<PilotId, IJob>> {
    const clusters = await findClusters(this._commands, this._host, submissions);
    const found = new Map<PilotId, IJob>();
    for (const submission of submissions) {
      const cluster = clusters.get(submission.id);
      if (cluster === undefined) {
        this._absent(submission.id);
        continue;
      }
      this._absentSinceMs.delete(submission.id);
      for (const [pilot, job] of jobsOf(submission, cluster)) {
        found.set(pilot, job);
      }
    }
    return found;
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

  /**
   * A schedd that hung may have the jobs before it, unread: one answer without
   * them is not enough.
   * @throws PilothouseError command_failed
   */
  private _absent(id: string): void {
    const since = this._absentSinceMs.get(id);
    if (since === undefined) {
      return;
    }
    const { clock, times } = this._context;
    const sinceMs = since ?? clock.now();
    this._absentSinceMs.set(id, sinceMs);
    if (clock.now() - sinceMs < times.submissionSettleMs) {
      throw new PilothouseError({
        code: 'command_failed',
        params: { command: 'condor_submit', problem: 'its reply was lost' },
        machine: this._host.name,
        words: 'HTCondor may still take the jobs that it gave no reply for.'
      });
    }
  }

  /** Submissions whose reply was lost, and since when HTCondor answers that it has no job of them. */
  private readonly _absentSinceMs = new Map<string, number | null>();
  private readonly _commands: SchedulerCommands;
  private readonly _watch: Watch;
  private _most: number | null = null;
}
