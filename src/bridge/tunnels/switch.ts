import { TunnelFrame, type ExecutorId, type TunnelId } from '../../protocol';
import type { ILog } from '../tokens';
import { bridgeFrame, readTunnelHeader } from './tunnelFrames';
import type { ISwitch, ITunnelEnd } from './tokens';

/** One tunnel and who is at its ends just now. */
interface ITunnel {
  readonly id: TunnelId;
  /** null: an agent has spoken of it, and no kernel has claimed it yet. */
  executor: ExecutorId | null;
  agent: ITunnelEnd | null;
  /** An end has said that it is over; the other is told when it is there. */
  over: boolean;
}

interface IHome {
  readonly end: ITunnelEnd;
  readonly executor: ExecutorId;
  /** Tunnels that it has had before and nobody else has spoken of yet. */
  readonly claimed: Set<TunnelId>;
  /** Agents that read nothing more until it has caught up. */
  readonly holds: Set<ITunnelEnd>;
}

/**
 * See ISwitch. A tunnel's frames are taken from the agent and the home it
 * belongs to, and from nobody else. Until `settle`, a tunnel that is not known
 * may be one of the bridge before, and who speaks of it is not told that it is
 * over.
 */
export class Switch implements ISwitch {
  constructor(private readonly _log: ILog) {}

  add(tunnel: TunnelId, executor: ExecutorId, agent?: ITunnelEnd): void {
    const known = this._tunnels.get(tunnel);
    const entry: ITunnel = known ?? { id: tunnel, executor, agent: null, over: false };
    this._tunnels.set(tunnel, entry);
    entry.executor = executor;
    if (agent !== undefined) {
      this._bind(entry, agent);
    }
    this._homes.get(executor)?.claimed.delete(tunnel);
    this._open(entry);
  }

  remove(tunnel: TunnelId): void {
    const entry = this._tunnels.get(tunnel);
    if (entry === undefined) {
      return;
    }
    this._tunnels.delete(tunnel);
    this._unbind(entry);
    const frame = bridgeFrame(tunnel, TunnelFrame.over);
    entry.agent?.send(frame);
    this._homeOf(entry)?.end.send(frame);
  }

  settle(): void {
    this._settled = true;
    for (const { executor, id, agent } of [...this._tunnels.values()]) {
      if (executor === null) {
        this._log.info('tunnel.unclaimed', { tunnel: id, agent: agent !== null });
        this.remove(id);
      }
    }
    for (const home of this._homes.values()) {
      for (const tunnel of home.claimed) {
        home.end.send(bridgeFrame(tunnel, TunnelFrame.over));
      }
      home.claimed.clear();
    }
  }

  agentCame(end: ITunnelEnd, tunnels: readonly TunnelId[]): void {
    for (const id of tunnels) {
      let entry = this._tunnels.get(id);
      if (entry === undefined) {
        if (this._settled) {
          end.send(bridgeFrame(id, TunnelFrame.over));
          continue;
        }
        entry = { id, executor: null, agent: null, over: false };
        this._tunnels.set(id, entry);
      }
      this._bind(entry, end);
      this._open(entry);
    }
  }

  agentLeft(end: ITunnelEnd): void {
    for (const entry of this._byAgent.get(end) ?? []) {
      if (entry.agent === end) {
        entry.agent = null;
      }
    }
    this._byAgent.delete(end);
    for (const { holds } of this._homes.values()) {
      holds.delete(end);
    }
  }

  fromAgent(end: ITunnelEnd, frame: Buffer): void {
    const { tunnel, kind } = readTunnelHeader(frame);
    const entry = this._tunnels.get(tunnel);
    if (entry === undefined) {
      this._unknown(end, tunnel, kind);
      return;
    }
    if (entry.agent !== end) {
      return;
    }
    if (kind === TunnelFrame.over) {
      entry.over = true;
    }
    const home = this._homeOf(entry);
    if (home !== null && !home.end.send(frame) && !home.holds.has(end)) {
      home.holds.add(end);
      end.hold?.();
    }
  }

