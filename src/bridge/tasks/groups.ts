import type { CellExecution, GroupId, PilotId, TaskError, TaskGroup } from '../../protocol';
import { OrderedList } from './ordered';
import type { IRunRecord, ITaskRecord } from './records';

/** Groups named in `waitsFor`, and sites kept, at most: as TaskGroup's schema has it. */
const WAITS_FOR_SHOWN = 20;
const SITES_KEPT = 50;

/** What finished tasks have left in a group's counts when they are forgotten. */
export interface IForgottenCounts {
  done: number;
  fromMemory: number;
  failed: number;
  retried: number;
}

const noCounts = (): IForgottenCounts => ({ done: 0, fromMemory: 0, failed: 0, retried: 0 });

/** Adds to a count in a map, and drops it at zero. */
function count<K>(counts: Map<K, number>, key: K, by: 1 | -1): void {
  const now = (counts.get(key) ?? 0) + by;
  if (now === 0) {
    counts.delete(key);
  } else {
    counts.set(key, now);
  }
}

/**
 * A group and its counts. They are kept by taking a task's share out before it
 * changes and putting it in after (`tally`), never by looking at all tasks.
 */
export class TaskGroupRecord {
  constructor(
    readonly group: GroupId,
    readonly run: IRunRecord,
    readonly cell: CellExecution | null,
    readonly app: string
  ) {}

  /** Takes a task's share out of the counts (-1) or puts it in (1). */
  tally(record: ITaskRecord, by: 1 | -1): void {
    this._total += by;
    this._retried += by * retriesOf(record);
    switch (record.state) {
      case 'waiting':
        this._waiting += by;
        if (record.reason === 'futures') {
          this._waitingForFutures += by;
          for (const input of record.awaits) {
            if (by === 1) {
              this._await(input);
            } else {
              this._awaitNoMore(input);
            }
          }
        }
        break;
      case 'running':
        this._running += by;
        if (record.pilot !== null) {
          count(this._pilotsNow, record.pilot, by);
        }
        break;
      case 'done':
        this._done += by;
        this._fromMemory += record.reason === 'memory' ? by : 0;
        break;
      case 'failed':
        this._failed += by;
        break;
    }
    const site = record.site ?? record.host;
    if (site !== null) {
      if (record.state === 'running') {
        count(this._sitesNow, site, by);
      }
      if (by === 1 && this.sites.size < SITES_KEPT) {
        this.sites.add(site);
      }
    }
  }

  /** A finished task is forgotten; what it counted stays. */
  forget(record: ITaskRecord): void {
    this.kept--;
    if (record.state === 'waiting') {
      // Lost with its kernel: it leaves no count, since nothing is left that waits.
      this.tally(record, -1);
      return;
    }
    this.forgotten.done += record.state === 'done' ? 1 : 0;
    this.forgotten.fromMemory += record.reason === 'memory' ? 1 : 0;
    this.forgotten.failed += record.state === 'failed' ? 1 : 0;
    this.forgotten.retried += retriesOf(record);
  }

  /** Takes up the counts of tasks that a bridge before this one has forgotten. */
  restore(forgotten: IForgottenCounts): void {
    Object.assign(this.forgotten, forgotten);
    this._total += forgotten.done + forgotten.failed;
    this._done += forgotten.done;
    this._fromMemory += forgotten.fromMemory;
    this._failed += forgotten.failed;
    this._retried += forgotten.retried;
  }

  /** Widens the group's time to what a task says. */
  saw(atMs: number | null | undefined): void {
    if (atMs !== null && atMs !== undefined) {
      this.firstAtMs = Math.min(this.firstAtMs, atMs);
      this.lastAtMs = Math.max(this.lastAtMs, atMs);
    }
  }

  get unfinished(): number {
    return this._waiting + this._running;
  }

  render(): TaskGroup {
    const waitsFor: GroupId[] = [];
    for (const group of this._waitsFor.keys()) {
      if (group !== this && waitsFor.length < WAITS_FOR_SHOWN) {
        waitsFor.push(group.group);
      }
    }
    return {
      group: this.group,
      run: this.run.run,
      origin: this.run.origin,
      cell: this.cell,
      app: this.app,
      total: this._total,
      waiting: this._waiting,
      waitingForFutures: this._waitingForFutures,
      futures: this._futures,
      running: this._running,
      done: this._done,
      fromMemory: this._fromMemory,
      failed: this._failed,
      retried: this._retried,
      waitsFor,
      pilotsNow: this._pilotsNow.size,
      sites: [...new Set([...this._sitesNow.keys(), ...this.sites])].slice(0, SITES_KEPT),
      firstAtMs: Number.isFinite(this.firstAtMs) ? this.firstAtMs : this.lastAtMs,
      lastAtMs: this.lastAtMs,
      error: this.error,
      kernelGone: this.run.gone
    };
  }

  /** The future is there; whoever waited for it waits for one fewer. */
  resolved(input: ITaskRecord): void {
    this._futures--;
    count(this._waitsFor, input.group, -1);
  }

  private _await(input: ITaskRecord): void {
    const awaitedBy = (input.awaitedBy ??= new Map<TaskGroupRecord, number>());
    const tasks = awaitedBy.get(this) ?? 0;
    awaitedBy.set(this, tasks + 1);
    if (tasks === 0) {
      this._futures++;
      count(this._waitsFor, input.group, 1);
    }
  }

  private _awaitNoMore(input: ITaskRecord): void {
    const tasks = input.awaitedBy?.get(this);
    if (tasks === 1) {
      input.awaitedBy?.delete(this);
      this.resolved(input);
    } else if (tasks !== undefined) {
      input.awaitedBy?.set(this, tasks - 1);
    }
  }

  /** Its tasks that are not forgotten. */
  kept = 0;
  readonly tasks = new OrderedList<ITaskRecord>();
  firstAtMs = Number.POSITIVE_INFINITY;
  lastAtMs = 0;
  error: Omit<TaskError, 'traceback'> | null = null;
  readonly sites = new Set<string>();
  readonly forgotten = noCounts();

  private _total = 0;
  private _waiting = 0;
  private _waitingForFutures = 0;
  private _futures = 0;
  private _running = 0;
  private _done = 0;
  private _fromMemory = 0;
  private _failed = 0;
  private _retried = 0;
  /** Groups of the futures that its tasks wait for, and how many futures of each. */
  private readonly _waitsFor = new Map<TaskGroupRecord, number>();
  private readonly _pilotsNow = new Map<PilotId, number>();
  private readonly _sitesNow = new Map<string, number>();
}

/** A task has finished: tells the groups that waited for its future, and returns them. */
export function resolveFuture(record: ITaskRecord): readonly TaskGroupRecord[] {
  const groups = [...(record.awaitedBy?.keys() ?? [])];
  record.awaitedBy = null;
  groups.forEach(group => group.resolved(record));
  return groups;
}

const retriesOf = (record: ITaskRecord): number => Math.max(0, record.tries - 1);
