import { pilotWhy, type PilotId } from '../../protocol';
import type { JobReport } from '../schedulers';
import type { IBridgeContext } from '../tokens';
import { endingOf } from './ends';
import type { Endings } from './endings';
import { failed, stopOf } from './failures';
import { lastWords } from './lastWords';
import type { LeaseBook } from './leases';
import { hasEnded, profileOf, type IBell, type IEnding, type IPilotEntry } from './model';
import type { PilotBook } from './pilotBook';
import type { Sites } from './sites';

type Ended = Extract<JobReport, { state: 'ended' }>;
type Alive = Exclude<JobReport, { state: 'ended' | 'unknown' }>;

/** What schedulers say of jobs, and what it means for pilots. */
export class Reports {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _sites: Sites,
    private readonly _pilots: PilotBook,
    private readonly _leases: LeaseBook,
    private readonly _endings: Endings,
    private readonly _bell: IBell
  ) {}

  reported(pilot: PilotId, report: JobReport): void {
    const entry = this._pilots.get(pilot);
    if (entry === undefined || hasEnded(entry)) {
      return;
    }
    switch (report.state) {
      case 'ended':
        entry.reported = report.state;
        void this._ended(entry, report);
        return;
      case 'unknown':
        this._unknown(entry, report.words);
        return;
      default:
        this._alive(entry, report);
    }
  }

  /** Contact to an agent is gone: if its scheduler does not know the job either, it has ended. */
  silent(entry: IPilotEntry): void {
    if (entry.reported === 'unknown' && !hasEnded(entry)) {
      this._unknown(entry, 'Its scheduler does not know the job any more.');
    }
  }

  /** Its agent was told to end, and not from here: its scheduler knows what that means. */
  awaitVerdict(entry: IPilotEntry): void {
    entry.awaitsVerdict = true;
    this.ask(entry);
  }

  /** Has its scheduler say soon what became of its job. */
  ask(entry: IPilotEntry): void {
    const { pilot } = entry.record.pilot;
    const ask = async (): Promise<void> => {
      await this._sites.of(profileOf(entry)).scheduler.ask();
    };
    ask().catch((error: unknown) => {
      this._context.log.error('pilot.ask', error, { pilot });
    });
  }

  /**
   * The job was started again: pools and connections of the attempt before
   * count no more, whatever they say.
   */
  requeued(
    entry: IPilotEntry,
    how: { words: string; attempt?: number; state?: 'queued' | 'held' } & Pick<Alive, 'why'>
  ): void {
    const { connection, lease } = entry;
    entry.timer?.dispose();
    entry.timer = null;
    entry.connection = null;
    entry.arrivedAtMs = null;
    entry.orphan = null;
    entry.unregistered = 0;
    entry.problem = null;
    entry.awaitsVerdict = false;
    if (entry.ending?.byAgent === true) {
      // It spoke of the attempt that is over.
      entry.ending = null;
      entry.draining = false;
    }
    this._context.log.info('pilot.requeued', { pilot: entry.record.pilot.pilot, ...how });
    if (lease !== null) {
      const cause = lease.state === 'draining' ? lease.cause : 'pilot_gone';
      this._leases.end(lease, cause, how.words);
    }
    this._pilots.apply(entry, { kind: 'requeued', ...how });
    connection?.close();
    this._endings.resume(entry);
    this._bell.ring(entry.pool);
  }

  private _alive(entry: IPilotEntry, report: Alive): void {
    const before = entry.reported;
    const { attempt, state } = entry.record.pilot;
    const { words, why } = report;
    const left = report.state === 'queued' || report.state === 'held' ? report.state : null;
    const said = report.restarts === undefined ? attempt : 1 + report.restarts;
    const spoke = spokeFirst(entry, report);
    if (left !== null && spoke === false && said <= attempt) {
      return;
    }
    entry.reported = report.state;
    const ran = before === 'running' || before === 'suspended' || spoke === true;
    const waits = state === 'requested' || state === 'queued' || state === 'held';
    if (said > attempt) {
      this.requeued(entry, { words, why, attempt: said, state: left ?? 'queued' });
    } else if (left !== null && ran && !waits) {
      // Known to have run, and now it does not: it was taken off its machine.
      const next = report.restarts === undefined && left === 'queued' ? attempt + 1 : attempt;
      this.requeued(entry, { words, why, attempt: next, state: left });
    }
    this._pilots.apply(entry, {
      kind: 'job',
      state: report.state,
      words,
      why: why ?? null,
      slot: report.slot ?? null
    });
    if (report.state === 'held') {
      this._held(entry, before, report);
    } else {
      entry.holding = false;
    }
  }

  /** A hold is no failure, but like holds in a row will not become fewer by asking for more. */
  private _held(entry: IPilotEntry, before: JobReport['state'] | null, report: Alive): void {
    if (before === 'held' || entry.holding || entry.served) {
      return;
    }
    const { pool } = entry;
    const cause = `held_${report.why?.code ?? 'unknown'}`;
    pool.failures = failed(pool.failures, { cause, words: report.words, heard: entry.heard });
    pool.stopped ??= stopOf(pool.failures, this._context.clock.now());
    this._bell.ring(pool);
  }

  private _unknown(entry: IPilotEntry, words: string): void {
    entry.reported = 'unknown';
    // While its agent speaks there is a job, whatever the scheduler says.
    if (entry.connection === null) {
      void this._ended(entry, { state: 'ended', exitCode: null, signal: null, words });
    }
  }

  private async _ended(entry: IPilotEntry, report: Ended): Promise<void> {
    const ending = tellingOf(entry, report);
    const found = endingOf(report, ending?.end ?? null);
    const printed = found.end === 'failed' ? await this._lastWords(entry) : '';
    if (entry.reported === 'unknown' && entry.connection !== null) {
      return;
    }
    const words =
      found.end === 'failed'
        ? [ending?.words ?? '', printed, report.words].filter(text => text !== '').join('\n')
        : (ending?.words ?? report.words);
    const cause = ending?.cause ?? found.cause;
    const why = pilotWhy(cause, words) ?? report.why ?? null;
    this._endings.close(entry, { end: found.end, cause, words, why });
  }

  private async _lastWords(entry: IPilotEntry): Promise<string> {
    const { folder, job } = entry.record;
    if (job === null) {
      return '';
    }
    try {
      const { host, scheduler } = this._sites.of(profileOf(entry));
      return await lastWords(host, folder, scheduler.files(job));
    } catch (error) {
      const { pilot } = entry.record.pilot;
      this._context.log.error('pilot.last_words', error, { pilot });
      return '';
    }
  }
}

/** What the bridge or the agent has said of an end, where that counts for more than the scheduler. */
function tellingOf({ ending }: IPilotEntry, { end }: Ended): IEnding | null {
  const verdict = end !== undefined && end !== null && end !== 'failed' && end !== 'finished';
  return ending?.byAgent === true && verdict ? null : ending;
}

/**
 * Whether the agent of this attempt spoke before the scheduler was asked: then
 * its job ran. false: after that, so that an answer that says it waits is late;
 * null: it has not spoken, or the scheduler does not say when it was asked.
 */
function spokeFirst({ arrivedAtMs }: IPilotEntry, { askedAtMs }: Alive): boolean | null {
  return arrivedAtMs === null || askedAtMs === undefined ? null : arrivedAtMs < askedAtMs;
}
