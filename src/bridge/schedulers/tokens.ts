import type {
  ErrorCode,
  FieldProblem,
  LogFile,
  PilotEnd,
  PilotId,
  Profile,
  ScriptFile,
  SiteLimits,
  SubmissionPlan,
  Why
} from '../../protocol';
import type { IHost } from '../hosts/tokens';
import type { IBridgeContext, IDisposable } from '../tokens';

/** What a job is doing, as its scheduler says. */
export type JobReport =
  | {
      readonly state: 'queued' | 'held' | 'running' | 'suspended';
      readonly words: string;
      readonly why?: Why | null;
      /** How often the scheduler has started this job before: an eviction or requeue adds one. */
      readonly restarts?: number;
      /** The slot or node, as the scheduler calls it. */
      readonly slot?: string | null;
      /**
       * When the question began that this answers, where a scheduler knows of
       * a start before the job does: what an agent said earlier is older.
       */
      readonly askedAtMs?: number;
    }
  | {
      readonly state: 'ended';
      /** The scheduler's verdict where it has one; null: the exit code tells. */
      readonly end?: PilotEnd | null;
      readonly exitCode: number | null;
      readonly signal: string | null;
      readonly words: string;
      readonly why?: Why | null;
    }
  /** The scheduler was asked and does not know it, also not among what has ended. */
  | { readonly state: 'unknown'; readonly words: string };

/** A job as its scheduler's adapter knows it again. */
export interface IJob {
  /** The adapter's own JSON, kept in the database. */
  readonly job: string;
  /** The scheduler's id of the job, as its own commands take it. */
  readonly schedulerId: string;
}

/**
 * Pilots that are handed to a scheduler in one call. `folder` is on the submit
 * host, private, and holds the planned files; pilot number n has `folder/n`
 * with its `pilot.json`. The id is part of the job's name, so that a reply
 * that never came is settled by asking for it.
 */
export interface ISubmission {
  readonly id: string;
  readonly profile: Profile;
  readonly folder: string;
  readonly pilots: readonly PilotId[];
}

/** The name of a submission's jobs. */
export const jobNameOf = (submission: Pick<ISubmission, 'id' | 'profile'>): string =>
  `${submission.profile.jobName}.${submission.id}`;

/** What pilots are given to serve a kernel: names of files that lie beside the pilot's folders. */
export interface IPilotMakings {
  /** The agent's archive. */
  readonly agent: string;
  /** A Python by path or name; null: the site's of this minor version, else the runtime's own. */
  readonly python: string | null;
  /** `3.11` */
  readonly minor: string;
  /** The runtime's archive; null: the Python named has it all. */
  readonly runtime: { readonly name: string; readonly hash: string } | null;
}

/** What submitting so many pilots writes and runs; a pure function of profile, number and makings. */
export interface IPlan {
  readonly files: readonly ScriptFile[];
  readonly others: SubmissionPlan['others'];
  /** argv of the one call, run in the submission's folder; SUBMISSION_NAME stands for the job's name. */
  readonly command: readonly string[];
}
export const SUBMISSION_NAME = 'SUBMISSION';

/**
 * A scheduler at one submit host: one folder under schedulers/, whose index
 * exports `createScheduler: CreateScheduler`.
 */
export interface IScheduler extends IDisposable {
  readonly kind: Profile['scheduler']['kind'];
  /** What a submission is made of: what is previewed is what is submitted. */
  plan(profile: Profile, pilots: number, makings: IPilotMakings): IPlan;
  /** Most pilots that one submission may have. */
  mostPerSubmission(profile: Profile): Promise<number>;
  /**
   * Hands a submission, whose files are written, to the scheduler in one call.
   * `warnings`: what it said beside.
   * @throws PilothouseError submit_failed where it was refused, with the
   *   scheduler's own words; any other: it is not known whether it was taken,
   *   and `find` will tell
   */
  submit(
    submission: ISubmission
  ): Promise<{ readonly jobs: ReadonlyMap<PilotId, IJob>; readonly warnings: string }>;
  /**
   * Jobs of submissions whose reply never came, as far as there are any now:
   * that one is not in an answer is no proof yet that it never was, since its
   * request may still be on its way (pools/settling.ts).
   * @throws PilothouseError where the scheduler cannot be asked, or its own
   *   command for one of them still runs: nothing is known then
   */
  find(submissions: readonly ISubmission[]): Promise<ReadonlyMap<PilotId, IJob>>;
  /** From now on what happens to this job is told by `onReport`, until it has ended or is untracked. */
  track(pilot: PilotId, job: string, profile: Profile): void;
  untrack(pilot: PilotId): void;
  /** Asks for all tracked jobs as soon as its floor allows; resolves when they have been reported. */
  ask(): Promise<void>;
  /** Ends jobs; one that has ended already is no error. */
  remove(jobs: ReadonlyMap<PilotId, string>): Promise<void>;
  hold(jobs: ReadonlyMap<PilotId, string>): Promise<void>;
  release(jobs: ReadonlyMap<PilotId, string>): Promise<void>;
  /** Reports of tracked jobs, also repeated ones. */
  onReport(call: (pilot: PilotId, report: JobReport) => void): IDisposable;
  /** The scheduler does not answer as it should (told once for each change), or does again (null). */
  onTrouble(call: (trouble: ITrouble | null) => void): IDisposable;
  /**
   * The files that a job leaves, by their paths from its pilot's folder:
   * `output`, `../job.sub` for one in its submission's.
   */
  files(job: string): Partial<Record<LogFile, string>>;
  /**
   * What is wrong with this scheduler's own fields, without asking it: further
   * lines that set what a field owns (`moveTo`) or what is ours, fields that
   * exclude each other. Pure.
   */
  check(profile: Profile): FieldProblem[];
  /** What this user may ask for; null: this scheduler has no such limits. */
  limits(again: boolean): Promise<SiteLimits | null>;
  /** The scheduler's own check of a profile, without submitting: problems by field, and its words. */
  dryRun(profile: Profile): Promise<{ problems: FieldProblem[]; words: string } | null>;
}
export interface ITrouble {
  readonly code: ErrorCode;
  readonly words: string;
}
/** Makes the scheduler of a submit host; asks it nothing yet. */
export type CreateScheduler = (context: IBridgeContext, host: IHost) => IScheduler;
