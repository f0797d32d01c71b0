import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { LIMITS, PilotId, workersPerPilot, type Pilot } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IBridgeContext, IPilotRecord, IPilotStore, ITaskBook } from '../tokens';
import type { IJob } from '../schedulers';
import type { INeed } from './makings';
import {
  hasEnded,
  type IBell,
  type IPilotEntry,
  type IPoolEntry,
  type ISubmissionEntry
} from './model';
import { PilotKeeping } from './pilotKeeping';
import { nextPilot, type PilotEvent } from './pilotStates';

const COUNTER_KEY = 'pilots.count';

/** So many pilots for one kind of kernel. */
export interface IWantedPilots {
  readonly need: INeed;
  readonly count: number;
}

/** All pilots: makes them, moves them from state to state, keeps and shows each change. */
export class PilotBook {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _store: IPilotStore,
    private readonly _tasks: ITaskBook,
    private readonly _bell: IBell
  ) {
    this._keeping = new PilotKeeping(_context, _store);
  }

  /** Told of each pilot that is listed no more; set once by whoever wires the parts. */
  onForgotten: ((entry: IPilotEntry) => void) | null = null;

  get(pilot: PilotId): IPilotEntry | undefined {
    return this._entries.get(pilot);
  }

  all(): IterableIterator<IPilotEntry> {
    return this._entries.values();
  }

  /**
   * New pilots in state `requested`, in the database before anything is submitted.
   * @throws PilothouseError submit_failed where the database does not take them
   */
  request(pool: IPoolEntry, wanted: readonly IWantedPilots[]): IPilotEntry[] {
    const made: IPilotEntry[] = [];
    for (const { need, count } of wanted) {
      for (let index = 0; index < count; index += 1) {
        made.push(this._enter(pool, this._record(pool, need)));
      }
    }
    try {
      this._store.putValue(COUNTER_KEY, String(this._counter));
      this._store.putPilots(made.map(entry => entry.record));
    } catch (error) {
      for (const { record } of made) {
        this._entries.delete(record.pilot.pilot);
        pool.pilots.delete(record.pilot.pilot);
      }
      const problem = error instanceof Error ? error.message : String(error);
      const words = `The database in ${this._context.folders.state}: ${problem}`;
      throw new PilothouseError(
        { code: 'submit_failed', params: { pool: pool.pool }, words },
        error
      );
    }
    for (const entry of made) {
      this._show(entry);
    }
    return made;
  }

  /** Takes up a pilot of the database. */
  adopt(pool: IPoolEntry, record: IPilotRecord): IPilotEntry {
    const entry = this._enter(pool, {
      ...record,
      pilot: { ...record.pilot, lease: null, running: [] }
    });
    entry.heard = entry.record.pilot.startedAtMs !== null;
    entry.served = entry.heard;
    entry.draining = record.pilot.state === 'draining';
    this._show(entry);
    return entry;
  }

  /** Moves one pilot; true if that changed anything. */
  apply(entry: IPilotEntry, event: PilotEvent): boolean {
    return this.applyAll([entry], event);
  }

  /** Moves several at once, in one write. */
  applyAll(entries: readonly IPilotEntry[], event: PilotEvent): boolean {
    return this._move(entries, () => event) > 0;
  }

  /** Notes to which submission pilots belong, and where their files will be. */
  place(submission: ISubmissionEntry, key: string): void {
    const entries = [...submission.pilots];
    for (const [number, entry] of entries.entries()) {
      const folder = join(submission.record.folder, String(number));
      entry.submission = submission;
      entry.record = { ...entry.record, folder, executable: key };
    }
    this._keeping.put(entries.map(({ record }) => record));
  }

  /** Pilots whose submission was never made are as they were before it. */
  unplace(entries: readonly IPilotEntry[]): void {
    for (const entry of entries) {
      entry.submission = null;
      entry.record = { ...entry.record, folder: '' };
    }
    this._keeping.put(entries.map(({ record }) => record));
    this.applyAll(entries, { kind: 'waits', cause: 'wanted', words: '' });
  }

  /** Notes what their scheduler calls pilots, in one write; `warnings`: what it said beside. */
  setJobs(jobs: ReadonlyMap<IPilotEntry, IJob>, warnings: string): void {
    for (const [entry, { job }] of jobs) {
      entry.record = { ...entry.record, job };
    }
    const submitted = (entry: IPilotEntry): PilotEvent => ({
      kind: 'submitted',
      schedulerId: jobs.get(entry)?.schedulerId ?? '',
      warnings
    });
    this._move([...jobs.keys()], submitted);
  }

  /** A pilot as views see it, with what it runs now. */
  view(entry: IPilotEntry): Pilot {
    const { pilot } = entry.record;
    return {
      ...pilot,
      running: hasEnded(entry) ? [] : this._tasks.appsRunning(pilot.pilot),
      ran: this._tasks.ran(pilot.pilot)
    };
  }

  /** What a pilot runs has changed. */
  tasksChanged(pilots: ReadonlySet<PilotId>): void {
    for (const pilot of pilots) {
      const entry = this._entries.get(pilot);
      if (entry !== undefined) {
        this._show(entry);
        this._bell.touch(entry.pool);
      }
    }
  }

  dispose(): void {
    this._keeping.dispose();
    for (const { timer } of this._entries.values()) {
      timer?.dispose();
    }
  }

  /** Returns how many have changed. */
  private _move(
    entries: readonly IPilotEntry[],
    eventOf: (entry: IPilotEntry) => PilotEvent
  ): number {
    const now = this._context.clock.now();
    const moved = entries.filter(entry => {
      const next = nextPilot(entry.record.pilot, eventOf(entry), now);
      const changed = next !== entry.record.pilot;
      entry.record = changed ? { ...entry.record, pilot: next } : entry.record;
      return changed;
    });
    this._keeping.put(moved.map(entry => entry.record));
    for (const entry of moved) {
      this._show(entry);
      this._bell.ring(entry.pool);
      if (hasEnded(entry)) {
        entry.pool.ended.add(entry);
        this._forgetOld(entry.pool);
      }
    }
    return moved.length;
  }

  private _show(entry: IPilotEntry): void {
    this._context.changes.put({ kind: 'pilot', value: this.view(entry) });
  }

  private _enter(pool: IPoolEntry, record: IPilotRecord): IPilotEntry {
    const entry: IPilotEntry = {
      pool,
      record,
      submission: null,
      reported: null,
      holding: false,
      connection: null,
      lease: null,
      orphan: null,
      lostLease: null,
      submitting: false,
      ending: null,
      awaitsVerdict: false,
      draining: false,
      arrivedAtMs: null,
      heard: false,
      served: false,
      problem: null,
      unregistered: 0,
      timer: null
    };
    this._entries.set(record.pilot.pilot, entry);
    pool.pilots.set(record.pilot.pilot, entry);
    if (hasEnded(entry)) {
      pool.ended.add(entry);
    }
    return entry;
  }

  private _record(pool: IPoolEntry, need: INeed): IPilotRecord {
    this._counter += 1;
    // The random part keeps names apart when a database was lost.
    const id = PilotId.parse(`p${this._counter}-${randomBytes(3).toString('hex')}`);
    const now = this._context.clock.now();
    const { profile } = pool;
    const pilot: Pilot = {
      pilot: id,
      pool: pool.pool,
      attempt: 1,
      state: 'requested',
      sinceMs: now,
      cause: 'wanted',
      words: '',
      why: null,
      warnings: '',
      end: null,
      createdAtMs: now,
      startedAtMs: null,
      endedAtMs: null,
      endsByMs: null,
      resumesUntilMs: null,
      clockBehindMs: 0,
      schedulerId: null,
      slot: null,
      host: null,
      site: null,
      cores: profile.pilot.cores,
      memoryMiB: profile.pilot.memoryMiB ?? null,
      gpus: [],
      runtime: { executable: need.executable },
      lease: null,
      running: [],
      ran: 0
    };
    this._context.log.info('pilot.requested', {
      pilot: id,
      pool: pool.pool,
      madeFor: need.key,
      workers: workersPerPilot(profile)
    });
    return {
      pilot,
      folder: '',
      job: null,
      executable: need.key
    };
  }

  /** Drops ended pilots beyond the limit, oldest first, with their folders. */
  private _forgetOld(pool: IPoolEntry): void {
    const over: IPilotEntry[] = [];
    for (const entry of pool.ended) {
      if (pool.ended.size - over.length <= LIMITS.endedPilotsKept) {
        break;
      }
      over.push(entry);
    }
    if (over.length === 0) {
      return;
    }
    this._keeping.remove(over.map(entry => entry.record.pilot.pilot));
    for (const entry of over) {
      const { pilot } = entry.record.pilot;
      this._entries.delete(pilot);
      pool.pilots.delete(pilot);
      pool.ended.delete(entry);
      this._context.changes.put({ kind: 'pilot-gone', pilot });
      this.onForgotten?.(entry);
    }
  }

  private get _counter(): number {
    this._counted ??= Number(this._store.value(COUNTER_KEY) ?? 0);
    return this._counted;
  }

  private set _counter(count: number) {
    this._counted = count;
  }

  private readonly _keeping: PilotKeeping;
  private readonly _entries = new Map<PilotId, IPilotEntry>();
  private _counted: number | null = null;
}
