import type { ExecutorId, PoolName } from '../../protocol';
import type { IBridgeContext, IPilotStore } from '../tokens';
import type { IExecutorEntry, IPoolEntry } from './model';

/**
 * The order to rest that executors have when their pool is taken down: until a
 * new task or a person asks, in this bridge or in one after it.
 */
export class RestOrders {
  constructor(
    private readonly _context: Pick<IBridgeContext, 'log'>,
    private readonly _store: Pick<IPilotStore, 'rests' | 'putRests'>
  ) {}

  /** To all executors that a pool has now, with the tasks that they have. */
  give(pool: IPoolEntry): void {
    const able = [...pool.executors.values()].filter(({ failure }) => failure === null);
    for (const entry of able) {
      entry.sentToRest = true;
    }
    const given = able.map(({ executor, unfinished }): Order => [executor, unfinished]);
    this._change(pool.pool, kept => new Map([...kept, ...given]));
  }

  /** Whether one that opens has it from a bridge before, and no more tasks than then. */
  has(pool: PoolName, executor: ExecutorId, unfinished: number): boolean {
    const then = this._store.rests(pool).get(executor);
    if (then !== undefined && unfinished > then) {
      this._forget(pool, executor);
      return false;
    }
    return then !== undefined;
  }

  /** An executor asks, has a new task, or is gone. */
  end(entry: IExecutorEntry): void {
    if (entry.sentToRest) {
      entry.sentToRest = false;
      this._forget(entry.pool.pool, entry.executor);
    }
  }

  /** A person wants pilots: also for those that have not found this bridge yet. */
  endAll(pool: IPoolEntry): void {
    for (const entry of pool.executors.values()) {
      entry.sentToRest = false;
    }
    this._change(pool.pool, () => new Map());
  }

  private _forget(pool: PoolName, executor: ExecutorId): void {
    this._change(pool, kept => new Map([...kept].filter(([id]) => id !== executor)));
  }

  private _change(pool: PoolName, change: (kept: Map<ExecutorId, number>) => Orders): void {
    try {
      const kept = this._store.rests(pool);
      const next = change(kept);
      if (kept.size > 0 || next.size > 0) {
        this._store.putRests(pool, next);
      }
    } catch (error) {
      // A full disk: it matters only to the next bridge, and must not keep pilots alive.
      this._context.log.error('pool.rests', error, { pool });
    }
  }
}

type Order = [ExecutorId, number];
type Orders = ReadonlyMap<ExecutorId, number>;
