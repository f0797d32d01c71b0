import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LIMITS, type FieldProblem, type PilotId, type Profile } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IBridgeContext, IDisposable } from '../../tokens';
import { readIfThere } from '../../tunnels/privateFiles';
import { EXIT_FILE, PID_FILE } from '../pilotScript';
import { Telling } from '../telling';
import type {
  CreateScheduler,
  IJob,
  IPilotMakings,
  IPlan,
  IScheduler,
  ISubmission,
  ITrouble,
  JobReport
} from '../tokens';
import { jobEnvironment } from './environment';
import { localFiles, localPlan } from './plan';
import { startTimeOf, workingFolderOf } from './processes';

const LOOK_EVERY_MS = 500;
/** Between SIGTERM and SIGKILL: agents and their keepers clean up. */
const KILL_AFTER_MS = 5000;
/** In place of the start time of a process that had ended before it could be asked for. */
const ENDED = 'ended';

/** What the database keeps of a job. The folder holds its `exit` file. */
const LocalJob = z.object({ pid: z.int().positive(), startTime: z.string(), folder: z.string() });
type LocalJob = z.infer<typeof LocalJob>;

/** Jobs as processes of this machine, each the leader of its own session and group. */
export const createScheduler: CreateScheduler = context => new LocalScheduler(context);

class LocalScheduler implements IScheduler {
  constructor(private readonly _context: IBridgeContext) {
    this._telling = new Telling(_context.log, { scheduler: 'local', host: _context.machine });
    this._looking = _context.clock.every(LOOK_EVERY_MS, () => {
      this._look();
    });
  }

  readonly kind = 'local';

  plan(profile: Profile, pilots: number, makings: IPilotMakings): IPlan {
    return localPlan(profile, pilots, makings);
  }

  mostPerSubmission(): Promise<number> {
    return Promise.resolve(LIMITS.pilotsPerPool);
  }

  async submit({
    profile,
    folder,
    pilots
  }: ISubmission): Promise<{ jobs: ReadonlyMap<PilotId, IJob>; warnings: string }> {
    const command = localPlan(profile, pilots.length, NO_MAKINGS).command;
    const jobs = new Map<PilotId, IJob>();
    for (const [number, pilot] of pilots.entries()) {
      const job = await this._start(pilot, join(folder, String(number)), command);
      jobs.set(pilot, jobOf(job));
    }
    return { jobs, warnings: '' };
  }

  /** A pilot whose script has begun has left its process id; an ended one is found by it, too. */
  find(submissions: readonly ISubmission[]): Promise<ReadonlyMap<PilotId, IJob>> {
    const found = new Map<PilotId, IJob>();
    for (const { folder, pilots } of submissions) {
      for (const [number, pilot] of pilots.entries()) {
        const own = join(folder, String(number));
        const pid = Number(readIfThere(join(own, PID_FILE)) ?? NaN);
        if (Number.isInteger(pid) && pid > 1) {
          const runs = workingFolderOf(pid) === own ? startTimeOf(pid) : null;
          found.set(pilot, jobOf({ pid, startTime: runs ?? ENDED, folder: own }));
        }
      }
    }
    return Promise.resolve(found);
  }

  track(pilot: PilotId, text: string): void {
    const job = LocalJob.parse(JSON.parse(text));
    this._tracked.set(pilot, job);
    // Later, so that whoever tracks it has done so before it is told of.
    setImmediate(() => {
      if (this._tracked.get(pilot) === job) {
        this._tell(pilot, job);
      }
    });
  }

  untrack(pilot: PilotId): void {
    this._tracked.delete(pilot);
  }

  ask(): Promise<void> {
    for (const [pilot, job] of [...this._tracked]) {
      this._tell(pilot, job);
    }
    return Promise.resolve();
  }

  remove(jobs: ReadonlyMap<PilotId, string>): Promise<void> {
    for (const [pilot, text] of jobs) {
      const job = LocalJob.parse(JSON.parse(text));
      this._signal(pilot, job, 'SIGTERM');
      const timer = this._context.clock.after(KILL_AFTER_MS, () => {
        this._killing.delete(timer);
        this._signal(pilot, job, 'SIGKILL');
      });
      this._killing.add(timer);
    }
    return Promise.resolve();
  }

  hold(): Promise<void> {
    return Promise.reject(this._noQueue());
  }

  release(): Promise<void> {
    return Promise.reject(this._noQueue());
  }

  onReport(call: (pilot: PilotId, report: JobReport) => void): IDisposable {
    return this._telling.onReport(call);
  }

  /** The kernel of this machine always answers. */
  onTrouble(call: (trouble: ITrouble | null) => void): IDisposable {
    return this._telling.onTrouble(call);
  }

  files(): ReturnType<IScheduler['files']> {
    return localFiles;
  }