  homeCame(end: ITunnelEnd, executor: ExecutorId, tunnels: readonly TunnelId[]): void {
    const older = this._homes.get(executor);
    if (older !== undefined) {
      this._leave(older);
    }
    const home: IHome = { end, executor, claimed: new Set(), holds: new Set() };
    this._homes.set(executor, home);
    this._byHome.set(end, home);
    for (const id of tunnels) {
      const entry = this._tunnels.get(id);
      if (entry === undefined ? this._settled : !mayBeOf(entry, executor)) {
        end.send(bridgeFrame(id, TunnelFrame.over));
      } else if (entry?.executor !== executor) {
        home.claimed.add(id);
      }
    }
    for (const entry of this._tunnels.values()) {
      if (entry.executor === executor) {
        this._open(entry);
      }
    }
  }

  homeLeft(end: ITunnelEnd): void {
    const home = this._byHome.get(end);
    if (home !== undefined) {
      this._leave(home);
    }
  }

  fromHome(end: ITunnelEnd, frame: Buffer): void {
    const { tunnel, kind } = readTunnelHeader(frame);
    const home = this._byHome.get(end);
    if (home === undefined) {
      return;
    }
    const entry = this._tunnels.get(tunnel);
    if (entry === undefined) {
      home.claimed.delete(tunnel);
      this._unknown(end, tunnel, kind);
      return;
    }
    if (entry.executor !== home.executor) {
      return;
    }
    if (kind === TunnelFrame.over) {
      entry.over = true;
    }
    entry.agent?.send(frame);
  }

  homeHasRoom(end: ITunnelEnd): void {
    const home = this._byHome.get(end);
    if (home !== undefined) {
      release(home);
    }
  }

  get count(): number {
    return this._tunnels.size;
  }

  dispose(): void {
    this._tunnels.clear();
    this._byAgent.clear();
    this._homes.forEach(release);
    this._homes.clear();
    this._byHome.clear();
  }

  private _homeOf({ executor }: ITunnel): IHome | null {
    return executor === null ? null : (this._homes.get(executor) ?? null);
  }

  /** Both ends are there, one of them anew: they may begin; or they learn that it is over. */
  private _open(entry: ITunnel): void {
    const home = this._homeOf(entry);
    if (home === null || entry.agent === null) {
      return;
    }
    const frame = bridgeFrame(entry.id, entry.over ? TunnelFrame.over : TunnelFrame.way);
    entry.agent.send(frame);
    home.end.send(frame);
  }

  private _bind(entry: ITunnel, agent: ITunnelEnd): void {
    this._unbind(entry);
    entry.agent = agent;
    const own = this._byAgent.get(agent) ?? new Set();
    own.add(entry);
    this._byAgent.set(agent, own);
  }

  private _unbind(entry: ITunnel): void {
    if (entry.agent === null) {
      return;
    }
    const own = this._byAgent.get(entry.agent);
    own?.delete(entry);
    if (own?.size === 0) {
      this._byAgent.delete(entry.agent);
    }
  }

  private _leave(home: IHome): void {
    this._byHome.delete(home.end);
    if (this._homes.get(home.executor) === home) {
      this._homes.delete(home.executor);
    }
    release(home);
  }

  /** What ended while its end was away is told when it speaks of it; an answer to `over` there is none. */
  private _unknown(end: ITunnelEnd, tunnel: TunnelId, kind: TunnelFrame): void {
    if (this._settled && kind !== TunnelFrame.over) {
      end.send(bridgeFrame(tunnel, TunnelFrame.over));
    }
  }

  private readonly _tunnels = new Map<TunnelId, ITunnel>();
  private readonly _byAgent = new Map<ITunnelEnd, Set<ITunnel>>();
  private readonly _homes = new Map<ExecutorId, IHome>();
  private readonly _byHome = new Map<ITunnelEnd, IHome>();
  private _settled = false;
}

const mayBeOf = (entry: ITunnel, executor: ExecutorId): boolean =>
  entry.executor === null || entry.executor === executor;

function release({ holds }: IHome): void {
  for (const agent of holds) {
    agent.release?.();
  }
  holds.clear();
}
