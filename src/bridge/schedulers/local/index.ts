import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { PilotId } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IBridgeContext, IDisposable, IJobRequest, IScheduler, JobReport } from '../../tokens';
import { readIfThere } from '../../tunnels/privateFiles';
import { EXIT_FILE, PID_FILE } from '../pilotScript';
import { jobEnvironment } from './environment';
import { startTimeOf, workingFolderOf } from './processes';

const LOOK_EVERY_MS = 500;
/** Between SIGTERM and SIGKILL: agents and their keepers clean up. */
const KILL_AFTER_MS = 5000;

/** What the database keeps of a job. The folder holds its `exit` file. */
const LocalJob = z.object({ pid: z.int().positive(), startTime: z.string(), folder: z.string() });
type LocalJob = z.infer<typeof LocalJob>;

/** Jobs as processes of this machine, each the leader of its own session and group. */
export function createScheduler(context: IBridgeContext): IScheduler {
  return new LocalScheduler(context);
}

class LocalScheduler implements IScheduler {
  constructor(private readonly _context: IBridgeContext) {
    this._looking = _context.clock.every(LOOK_EVERY_MS, () => {
      this._look();
    });
  }

  readonly kind = 'local';

  async submit(
    requests: readonly IJobRequest[]
  ): Promise<Map<PilotId, { job: string; schedulerId: string }>> {
    const started = new Map<PilotId, { job: string; schedulerId: string }>();
    for (const request of requests) {
      const job = await this._start(request);
      started.set(request.pilot, { job: JSON.stringify(job), schedulerId: String(job.pid) });
    }
    return started;
  }

  find(
    folders: ReadonlyMap<PilotId, string>
  ): Promise<Map<PilotId, { job: string; schedulerId: string }>> {
    const found = new Map<PilotId, { job: string; schedulerId: string }>();
    for (const [pilot, folder] of folders) {
      const pid = Number(readIfThere(join(folder, PID_FILE)) ?? NaN);
      const startTime = Number.isInteger(pid) && pid > 1 ? startTimeOf(pid) : null;
      if (startTime !== null && workingFolderOf(pid) === folder) {
        const job: LocalJob = { pid, startTime, folder };
        found.set(pilot, { job: JSON.stringify(job), schedulerId: String(pid) });
      }
    }
    return Promise.resolve(found);
  }

  query(jobs: ReadonlyMap<PilotId, string>): Promise<Map<PilotId, JobReport>> {
    const reports = new Map<PilotId, JobReport>();
    for (const [pilot, text] of jobs) {
      const job = LocalJob.parse(JSON.parse(text));
      const report = reportOf(job);
      reports.set(pilot, report);
      if (report.state === 'running' && !this._children.has(job.pid)) {
        this._adopted.set(pilot, job);
      }
    }
    return Promise.resolve(reports);
  }

  remove(jobs: ReadonlyMap<PilotId, string>): Promise<void> {
    for (const [pilot, text] of jobs) {
      const job = LocalJob.parse(JSON.parse(text));
      this._signal(pilot, job, 'SIGTERM');
      this._killing.add(
        this._context.clock.after(KILL_AFTER_MS, () => {
          this._signal(pilot, job, 'SIGKILL');
        })
      );
    }
    return Promise.resolve();
  }

  onReport(call: (pilot: PilotId, report: JobReport) => void): IDisposable {
    this._calls.add(call);
    return { dispose: () => this._calls.delete(call) };
  }

  dispose(): void {
    this._looking.dispose();
    this._calls.clear();
    for (const timer of this._killing) {
      timer.dispose();
    }
  }

  private _start(request: IJobRequest): Promise<LocalJob> {
    const { folder, pilot } = request;
    const output = openSync(
      join(folder, 'output'),
      constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND,
      0o600
    );
    let child: ChildProcess;
    try {
      child = spawn('/bin/sh', [request.script], {
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
        // A process that has ended is a zombie until its exit event: the report follows.
        const job: LocalJob = { pid, startTime: startTimeOf(pid) ?? 'ended', folder };
        this._children.add(pid);
        child.once('exit', (exitCode, signal) => {
          this._children.delete(pid);
          // After the promise, so that whoever submitted knows the job first.
          setImmediate(() => {
            this._report(pilot, {
              state: 'ended',
              exitCode,
              signal,
              words: words(exitCode, signal)
            });
          });
        });
        child.unref();
        setImmediate(() => {
          if (this._children.has(pid)) {
            this._report(pilot, { state: 'running', words: `process ${pid} runs` });
          }
        });
        resolve(job);
      });
    });
  }

  /** Looks after the jobs of former bridges, whose ends no event tells. */
  private _look(): void {
    for (const [pilot, job] of this._adopted) {
      const report = reportOf(job);
      if (report.state === 'ended') {
        this._adopted.delete(pilot);
        this._report(pilot, report);
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

  private _report(pilot: PilotId, report: JobReport): void {
    for (const call of this._calls) {
      call(pilot, report);
    }
  }

  private readonly _looking: IDisposable;
  private readonly _children = new Set<number>();
  private readonly _adopted = new Map<PilotId, LocalJob>();
  private readonly _calls = new Set<(pilot: PilotId, report: JobReport) => void>();
  private readonly _killing = new Set<IDisposable>();
}

function reportOf(job: LocalJob): JobReport {
  if (startTimeOf(job.pid) === job.startTime) {
    return { state: 'running', words: `process ${job.pid} runs` };
  }
  const exit = readIfThere(join(job.folder, EXIT_FILE))?.trim() ?? '';
  const exitCode = /^\d{1,3}$/.test(exit) ? Number(exit) : null;
  return { state: 'ended', exitCode, signal: null, words: words(exitCode, null) };
}

function words(exitCode: number | null, signal: string | null): string {
  if (signal !== null) {
    return `the pilot's process was ended by ${signal}`;
  }
  return exitCode === null
    ? "the pilot's process is gone and left no exit code"
    : `the pilot's process ended with exit code ${exitCode}`;
}
