import type { IBridgeContext, IDisposable } from '../tokens';
import type { IBell, IPoolEntry } from './model';
import type { Policy } from './policy';
import type { PoolBook } from './poolBook';

/** How exactly what depends on time alone is kept: rests, idle time-outs. */
const LOOK_EVERY_MS = 250;
/** The policy looks at a pool at least this often, should a change ever not have rung. */
const LOOK_AT_LEAST_MS = 10_000;
/**
 * After a look the next one waits this many times as long as it took, so that
 * ten thousand agents that dial in at once do not make a look each.
 */
const PAUSES = 4;
const LONGEST_PAUSE_MS = 250;

/** When pools are looked at: soon after a change, and when their policy asked for it. */
export class Looks implements IBell, IDisposable {
  /** `policy`: each look's; it may be made later, and is first asked after `start`. */
  constructor(
    private readonly _context: Pick<IBridgeContext, 'clock'>,
    private readonly _pools: Pick<PoolBook, 'all' | 'touch'>,
    private readonly _policy: () => Pick<Policy, 'settle'>
  ) {}

  /** Looks at all pools, and from then on at those whose time has come. */
  start(): void {
    const { clock } = this._context;
    this._started = true;
    this._lookAtDue(Infinity);
    this._regular = clock.every(LOOK_EVERY_MS, () => {
      this._lookAtDue(clock.now());
    });
  }

  ring(pool: IPoolEntry): void {
    pool.lookAtMs = 0;
    this._arm();
  }

  touch(pool: IPoolEntry): void {
    this._pools.touch(pool);
  }

  /** Looks at a pool now; before `start` and after `dispose` it is only shown anew. */
  look(pool: IPoolEntry): void {
    const now = this._context.clock.now();
    pool.lookAtMs = now + LOOK_AT_LEAST_MS;
    if (this._started) {
      // What it changes rings again.
      const next = this._policy().settle(pool);
      pool.lookAtMs = Math.min(pool.lookAtMs, next);
    }
    this._pools.touch(pool);
  }

  dispose(): void {
    this._started = false;
    this._bell?.dispose();
    this._regular?.dispose();
  }

  private _arm(): void {
    if (!this._started || this._looking) {
      return;
    }
    const { clock } = this._context;
    const wait = Math.min(Math.max(this._mayLookAtMs - clock.now(), 0), LONGEST_PAUSE_MS);
    this._bell ??= clock.after(wait, () => {
      this._bell = null;
      this._lookAtDue(0);
    });
  }

  /** Looks at the pools whose time has come. */
  private _lookAtDue(untilMs: number): void {
    const { clock } = this._context;
    const beginMs = clock.now();
    this._looking = true;
    try {
      for (const pool of this._pools.all()) {
        if (pool.lookAtMs <= untilMs) {
          this.look(pool);
        }
      }
    } finally {
      const endMs = clock.now();
      this._mayLookAtMs = endMs + PAUSES * (endMs - beginMs);
      this._looking = false;
    }
    if ([...this._pools.all()].some(({ lookAtMs }) => lookAtMs === 0)) {
      this._arm();
    }
  }

  private _bell: IDisposable | null = null;
  private _regular: IDisposable | null = null;
  private _started = false;
  private _mayLookAtMs = 0;
  private _looking = false;
}
