import {
  LIMITS,
  type CellExecution,
  type ExecutorId,
  type KernelOrigin,
  type Params,
  type PilotId,
  type Result,
  type RunId,
  type TaskReport,
  type TaskUpdate,
  type Times
} from '../../protocol';
import type { ITaskStore } from '../store';
import type { IChangeSink, IClock, IDisposable, ILog, ITaskBook } from '../tokens';
import { Changing } from './changing';
import { ofAgent, ofKernel } from './clocks';
import { resolveFuture } from './groups';
import { Ledger, type IKeeping } from './ledger';
import { listTasks, wordsOf } from './listing';
import { merge, takeWords } from './merge';
import { PilotWork } from './pilotWork';
import { Publishing } from './publishing';
import { isFinal, takeEarly, type IRunRecord, type ITaskRecord } from './records';
import { restore } from './restore';
import { Reunion } from './reunion';
import { RunningTasks, type Busy, type IRunningEntry, type Place } from './running';
import { Saving } from './saving';
import { Vanishing } from './vanishing';
import { Workers } from './workers';

export interface ITaskBookOptions {
  readonly clock: IClock;
  readonly log: ILog;
  readonly times: Times;
  readonly changes: IChangeSink;
  readonly store: ITaskStore;
  /** Where a pilot is; null fields where it has not said. */
  placeOf(pilot: PilotId): Place;
  /** How far the clock of its node is behind this machine's; 0 where that is not known. */
  clockBehindMs(pilot: PilotId): number;
  readonly keeping?: IKeeping;
}

/** Folds what kernels report and what agents see into tasks and their groups. */
export class TaskBook implements ITaskBook, IDisposable {
  constructor(private readonly _options: ITaskBookOptions) {
    const { clock, log, times, changes, store, keeping } = _options;
    this._ledger = new Ledger(keeping ?? { tasks: LIMITS.tasksKept, groups: LIMITS.groupsKept });
    this._saving = new Saving(store, clock, log, times.saveEveryMs);
    this._work = new PilotWork((pilot, ran) => this._saving.ran(pilot, ran));
    this._publishing = new Publishing(changes, group => this._saving.group(group));
    this._changing = new Changing(this._workers, this._publishing, record =>
      this._saving.task(record)
    );
    this._vanishing = new Vanishing(clock, times.finalWordMs, entries => this._vanished(entries));
    this._restore();
    this._reunionEnd = clock.after(times.reunionMs, () => this._endReunion());
  }

  /** Calls with the pilots on which something begins or ends. */
  onPilotsChanged(call: (pilots: ReadonlySet<PilotId>) => void): void {
    this._publishing.onPilotsChanged(call);
  }

  /** A kernel is there and will report this run. */
  opened(run: RunId, origin: KernelOrigin): void {
    const record = this._heard(run, origin);
    if (JSON.stringify(record.origin) !== JSON.stringify(origin)) {
      record.origin = origin;
      this._saving.run(record);
      record.groups.forEach(group => this._publishing.groupChanged(group));
      this._publishing.publish();
    }
  }

  /** What a kernel says of its tasks. `pid` is the kernel's, in case its run was never opened. */
  report(report: TaskReport, pid: number): void {
    const run = this._heard(report.run, { pid, workingFolder: '' });
    const behind = (pilot: PilotId): number => this._options.clockBehindMs(pilot);
    let unknown = 0;
    for (const update of report.tasks) {
      if (!this._apply(run, report.cells, ofKernel(update, behind))) {
        unknown++;
      }
    }
    if (unknown > 0) {
      this._options.log.warn('tasks_unknown', { run: report.run, tasks: unknown });
    }
    const forgotten = this._ledger.forget();
    if (forgotten !== null) {
      this._saving.forgot(forgotten);
      forgotten.tasks.forEach(record => this._running.unname(record));
      forgotten.groups.forEach(group => this._publishing.groupGone(group));
    }
    this._publishing.publish();
  }

  running(executor: ExecutorId, pilot: PilotId, where: Place, running: readonly Busy[]): void {
    this._reunion.confirm(executor, pilot);
    this._replace(executor, pilot, where, ofAgent(running, this._options.clockBehindMs(pilot)));
  }

  private _replace(
    executor: ExecutorId,
    pilot: PilotId,
    where: Place,
    running: readonly Busy[]
  ): void {
    const { begun, ended } = this._running.replace(executor, pilot, where, running);
    for (const entry of begun) {
      const record = this._running.task(entry);
      if (record !== null) {
        this._changing.change(record, () => {
          record.entry = entry;
        });
      }
    }
    this._vanishing.add(ended);
    this._publishing.publish();
  }

  appsRunning(pilot: PilotId): string[] {
    return this._workers.on(pilot).map(({ group }) => group.app);
  }

  isBusy(pilot: PilotId): boolean {
    return this._workers.isBusy(pilot);
  }

  ran(pilot: PilotId): number {
    return this._work.ran(pilot);
  }

  longestMs(pilot: PilotId, nowMs: number): number {
    const since = this._running.since(pilot);
    return Math.max(this._work.longestMs(pilot), since === null ? 0 : nowMs - since);
  }

  kernelGone(runs: readonly RunId[]): void {
    for (const id of runs) {
      const run = this._ledger.runs.get(id);
      if (run !== undefined && !run.gone) {
        run.heard = false;
        this._setGone(run, true);
      }
    }
    this._publishing.publish();
  }