  check(): FieldProblem[] {
    return [];
  }

  limits(): Promise<null> {
    return Promise.resolve(null);
  }

  dryRun(): Promise<null> {
    return Promise.resolve(null);
  }

  dispose(): void {
    this._looking.dispose();
    this._telling.dispose();
    this._tracked.clear();
    for (const timer of this._killing) {
      timer.dispose();
    }
  }

  private _start(pilot: PilotId, folder: string, command: readonly string[]): Promise<LocalJob> {
    const output = openSync(
      join(folder, localFiles.output),
      constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND,
      0o600
    );
    const [program, ...words] = command;
    let child: ChildProcess;
    try {
      child = spawn(program, words, {
        cwd: folder,
        detached: true,
        stdio: ['ignore', output, output],
        env: jobEnvironment(process.env)
      });
    } finally {
      closeSync(output);
    }
    return new Promise((resolve, reject) => {
      child.once('error', error => {
        reject(
          new PilothouseError(
            {
              code: 'submit_failed',
              params: { scheduler: 'local', pilot },
              machine: this._context.machine,
              words: String(error)
            },
            error
          )
        );
      });
      child.once('spawn', () => {
        const { pid } = child;
        if (pid === undefined) {
          return;
        }
        this._children.set(pid, null);
        child.once('exit', (exitCode, signal) => {
          this._exited(pid, {
            state: 'ended',
            exitCode,
            signal,
            words: endWords(exitCode, signal)
          });
        });
        child.unref();
        // A process that has ended already is a zombie until its exit event.
        resolve({ pid, startTime: startTimeOf(pid) ?? ENDED, folder });
      });
    });
  }

  /** The end of a child is told now, or once it is tracked. */
  private _exited(pid: number, report: JobReport): void {
    this._children.set(pid, report);
    for (const [pilot, job] of this._tracked) {
      if (job.pid === pid) {
        setImmediate(() => {
          if (this._tracked.get(pilot) === job) {
            this._tell(pilot, job);
          }
        });
      }
    }
  }

  private _tell(pilot: PilotId, job: LocalJob): void {
    const child = this._children.get(job.pid);
    const report =
      child === undefined ? reportOf(job) : (child ?? { state: 'running', words: runs(job.pid) });
    if (report.state === 'ended') {
      this._children.delete(job.pid);
      this._tracked.delete(pilot);
    }
    this._telling.report(pilot, report);
  }

  /** Looks after the jobs of former bridges, whose ends no event tells. */
  private _look(): void {
    for (const [pilot, job] of [...this._tracked]) {
      if (!this._children.has(job.pid) && reportOf(job).state === 'ended') {
        this._tell(pilot, job);
      }
    }
  }

  /** Signals a job's group, unless its process id belongs to another process by now. */
  private _signal(pilot: PilotId, job: LocalJob, signal: NodeJS.Signals): void {
    const now = startTimeOf(job.pid);
    if (now !== null && now !== job.startTime) {
      return;
    }
    try {
      process.kill(-job.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
        this._context.log.error('local.signal', error, { pilot, signal });
      }
    }
  }

  private _noQueue(): PilothouseError {
    return new PilothouseError({
      code: 'not_allowed',
      params: { method: 'hold', role: 'local' },
      machine: this._context.machine,
      words: 'Pilots of this computer start at once: there is no queue in which to hold them.'
    });
  }

  private readonly _looking: IDisposable;
  /** Processes of this bridge, with their end where that has come. */
  private readonly _children = new Map<number, JobReport | null>();
  private readonly _tracked = new Map<PilotId, LocalJob>();
  private readonly _telling: Telling;
  private readonly _killing = new Set<IDisposable>();
}

/** What is run does not depend on them. */
const NO_MAKINGS: IPilotMakings = { agent: '', python: null, minor: '', runtime: null };

const jobOf = (job: LocalJob): IJob => ({
  job: JSON.stringify(job),
  schedulerId: String(job.pid)
});

const runs = (pid: number): string => `process ${pid} runs`;

function reportOf(job: LocalJob): JobReport {
  if (startTimeOf(job.pid) === job.startTime) {
    return { state: 'running', words: runs(job.pid) };
  }
  const exit = readIfThere(join(job.folder, EXIT_FILE))?.trim() ?? '';
  const exitCode = /^\d{1,3}$/.test(exit) ? Number(exit) : null;
  return { state: 'ended', exitCode, signal: null, words: endWords(exitCode, null) };
}

function endWords(exitCode: number | null, signal: string | null): string {
  if (signal !== null) {
    return `the pilot's process was ended by ${signal}`;
  }
  return exitCode === null
    ? "the pilot's process is gone and left no exit code"
    : `the pilot's process ended with exit code ${exitCode}`;
}
