import type { PilotId, Profile } from '../../../protocol';
import type { IHost } from '../../hosts/tokens';
import type { IBridgeContext, IDisposable } from '../../tokens';
import type { IWatch } from '../batch';
import type { SchedulerCommands } from '../commands';
import { paceOfJobs, type Polling } from '../pace';
import { Presence } from '../presence';
import { Rounds } from '../rounds';
import { Telling } from '../telling';
import type { JobReport } from '../tokens';
import { askHistory, askQueue } from './ads';
import { END_ATTRIBUTES, gone, reportOfEnd } from './ends';
import { reportOf, type IHistory } from './history';
import {
  clustersConstraint,
  jobConstraints,
  jobId,
  logOf,
  readJob,
  type HTCondorJob
} from './jobs';
import { EventLogs, type Heard } from './logs';
import { optionsOf } from './options';
import { QUEUE_ATTRIBUTES, queueRow } from './queueRows';
import { portToReach, withPort } from './reach';
import { verdictOn, type IContradiction } from './verdict';

/** A submission's first events may come a moment after the reply. */
const FIRST_LOOK_MS = 3000;
/** How often logs are looked at: on this machine that is one stat each. */
const LOOK_HERE_MS = 1000;
const LOOK_THERE_MS = 5000;
/** So much longer for each log. */
const LOOK_EACH_MS = 2;
/** Answers in a row without a job before it is given up: it may be on its way from queue to history. */
const MISSING_ROUNDS = 3;

/** A job that is watched. */
interface ITracked {
  readonly pilot: PilotId;
  readonly job: HTCondorJob;
  readonly id: string;
  readonly log: string;
  readonly polling: Polling;
  /** The port that its machine must reach; null: any will do. */
  readonly port: number | null;
  /** What its log had told when it was reported last. */
  told: IHistory | null;
  contradiction: IContradiction | null;
  missing: number;
}

/**
 * Reports tracked jobs: from their submissions' event logs, which cost the
 * schedd nothing; condor_q and condor_history are asked where these leave a
 * doubt, and from time to time.
 */
export class Watch implements IWatch {
  constructor(
    private readonly _context: Pick<IBridgeContext, 'clock' | 'log'>,
    private readonly _host: IHost,
    private readonly _commands: SchedulerCommands
  ) {
    this.telling = new Telling(_context.log, { scheduler: 'htcondor', host: _host.name });
    this._logs = new EventLogs(_host, _context.log);
    this._rounds = new Rounds(
      _context.clock,
      () => paceOfJobs(this._tracked.values()),
      () => this._settle(),
      FIRST_LOOK_MS
    );
    this._presence = new Presence(_host, this._rounds, this.telling, this._tracked, () => {
      this._lookIn(0);
    });
  }

  track(pilot: PilotId, text: string, profile: Profile): void {
    const { polling } = optionsOf(profile);
    const job = readJob(text);
    this._tracked.set(pilot, {
      ...{ pilot, job, id: jobId(job), log: logOf(job), polling, port: portToReach(profile) },
      ...{ told: null, contradiction: null, missing: 0 }
    });
    this._paths = null;
    this._rounds.begin();
    this._presence.say();
    this._lookIn(0);
  }

  untrack(pilot: PilotId): void {
    if (this._tracked.delete(pilot)) {
      this._paths = null;
    }
    if (this._tracked.size === 0) {
      this._timer?.dispose();
      this._timer = null;
      this._rounds.rest();
    }
  }

  /** Resolves when all has been reported that logs tell, and condor_q where they do not. */
  async ask(): Promise<void> {
    await this._news();
    if (this._inDoubt()) {
      await this._rounds.ask();
    }
  }

  dispose(): void {
    this._disposed = true;
    this._timer?.dispose();
    this._timer = null;
    this._presence.dispose();
    this._rounds.dispose();
    this.telling.dispose();
  }

  private _lookIn(waitMs: number): void {
    const atMs = this._context.clock.now() + waitMs;
    if (this._disposed || this._tracked.size === 0 || (this._timer && this._lookAtMs <= atMs)) {
      return;
    }
    this._timer?.dispose();
    this._lookAtMs = atMs;
    this._timer = this._context.clock.after(waitMs, () => {
      this._timer = null;
      void this._look();
    });
  }