  list(params: Params<'tasks.list'>): Result<'tasks.list'> {
    return listTasks(this._ledger, this._options.store, params);
  }

  /** Writes what is not written yet. */
  dispose(): void {
    this._reunionEnd.dispose();
    this._vanishing.dispose();
    this._saving.dispose();
  }

  private _apply(run: IRunRecord, cells: readonly CellExecution[], update: TaskUpdate): boolean {
    let record = run.tasks.get(update.task);
    if (record === undefined) {
      if (update.app === undefined) {
        return false;
      }
      const cell = update.cell === undefined || update.cell === null ? null : cells[update.cell];
      const group = this._ledger.group(run, cell ?? null, update.app);
      const submittedAtMs = update.submittedAtMs ?? this._options.clock.now();
      record = this._ledger.add(group, update.task, submittedAtMs);
      group.tally(record, 1);
    }
    const known = record;
    this._changing.change(known, () => this._merge(known, update));
    for (const waiting of takeEarly(known)) {
      this._changing.change(waiting, () => undefined);
    }
    return true;
  }

  private _merge(record: ITaskRecord, update: TaskUpdate): void {
    const { group } = record;
    const { renamed, finished } = merge(record, update);
    if (renamed) {
      this._running.unname(record);
      record.executor = update.executor ?? record.executor;
      record.executorTask = update.executorTask ?? null;
    }
    if (isFinal(record)) {
      record.entry = null;
      this._running.unname(record);
      this._ledger.mayForget(record);
    } else if (record.executor !== null && record.executorTask !== null) {
      this._running.name(record);
      const entry = this._running.entry(record.executor, record.executorTask);
      // The kernel's word comes after what an agent no longer says.
      record.entry = entry ?? (renamed || update.state !== undefined ? null : record.entry);
    } else {
      record.entry = null;
    }
    if (record.pilot !== null && record.host === null) {
      const { host, site, slot } = this._options.placeOf(record.pilot);
      Object.assign(record, { host, site, slot });
    }
    takeWords(record, update, () => wordsOf(record, this._options.store));
    if (record.kernelState === 'failed' && update.error !== undefined) {
      group.error = { type: update.error.type, message: update.error.message };
    }
    if (finished) {
      resolveFuture(record).forEach(waiting => this._publishing.groupChanged(waiting));
    }
    if (finished && record.pilot !== null) {
      this._work.finished(record.pilot, record);
      this._publishing.pilotChanged(record.pilot);
    }
    group.saw(record.submittedAtMs);
    group.saw(update.startedAtMs);
    group.saw(update.endedAtMs);
  }

  private _heard(id: RunId, origin: KernelOrigin): IRunRecord {
    const known = this._ledger.runs.has(id);
    const run = this._ledger.run(id, origin);
    run.heard = true;
    if (!known) {
      this._saving.run(run);
    }
    if (run.gone) {
      this._setGone(run, false);
    }
    return run;
  }

  private _setGone(run: IRunRecord, gone: boolean): void {
    run.gone = gone;
    this._saving.run(run);
    for (const record of run.tasks.values()) {
      if (!isFinal(record)) {
        this._changing.change(record, () => {
          const { executor, executorTask } = record;
          const lost = gone || executor === null || executorTask === null;
          record.entry = lost ? null : this._running.entry(executor, executorTask);
        });
        if (gone) {
          this._ledger.mayForget(record);
        }
      }
    }
    run.groups.forEach(group => this._publishing.groupChanged(group));
  }

  /** Their agents have not said them for a while, and their kernels said no final word. */
  private _vanished(entries: readonly IRunningEntry[]): void {
    for (const entry of entries) {
      const record = this._running.task(entry);
      if (record !== null && record.entry === entry && !this._running.has(entry)) {
        this._changing.change(record, () => {
          record.entry = null;
        });
      }
    }
    this._publishing.publish();
  }

  private _restore(): void {
    const { running, ran, unreadable } = restore(this._ledger, this._options.store.load());
    this._work.restore(ran, this._ledger.tasks.newestFirst());
    if (unreadable.count > 0) {
      this._options.log.error('tasks_unreadable', unreadable.first, { rows: unreadable.count });
    }
    // What ran goes on running until its agent says otherwise, or says nothing for too long.
    this._reunion = new Reunion(running);
    for (const record of running) {
      this._running.name(record);
    }
    for (const { executor, pilot, host, site, slot, busy } of this._reunion.waiting) {
      this._replace(executor, pilot, { host, site, slot }, busy);
    }
    for (const group of this._ledger.groups.values()) {
      this._publishing.groupRestored(group);
    }
  }

  /** Kernels and agents of the bridge before this one have had their time to come back. */
  private _endReunion(): void {
    for (const { executor, pilot, host, site, slot } of this._reunion.waiting) {
      this._replace(executor, pilot, { host, site, slot }, []);
    }
    for (const run of this._ledger.runs.values()) {
      if (!run.heard && !run.gone) {
        this._setGone(run, true);
      }
    }
    this._publishing.publish();
  }

  private readonly _ledger: Ledger;
  private readonly _running = new RunningTasks();
  private readonly _workers = new Workers();
  private readonly _saving: Saving;
  private readonly _work: PilotWork;
  private readonly _publishing: Publishing;
  private readonly _changing: Changing;
  private readonly _vanishing: Vanishing;
  private readonly _reunionEnd: IDisposable;
  private _reunion = new Reunion([]);
}
