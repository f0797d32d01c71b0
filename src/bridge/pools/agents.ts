import { walltimeSeconds } from '../../protocol';
import type { IBridgeContext, ITaskBook } from '../tokens';
import type { AgentHello, AgentMessage, IAgentAudience, IAgentConnection } from '../tunnels';
import type { Endings } from './endings';
import { succeeded } from './failures';
import type { LeaseBook } from './leases';
import { hasEnded, profileOf, type IBell, type IPilotEntry } from './model';
import type { PilotBook } from './pilotBook';
import type { Reports } from './reports';
import type { Reunion } from './reunion';

/** The attempt an agent belongs to: what its file says, and each start of its job before this one. */
const attemptOf = (hello: AgentHello): number => hello.attempt + hello.restarts;

/** What agents say, and what their silence means. */
export class Agents implements IAgentAudience {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _pilots: PilotBook,
    private readonly _leases: LeaseBook,
    private readonly _endings: Endings,
    private readonly _reports: Reports,
    private readonly _tasks: ITaskBook,
    private readonly _reunion: Reunion,
    private readonly _bell: IBell
  ) {}

  judge(hello: AgentHello): string | null {
    const entry = this._pilots.get(hello.pilot);
    if (entry === undefined) {
      return 'this bridge does not know the pilot';
    }
    if (hasEnded(entry)) {
      return `the pilot has ended (${entry.record.pilot.cause})`;
    }
    const { attempt } = entry.record.pilot;
    const own = attemptOf(hello);
    return own >= attempt ? null : `attempt ${own} is over; attempt ${attempt} counts`;
  }

  arrived(connection: IAgentConnection, hello: AgentHello): void {
    const entry = this._pilots.get(hello.pilot);
    if (entry === undefined) {
      connection.close();
      return;
    }
    const attempt = attemptOf(hello);
    if (attempt > entry.record.pilot.attempt) {
      const words = 'Its scheduler has started the job again.';
      this._reports.requeued(entry, { words, attempt });
    }
    entry.connection = connection;
    entry.timer?.dispose();
    entry.timer = null;
    entry.heard = true;
    entry.arrivedAtMs ??= this._context.clock.now();
    entry.problem = hello.runtime.problem;
    entry.pool.failures = succeeded(entry.pool.failures, 'agent');
    this._leases.reconcile(entry, hello.pools, !this._reunion.over);
    const life = walltimeSeconds(profileOf(entry));
    // Times that it tells are of its node's clock, those of a pilot's record of this one's.
    const behindMs = hello.nowMs === null ? 0 : this._context.clock.now() - hello.nowMs;
    const endsByMs = hello.endsByMs ?? (life === null ? null : hello.startedAtMs + life * 1000);
    const { executable, python, parsl } = hello.runtime;
    this._pilots.apply(entry, {
      kind: 'hello',
      host: hello.host,
      site: hello.site,
      slot: hello.slot,
      cores: hello.cores,
      memoryMiB: hello.memoryMiB,
      gpus: hello.gpus,
      runtime: { executable, python, ...(parsl === null ? {} : { parsl }) },
      startedAtMs: hello.startedAtMs + behindMs,
      endsByMs: endsByMs === null ? null : endsByMs + behindMs,
      draining: entry.draining,
      leased: entry.lease !== null || entry.orphan !== null
    });
    this._reunion.back(entry);
    if (entry.ending !== null) {
      this._endings.end([entry], entry.ending.end, true);
    } else if (entry.draining && entry.lease === null && entry.orphan === null) {
      this._endings.drained(entry);
    }
    this._bell.ring(entry.pool);
  }

  said(connection: IAgentConnection, message: AgentMessage): void {
    const entry = this._pilots.get(connection.pilot);
    if (entry?.connection !== connection) {
      return;
    }
    switch (message.method) {
      case 'agent.pool':
        this._leases.reported(entry, message.params);
        return;
      case 'agent.running':
        this._running(entry, message.params);
        return;
      case 'agent.ending': {
        const { reason, words } = message.params;
        if (reason === 'removed' && entry.ending === null && !entry.draining) {
          this._reports.awaitVerdict(entry);
        }
        entry.ending ??= { end: reason, cause: reason, words, byAgent: true };
        entry.draining = true;
        this._pilots.apply(entry, { kind: 'drain', cause: reason, words });
        return;
      }
    }
  }

  left(connection: IAgentConnection): void {
    const entry = this._pilots.get(connection.pilot);
    if (entry?.connection !== connection) {
      return;
    }
    entry.connection = null;
    this.awaitReturn(entry);
    this._bell.ring(entry.pool);
  }

  /**
   * A pilot without contact: lost after a while, and given up when by its own
   * rule it has ended, unless its scheduler says so before.
   */
  awaitReturn(entry: IPilotEntry): void {
    if (hasEnded(entry)) {
      return;
    }
    const { clock, times } = this._context;
    entry.timer?.dispose();
    entry.timer = clock.after(times.agentSilenceMs, () => {
      if (entry.ending === null) {
        this._pilots.apply(entry, {
          kind: 'contactLost',
          words: 'Its agent cannot be reached; its scheduler has not said that the job ended.'
        });
      } else {
        // It went because it was to end: nothing is lost, and its job is about to be gone.
        this._reports.ask(entry);
      }
      this._reports.silent(entry);
      if (hasEnded(entry)) {
        return;
      }
      entry.timer = clock.after(entry.pool.profile.scaling.noContactSeconds * 1000, () => {
        this._endings.end([entry], 'no_contact', false);
      });
    });
  }

  private _running(
    entry: IPilotEntry,
    params: Extract<AgentMessage, { method: 'agent.running' }>['params']
  ): void {
    if (entry.lease?.lease === params.lease) {
      const { pilot, host, site, slot } = entry.record.pilot;
      const where = { host, site, slot };
      this._tasks.running(entry.lease.executor.executor, pilot, where, params.running);
    }
  }
}
