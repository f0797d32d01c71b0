import { LIMITS, type LeaseAsk, type LeaseCause, type LeaseId } from '../../protocol';
import type { z } from 'zod';
import type { IBridgeContext, ITaskBook } from '../tokens';
import type { IContents } from '../content';
import type { AgentMessage, ISwitch } from '../tunnels';
import type {
  IBell,
  IExecutorEntry,
  ILeaseEntry,
  IOrphan,
  IPilotEntry,
  LeaseChange
} from './model';
import type { PilotBook } from './pilotBook';
import { PoolStarts } from './poolStarts';

type PoolReport = Extract<AgentMessage, { method: 'agent.pool' }>['params'];
type Asked = z.infer<typeof LeaseAsk>;

/** What leases ask of whoever ends pilots. */
export interface ILeaseAudience {
  /** A pilot is of no use: it never serves, or does not obey. */
  failed(pilot: IPilotEntry, cause: string, words: string): void;
  /** A pilot that was told to drain has nothing left to do. */
  drained(pilot: IPilotEntry): void;
  /** A pool has registered. */
  served(pilot: IPilotEntry): void;
}

/** All leases: lends pilots, starts and stops their pools, tells kernels of each change. */
export class LeaseBook {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _pilots: PilotBook,
    private readonly _tasks: ITaskBook,
    private readonly _switch: Pick<ISwitch, 'add' | 'remove'>,
    contents: Pick<IContents, 'folder' | 'startEnded'>,
    private readonly _bell: IBell
  ) {
    this._starts = new PoolStarts(
      _context,
      _switch,
      contents,
      (lease, state, cause) => {
        this._to(lease, state, cause);
      },
      (pilot, cause, words) => {
        this.audience?.failed(pilot, cause, words);
      }
    );
  }

  /** Set once by whoever wires the parts. */
  audience: ILeaseAudience | null = null;

  get(lease: LeaseId): ILeaseEntry | undefined {
    return this._leases.get(lease);
  }

  all(): IterableIterator<ILeaseEntry> {
    return this._leases.values();
  }

  /** Enters leases that a kernel asks for; those that are known already stay as they are. */
  ask(executor: IExecutorEntry, asked: readonly Asked[], awaitsReunion: boolean): ILeaseEntry[] {
    const entered: ILeaseEntry[] = [];
    for (const { lease, command } of asked) {
      if (this._leases.has(lease)) {
        continue;
      }
      const entry: ILeaseEntry = {
        lease,
        executor,
        command,
        askedAtMs: this._context.clock.now(),
        state: 'asked',
        cause: 'asked',
        words: '',
        pilot: null,
        start: null,
        tunnel: null,
        dead: [],
        timer: null,
        restarting: false,
        awaitsReunion,
        registeredStart: null
      };
      this._leases.set(lease, entry);
      executor.leases.set(lease, entry);
      entered.push(entry);
    }
    this._bell.ring(executor.pool);
    return entered;
  }

  /** Lends a free pilot and starts the pool on it. */
  lend(lease: ILeaseEntry, pilot: IPilotEntry): void {
    this._bind(lease, pilot);
    this._starts.start(lease, 'pilot_found');
  }

  /** A pool of a former bridge's time finds its lease again. */
  claim(lease: ILeaseEntry, pilot: IPilotEntry, orphan: IOrphan): void {
    pilot.orphan = null;
    lease.awaitsReunion = false;
    lease.start = orphan.start;
    lease.tunnel = orphan.tunnel;
    if (orphan.tunnel !== null) {
      this._switch.add(orphan.tunnel, lease.executor.executor);
    }
    this._bind(lease, pilot);
    // That it runs says its agent; that it has reached its interchange only the kernel can.
    if (lease.registeredStart === orphan.start) {
      this._registered(lease, pilot);
    } else {
      this._to(lease, 'starting', 'pool_started');
      this._starts.limit(lease);
    }
  }

  /** What an agent says of a pool on its pilot. */
  reported(pilot: IPilotEntry, report: PoolReport): void {
    const { lease } = pilot;
    if (lease?.lease !== report.lease) {
      this._reportedStray(pilot, report);
    } else if (report.state === 'ended') {
      this._poolEnded(lease, pilot, report);
    } else if (lease.state === 'lent' && report.start === lease.start) {
      this._to(lease, 'starting', lease.restarting ? 'pool_restarted' : 'pool_started');
    }
  }

  /** The kernel has seen a pool start at its interchange. */
  registered(executor: IExecutorEntry, lease: LeaseId, start: string): void {
    const entry = executor.leases.get(lease);
    if (entry?.pilot === null) {
      entry.registeredStart = start;
    } else if (
      entry?.start === start &&
      !entry.restarting &&
      (entry.state === 'lent' || entry.state === 'starting')
    ) {
      this._registered(entry, entry.pilot);
    }
  }

  private _registered(lease: ILeaseEntry, pilot: IPilotEntry): void {
    lease.timer?.dispose();
    pilot.unregistered = 0;
    pilot.served = true;
    this.audience?.served(pilot);
    this._to(lease, 'registered', 'pool_registered');
  }

  /** Takes a lease back: its pool is stopped, and when it has ended the pilot is free. */
  giveBack(lease: ILeaseEntry, cause: LeaseCause): void {
    if (lease.state === 'ended' || lease.state === 'draining') {
      return;
    }
    if (lease.pilot === null) {
      this.end(lease, cause, '');
      return;
    }
    this._to(lease, 'draining', cause);
    this._starts.stop(lease, lease.pilot);
  }

  /** Says why a lease waits, once. */
  explain(lease: ILeaseEntry, cause: LeaseCause, words: string): void {
    if (lease.state === 'asked' && (lease.cause !== cause || lease.words !== words)) {
      this._to(lease, 'asked', cause, words);
    }
  }

  /** Ends a lease; its pool, if it had one, is dead. */
  end(lease: ILeaseEntry, cause: LeaseCause, words: string): void {
    if (lease.state === 'ended') {
      return;
    }
    lease.timer?.dispose();
    const { pilot } = lease;
    this._starts.bury(lease);
    this._to(lease, 'ended', cause, words);
    this._leases.delete(lease.lease);
    lease.executor.leases.delete(lease.lease);
    if (pilot !== null) {
      pilot.lease = null;
      const { pilot: id, host, site, slot } = pilot.record.pilot;
      this._tasks.running(lease.executor.executor, id, { host, site, slot }, []);
      this._pilots.apply(pilot, { kind: 'freed' });
      if (pilot.draining) {
        this.audience?.drained(pilot);
      }
    }
    this._bell.ring(lease.executor.pool);
  }

  /** Settles what an agent holds with what is known here, after it has dialled (again). */
  reconcile(pilot: IPilotEntry, pools: readonly PoolReport[], keepOrphans: boolean): void {
    for (const report of pools) {
      if (report.state === 'ended' && pilot.lease?.lease === report.lease) {
        this._poolEnded(pilot.lease, pilot, report);
      }
    }
    for (const report of pools.filter(({ state }) => state !== 'ended')) {
      const waiting = this._leases.get(report.lease);
      const { lease: id, start, tunnel } = report;
      const orphan = { lease: id, start, tunnel };
      if (waiting?.awaitsReunion === true && pilot.lease === null) {
        this.claim(waiting, pilot, orphan);
      } else if (pilot.lease?.lease === report.lease) {
        if (pilot.lease.state === 'draining' || pilot.lease.start !== report.start) {
          this._starts.stop(pilot.lease, pilot);
        }
      } else if (keepOrphans && pilot.lease === null && pilot.lostLease !== report.lease) {
        pilot.orphan = orphan;
      } else {
        pilot.connection?.send('pool.stop', { lease: report.lease });
      }
    }
    const { lease } = pilot;
    const there = pools.some(({ lease: id, state }) => id === lease?.lease && state !== 'ended');
    if (lease !== null && !there) {
      if (lease.state === 'draining' || lease.state === 'registered') {
        this.end(lease, lease.state === 'draining' ? lease.cause : 'pool_exited', '');
      } else {
        // The order to start it was lost with the connection.
        this._starts.start(lease, 'pool_restarted');
      }
    }
  }

  /** Params of `leases.changed` for a lease as it is. */
  changeOf(lease: ILeaseEntry): LeaseChange {
    const pilot = lease.pilot?.record.pilot;
    return {
      lease: lease.lease,
      state: lease.state,
      cause: lease.cause,
      words: lease.words,
      start: lease.start,
      dead: [...lease.dead],
      pilot: pilot?.pilot ?? null,
      host: pilot?.host ?? null,
      site: pilot?.site ?? null,
      tunnel: lease.tunnel
    };
  }

  dispose(): void {
    for (const lease of this._leases.values()) {
      lease.timer?.dispose();
    }
  }

  private _bind(lease: ILeaseEntry, pilot: IPilotEntry): void {
    lease.pilot = pilot;
    pilot.lease = lease;
    const { executor } = lease.executor;
    const { state, cause } = lease;
    this._pilots.apply(pilot, {
      kind: 'leased',
      lease: { lease: lease.lease, executor, state, cause }
    });
    // A pilot that was taken up with its pool is leased already and learns by whom.
    pilot.record = {
      ...pilot.record,
      pilot: { ...pilot.record.pilot, lease: { lease: lease.lease, executor, state, cause } }
    };
  }

  private _poolEnded(lease: ILeaseEntry, pilot: IPilotEntry, report: PoolReport): void {
    if (!lease.dead.includes(report.start)) {
      lease.dead.push(report.start);
    }
    if (report.start !== lease.start) {
      return;
    }
    this._starts.bury(lease);
    if (lease.state === 'draining') {
      this.end(lease, lease.cause, report.words);
    } else if (lease.restarting) {
      this._starts.start(lease, 'pool_restarted');
    } else if (lease.state === 'registered') {
      const code = report.exitCode === null ? '' : ` with exit code ${report.exitCode}`;
      this.end(lease, 'pool_exited', report.words || `The worker pool ended${code}.`);
    } else {
      const words = report.words || `it ended with exit code ${report.exitCode}`;
      if (this._starts.mayStartAgain(lease, pilot, words)) {
        this._starts.start(lease, 'pool_restarted');
      }
    }
  }

  /** A pool that is nobody's here: an orphan that ended by itself, or one to be stopped. */
  private _reportedStray(pilot: IPilotEntry, report: PoolReport): void {
    if (report.state !== 'ended') {
      if (pilot.orphan?.lease !== report.lease) {
        pilot.connection?.send('pool.stop', { lease: report.lease });
      }
      return;
    }
    if (pilot.orphan?.lease === report.lease) {
      pilot.orphan = null;
      this._pilots.apply(pilot, { kind: 'freed' });
      this._bell.ring(pilot.pool);
    }
  }

  /** Moves a lease and tells everybody who shows or holds it. */
  private _to(
    lease: ILeaseEntry,
    state: ILeaseEntry['state'],
    cause: LeaseCause,
    words = ''
  ): void {
    lease.state = state;
    lease.cause = cause;
    lease.words = words.slice(-LIMITS.wordsChars);
    const { executor } = lease;
    if (lease.pilot !== null) {
      this._pilots.apply(lease.pilot, {
        kind: 'leaseChanged',
        lease: { lease: lease.lease, executor: executor.executor, state, cause }
      });
    }
    const change = this.changeOf(lease);
    if (executor.client !== null) {
      executor.client.notify('leases.changed', change);
    } else if (state === 'ended') {
      executor.missed.set(lease.lease, change);
    }
    this._bell.ring(executor.pool);
  }

  private readonly _starts: PoolStarts;
  private readonly _leases = new Map<LeaseId, ILeaseEntry>();
}
