import type { PoolStartId, TunnelId } from '../../protocol';
import type { IContents, Place } from '../content';
import type { IBridgeContext, ITaskBook } from '../tokens';
import type {
  AgentHello,
  AgentMessage,
  IAgentAudience,
  IAgentConnection,
  ISwitch
} from '../tunnels';
import type { AgentLogs } from './agentLogs';
import type { Endings } from './endings';
import { succeeded } from './failures';
import type { LeaseBook } from './leases';
import { hasEnded, type IBell, type IPilotEntry } from './model';
import type { PilotBook } from './pilotBook';
import type { Reports } from './reports';
import type { Reunion } from './reunion';

/** The attempt an agent belongs to: what its file says, and each start of its job before this one. */
const attemptOf = (hello: AgentHello): number => hello.attempt + hello.restarts;

/** Less than this is the time that a hello takes, or a clock that is right enough. */
const CLOCK_TOLERANCE_MS = 5000;

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
    private readonly _switch: Pick<ISwitch, 'agentCame' | 'agentLeft' | 'fromAgent'>,
    private readonly _logs: Pick<AgentLogs, 'said' | 'left'>,
    private readonly _contents: Pick<IContents, 'read' | 'write' | 'dropped' | 'piece' | 'left'>,
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
    if (entry.connection !== null) {
      this._switch.agentLeft(entry.connection.tunnels);
      this._logs.left(entry.connection);
      this._contents.left(entry.connection);
    }
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
    this._switch.agentCame(connection.tunnels, tunnelsOf(entry, hello));
    // Times that it tells are of its node's clock, those of a pilot's record of this one's.
    const behindMs = hello.nowMs === null ? 0 : this._context.clock.now() - hello.nowMs;
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
      endsByMs: hello.endsByMs === null ? null : hello.endsByMs + behindMs,
      clockBehindMs: Math.abs(behindMs) < CLOCK_TOLERANCE_MS ? 0 : behindMs,
      draining: entry.draining,
      leased: entry.lease !== null || entry.orphan !== null
    });
    this._reunion.back(entry);
    // One that ends by itself brings its last results home, also over a second connection.
    if (entry.ending !== null && entry.ending.byAgent !== true) {
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
      case 'agent.log':
        this._logs.said(connection, message.params);
        return;
      case 'content.read':
        this._contents.read(connection, placeOf(entry, message.params.start), message.params);
        return;
      case 'content.write':
        this._contents.write(connection, placeOf(entry, message.params.start), message.params);
        return;
      case 'content.dropped':
        this._contents.dropped(connection, message.params.transfer);
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

  streamed(connection: IAgentConnection, frame: Buffer): void {
    this._switch.fromAgent(connection.tunnels, frame);
  }

  pieced(connection: IAgentConnection, frame: readonly Buffer[]): void {
    this._contents.piece(connection, ...frame);
  }

  left(connection: IAgentConnection): void {
    this._switch.agentLeft(connection.tunnels);
    this._logs.left(connection);
    this._contents.left(connection);
    const entry = this._pilots.get(connection.pilot);
    if (entry?.connection !== connection) {
      return;
    }
    entry.connection = null;
    this.awaitReturn(entry);
    this._bell.ring(entry.pool);
  }

  /**
   * A pilot without contact: lost after a while; without its pool once that can
   * no more go on where it was; and given up when by its own rule it has ended,
   * unless its scheduler says so before.
   */
  awaitReturn(entry: IPilotEntry): void {
    if (hasEnded(entry)) {
      return;
    }
    const { clock, times } = this._context;
    const leftAtMs = clock.now();
    entry.timer?.dispose();
    entry.timer = clock.after(times.agentSilenceMs, () => {
      const { uplink, scaling } = entry.pool.profile;
      const resumesUntilMs = hasTunnel(entry) ? leftAtMs + uplink.resumeSeconds * 1000 : null;
      if (entry.ending === null) {
        this._pilots.apply(entry, {
          kind: 'contactLost',
          resumesUntilMs,
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
      const giveUpAtMs = clock.now() + scaling.noContactSeconds * 1000;
      const giveUp = (): void => {
        entry.timer = clock.after(Math.max(giveUpAtMs - clock.now(), 0), () => {
          this._endings.end([entry], 'no_contact', false);
        });
      };
      if (resumesUntilMs === null || resumesUntilMs >= giveUpAtMs) {
        giveUp();
        return;
      }
      entry.timer = clock.after(Math.max(resumesUntilMs - clock.now(), 0), () => {
        this._losePool(entry);
        giveUp();
      });
    });
  }

  /** Its pool's stream cannot be resumed any more: the tasks in it run elsewhere. */
  private _losePool(entry: IPilotEntry): void {
    const { lease, pool } = entry;
    entry.lostLease = lease?.lease ?? entry.orphan?.lease ?? null;
    entry.orphan = null;
    if (lease !== null) {
      const { resumeSeconds } = pool.profile.uplink;
      const words = `Its pilot could not be reached for ${resumeSeconds} s.`;
      const cause = lease.state === 'draining' ? lease.cause : 'pilot_gone';
      this._leases.end(lease, cause, words);
    }
    this._bell.ring(pool);
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

/** Whether a pool of it is reached through the bridge, and so is lost with the contact. */
const hasTunnel = ({ lease, orphan }: IPilotEntry): boolean =>
  (lease?.tunnel ?? orphan?.tunnel ?? null) !== null;

/** Where what is large lies for a pool start: only for the one that this pilot is lent for. */
function placeOf({ lease, orphan }: IPilotEntry, start: PoolStartId): Place {
  if (lease?.start === start) {
    const { content } = lease.executor;
    return content === null
      ? { kind: 'none', problem: 'its kernel keeps no contents' }
      : { kind: 'folder', run: content };
  }
  return orphan?.start === start
    ? { kind: 'later', problem: 'its kernel has not found the bridge yet' }
    : { kind: 'none', problem: 'the pilot is not lent for it any more' };
}

/** Tunnels that an agent speaks of and that are its own: of the pool that it is lent for, or may be. */
function tunnelsOf({ lease, orphan }: IPilotEntry, { pools }: AgentHello): TunnelId[] {
  const own = [lease, orphan].map(each => each?.tunnel ?? null);
  return pools
    .filter(({ state, tunnel }) => state !== 'ended' && tunnel !== null && own.includes(tunnel))
    .map(({ tunnel }) => tunnel)
    .filter(tunnel => tunnel !== null);
}
