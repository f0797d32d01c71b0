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
import { checkSlurm } from './check';
import { dryRun } from './dryRun';
import { findJobs } from './find';
import { readJob } from './jobs';
import { mostInOneArray, SlurmLimits } from './limits';
import { lookAt } from './look';
import { order } from './orders';
import { ERROR_FILE, OUTPUT_FILE } from './header';
import { planSubmission, SCRIPT_FILE } from './plan';
import { submitJobs } from './submit';
import { Watch } from './watch';

/** Pilots as elements of Slurm's job arrays. */
export function createScheduler(context: IBridgeContext, host: IHost): IScheduler {
  return new SlurmScheduler(context, host);
}

class SlurmScheduler implements IScheduler {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _host: IHost
  ) {
    this._commands = new SchedulerCommands(_host);
    this._limits = new SlurmLimits(this._commands, _context.clock);
    this._watch = new Watch(_context, lookAt(this._commands, _host));
  }

  readonly kind = 'slurm';

  plan(profile: Profile, pilots: number, makings: IPilotMakings): IPlan {
    return planSubmission(profile, pilots, makings);
  }

  /** Where limits cannot be asked for, an array of the usual size is tried. */
  async mostPerSubmission(profile: Profile): Promise<number> {
    try {
      return mostInOneArray(profile, await this._limits.get(false));
    } catch (error) {
      this._context.log.warn('slurm.limits', { host: this._host.name, problem: String(error) });
      return mostInOneArray(profile, null);
    }
  }

  submit(submission: ISubmission): Promise<{ jobs: ReadonlyMap<PilotId, IJob>; warnings: string }> {
    return submitJobs(this._commands, this._host, submission);
  }

  find(submissions: readonly ISubmission[]): Promise<ReadonlyMap<PilotId, IJob>> {
    return findJobs(this._commands, this._host, submissions);
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
    return { output: OUTPUT_FILE, error: ERROR_FILE, script: `../${SCRIPT_FILE}` };
  }

  check(profile: Profile): FieldProblem[] {
    return checkSlurm(profile);
  }

  limits(again: boolean): Promise<SiteLimits> {
    return this._limits.get(again);
  }

  dryRun(profile: Profile): Promise<{ problems: FieldProblem[]; words: string }> {
    return dryRun(this._commands, profile);
  }

  dispose(): void {
    this._watch.dispose();
  }

  private readonly _commands: SchedulerCommands;
  private readonly _limits: SlurmLimits;
  private readonly _watch: Watch;
}