  private async _look(): Promise<void> {
    const logs = await this._news();
    const atLeastMs = this._host.isThisMachine ? LOOK_HERE_MS : LOOK_THERE_MS;
    this._lookIn(Math.max(atLeastMs, LOOK_EACH_MS * logs));
  }

  /** Reports what logs have told since; of how many logs. Never rejects. */
  private async _news(): Promise<number> {
    const known = this._paths;
    if (!this._host.connected) {
      return known?.size ?? 0;
    }
    const paths = known ?? new Set([...this._tracked.values()].map(({ log }) => log));
    this._paths = paths;
    let heard: Heard = 'other';
    try {
      heard = await this._logs.read(paths);
      this.telling.trouble('log', null);
    } catch (error) {
      this.telling.failed('log', error);
    }
    if (heard === 'nothing' && known !== null) {
      return paths.size;
    }
    if (heard === 'events') {
      this._rounds.heard();
    }
    for (const one of [...this._tracked.values()]) {
      const history = this._logs.historyOf(one.log, one.id);
      if (history !== null && history !== one.told) {
        one.told = history;
        one.contradiction = null;
        one.missing = 0;
        this._report(one, reportOf(history));
      }
    }
    this._rounds.doubt(this._inDoubt());
    return paths.size;
  }

  private _inDoubt(): boolean {
    for (const one of this._tracked.values()) {
      if (one.contradiction || one.missing > 0 || this._logs.historyOf(one.log, one.id) === null) {
        return true;
      }
    }
    return false;
  }

  /** One question for all jobs; whether there was an answer. Never rejects. */
  private async _settle(): Promise<boolean> {
    const asked = [...this._tracked.values()];
    try {
      const constraint = clustersConstraint(asked.map(({ job }) => job.cluster));
      const ads = await askQueue(this._commands, constraint, QUEUE_ATTRIBUTES);
      const rows = new Map(
        ads.map(ad => [jobId({ cluster: ad.ClusterId, proc: ad.ProcId }), queueRow(ad)])
      );
      // What has happened meanwhile is in the logs, and the logs count.
      await this._news();
      const missing: ITracked[] = [];
      for (const one of asked.filter(({ pilot }) => this._tracked.has(pilot))) {
        const history = this._logs.historyOf(one.log, one.id);
        const verdict = verdictOn(history, rows.get(one.id), one.contradiction);
        one.contradiction = verdict.kind === 'contradiction' ? verdict.contradiction : null;
        one.missing = verdict.kind === 'missing' ? one.missing + 1 : 0;
        if (verdict.kind === 'report') {
          this._report(one, verdict.report);
        } else if (verdict.kind === 'missing') {
          missing.push(one);
        }
      }
      await this._tellMissing(missing);
      this.telling.trouble('queue', null);
    } catch (error) {
      this.telling.failed('queue', error);
      return false;
    }
    this._rounds.doubt(this._inDoubt());
    return true;
  }

  private async _tellMissing(lost: readonly ITracked[]): Promise<void> {
    if (lost.length === 0) {
      return;
    }
    const ends = new Map<string, JobReport>();
    for (const constraint of jobConstraints(lost.map(({ job }) => job))) {
      const ads = await askHistory(this._commands, constraint, END_ATTRIBUTES, lost.length);
      for (const ad of ads) {
        ends.set(jobId({ cluster: ad.ClusterId, proc: ad.ProcId }), reportOfEnd(ad));
      }
    }
    for (const one of lost) {
      const { id, missing } = one;
      const end = ends.get(id) ?? (missing < MISSING_ROUNDS ? null : gone(id));
      if (end !== null) {
        this._report(one, end);
      }
    }
  }

  private _report(one: ITracked, report: JobReport): void {
    if (this._tracked.get(one.pilot) !== one) {
      return;
    }
    if (report.state === 'ended') {
      this.untrack(one.pilot);
    }
    this.telling.report(one.pilot, withPort(report, one.port));
  }

  readonly telling: Telling;
  private readonly _tracked = new Map<PilotId, ITracked>();
  private readonly _logs: EventLogs;
  /** The logs of all that is tracked; null: to be put together. */
  private _paths: ReadonlySet<string> | null = null;
  private readonly _rounds: Rounds;
  private readonly _presence: Presence;
  private _timer: IDisposable | null = null;
  private _lookAtMs = Infinity;
  private _disposed = false;
}
