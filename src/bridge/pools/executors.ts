import {
  LIMITS,
  workersPerPilot,
  type Ask,
  type ErrorData,
  type ExecutorId,
  type Params
} from '../../protocol';
import { PilothouseError } from '../errors';
import { startTimeOf } from '../schedulers/local/processes';
import type { IBridgeContext, IClient, ITaskBook } from '../tokens';
import type { IContents } from '../content';
import type { LeaseBook } from './leases';
import { isHeld, type IBell, type IExecutorEntry, type IPoolEntry } from './model';
import type { RestOrders } from './restOrders';
import { asking } from './wanted';

/** How often a kernel's process is looked for while its connection is cut. */
const LOOK_EVERY_MS = 100;

/** All executors: whose they are, what they ask, and when they are gone. */
export class ExecutorBook {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _leases: LeaseBook,
    private readonly _tasks: ITaskBook,
    private readonly _contents: Pick<IContents, 'kernelGone'>,
    private readonly _orders: RestOrders,
    private readonly _bell: IBell
  ) {}

  /**
   * Opens an executor, or takes it up again after a cut.
   * @param reuniting pilots of a former bridge may still say that they hold its leases
   */
  open(
    pool: IPoolEntry,
    params: Params<'executors.open'>,
    client: IClient,
    reuniting: boolean
  ): IExecutorEntry {
    checkAsk(params.ask, pool);
    const known = this._executors.get(params.executor);
    if (known?.pool === pool) {
      this._reopen(known, params, client);
      return known;
    }
    if (known !== undefined) {
      this._gone(known, 'executor_closed');
    }
    const now = this._context.clock.now();
    const entry: IExecutorEntry = {
      executor: params.executor,
      pool,
      label: params.label,
      origin: params.origin,
      processStart: startTimeOf(params.origin.pid),
      runs: new Set([params.run]),
      runtime: params.runtime,
      start: params.start,
      content: params.content,
      client,
      asking: asking(params.ask, params.unfinished, workersPerPilot(pool.profile)),
      unfinished: params.unfinished,
      workedAtMs: now - params.idleSeconds * 1000,
      sentToRest: this._orders.has(pool.pool, params.executor, params.unfinished),
      failure: null,
      openedAtMs: now,
      target: 0,
      told: '',
      leases: new Map(),
      missed: new Map(),
      away: null
    };
    this._executors.set(entry.executor, entry);
    pool.executors.set(entry.executor, entry);
    pool.shrinking = false;
    this._watch(entry, client);
    this._leases.ask(entry, params.leases, reuniting);
    for (const pilot of pool.pilots.values()) {
      const claimed = pilot.orphan === null ? undefined : entry.leases.get(pilot.orphan.lease);
      if (pilot.orphan !== null && claimed?.state === 'asked') {
        this._leases.claim(claimed, pilot, pilot.orphan);
      }
    }
    return entry;
  }

  /** @throws PilothouseError unknown_executor for one that is not this client's */
  ofClient(client: IClient, executor: ExecutorId): IExecutorEntry {
    const entry = this.find(client, executor);
    if (entry === null) {
      throw new PilothouseError({ code: 'unknown_executor', params: { executor } });
    }
    return entry;
  }

  /** An executor if it is this client's, else null. */
  find(client: IClient, executor: ExecutorId): IExecutorEntry | null {
    const entry = this._executors.get(executor);
    return entry?.client === client ? entry : null;
  }

  /** Changes what an executor asks for. */
  ask(entry: IExecutorEntry, ask: Ask): void {
    const { pool } = entry;
    checkAsk(ask, pool);
    const before = entry.asking.count;
    entry.asking = asking(ask, entry.unfinished, workersPerPilot(pool.profile));
    pool.shrinking = entry.asking.count < before;
    // A person or a program wants pilots now: that is as good as a task.
    entry.workedAtMs = this._context.clock.now();
    this._orders.end(entry);
    this._bell.ring(pool);
  }

  /** How many tasks an executor has; the first one after a rest ends the rest. */
  load(entry: IExecutorEntry, unfinished: number): void {
    const now = this._context.clock.now();
    if (unfinished > 0 || entry.unfinished > 0) {
      entry.workedAtMs = now;
    }
    // After a pool was taken down, what waited then goes on waiting; a new task asks again.
    if (unfinished > entry.unfinished) {
      this._orders.end(entry);
    }
    entry.unfinished = unfinished;
    this._bell.ring(entry.pool);
  }

  /** A pool is taken down: what its executors have goes on waiting. */
  sendToRest(pool: IPoolEntry): void {
    this._orders.give(pool);
  }

  /** A person wants a pool's pilots back. */
  wake(pool: IPoolEntry): void {
    this._orders.endAll(pool);
  }

  close(entry: IExecutorEntry): void {
    this._gone(entry, 'executor_closed');
  }

  /** It can run nothing any more: its pilots go to others, and views are told why. */
  fail(entry: IExecutorEntry, failure: ErrorData): void {
    this._orders.end(entry);
    entry.failure = failure;
    entry.unfinished = 0;
    entry.asking = asking({ kind: 'blocks', blocks: 0 }, 0, 1);
    for (const lease of [...entry.leases.values()].filter(isHeld)) {
      this._leases.giveBack(lease, 'executor_closed');
    }
    const { executor, pool } = entry;
    this._context.log.warn('executor.failed', { executor, pool: pool.pool, code: failure.code });
    this._bell.ring(pool);
  }

  all(): IterableIterator<IExecutorEntry> {
    return this._executors.values();
  }

  dispose(): void {
    for (const entry of this._executors.values()) {
      entry.away?.dispose();
    }
  }

  private _reopen(entry: IExecutorEntry, params: Params<'executors.open'>, client: IClient): void {
    entry.away?.dispose();
    entry.away = null;
    entry.client = client;
    entry.runtime = params.runtime;
    entry.start = params.start;
    entry.content = params.content;
    entry.told = '';
    entry.runs.add(params.run);
    entry.asking = { ...entry.asking, ask: params.ask };
    this.load(entry, params.unfinished);
    this._watch(entry, client);
    const still = new Set(params.leases.map(({ lease }) => lease));
    for (const lease of [...entry.leases.values()]) {
      if (still.has(lease.lease)) {
        client.notify('leases.changed', this._leases.changeOf(lease));
      } else if (isHeld(lease)) {
        this._leases.giveBack(lease, 'given_back');
      }
    }
    for (const change of entry.missed.values()) {
      client.notify('leases.changed', change);
    }
    const unknown = params.leases.filter(({ lease }) => !entry.missed.has(lease));
    entry.missed.clear();
    this._leases.ask(entry, unknown, false);
  }

  private _watch(entry: IExecutorEntry, client: IClient): void {
    client.onClosed(() => {
      if (entry.client === client && this._executors.get(entry.executor) === entry) {
        entry.client = null;
        this._lookFor(entry);
        this._bell.ring(entry.pool);
      }
    });
  }

  /** A kernel that lives may come back for a while; one whose process is gone will not. */
  private _lookFor(entry: IExecutorEntry): void {
    const { clock, times } = this._context;
    const until = clock.now() + times.kernelReturnMs;
    const look = (): void => {
      if (!isRunning(entry) || clock.now() >= until) {
        this._gone(entry, 'kernel_gone');
      } else {
        entry.away = clock.after(LOOK_EVERY_MS, look);
      }
    };
    look();
  }

  private _gone(entry: IExecutorEntry, cause: 'kernel_gone' | 'executor_closed'): void {
    const { pool, executor } = entry;
    entry.away?.dispose();
    this._orders.end(entry);
    this._executors.delete(executor);
    pool.executors.delete(executor);
    for (const lease of [...entry.leases.values()]) {
      this._leases.giveBack(lease, cause);
    }
    this._context.changes.put({ kind: 'executor-gone', executor });
    this._context.log.info('executor.gone', { executor, pool: pool.pool, cause });
    if (cause === 'kernel_gone') {
      this._tasks.kernelGone([...entry.runs]);
      if (entry.content !== null && !isRunning(entry)) {
        this._contents.kernelGone(entry.content);
      }
    }
    this._bell.ring(pool);
  }

  private readonly _executors = new Map<ExecutorId, IExecutorEntry>();
}

function isRunning(entry: IExecutorEntry): boolean {
  return entry.processStart !== null && startTimeOf(entry.origin.pid) === entry.processStart;
}

/** @throws PilothouseError too_many_pilots, invalid_params, not_allowed */
function checkAsk(ask: Ask, pool: IPoolEntry): void {
  const most = ask.kind === 'blocks' ? ask.blocks : ask.max;
  if (most > LIMITS.leasesPerExecutor) {
    throw new PilothouseError({
      code: 'too_many_pilots',
      params: {
        field: ask.kind === 'blocks' ? 'ask.blocks' : 'ask.max',
        value: most,
        limit: LIMITS.leasesPerExecutor,
        pool: pool.pool
      }
    });
  }
  if (ask.kind === 'auto' && ask.min > ask.max) {
    throw new PilothouseError({
      code: 'invalid_params',
      params: { field: 'ask.min', problem: `${ask.min} is more than ask.max, ${ask.max}` }
    });
  }
  if (ask.kind === 'auto' && !pool.profile.scaling.automatic) {
    throw new PilothouseError({
      code: 'not_allowed',
      params: { what: 'automatic scaling', pool: pool.pool }
    });
  }
}
