import type { Duplex } from 'node:stream';
import type { z } from 'zod';
import type {
  AGENT_METHODS,
  AGENT_NOTIFICATIONS,
  ExecutorId,
  PilotId,
  Profile,
  Result,
  TO_AGENT,
  TunnelId,
  Uplink,
  UplinkKind
} from '../../protocol';
import type { IConnection } from '../ssh/connections/tokens';
import type { IDisposable } from '../tokens';

/** What an agent says first. */
export type AgentHello = z.infer<(typeof AGENT_METHODS)['agent.hello']['params']>;

/** What an agent says later; pings are answered below and not passed on. */
export type AgentMessage = {
  [M in Exclude<keyof typeof AGENT_NOTIFICATIONS, 'ping'>]: {
    readonly method: M;
    readonly params: z.infer<(typeof AGENT_NOTIFICATIONS)[M]>;
  };
}[Exclude<keyof typeof AGENT_NOTIFICATIONS, 'ping'>];

/** The connection of one agent that has proved itself. */
export interface IAgentConnection {
  readonly pilot: PilotId;
  readonly attempt: number;
  /** It came by loopback of this very machine: its pools can dial an interchange themselves. */
  readonly near: boolean;
  /** Its end of the tunnels that its pools have. */
  readonly tunnels: ITunnelEnd;
  /** Where pieces of what is large go. */
  readonly content: IContentEnd;
  send<M extends keyof typeof TO_AGENT>(method: M, params: z.infer<(typeof TO_AGENT)[M]>): void;
  /** Cuts it; `closed` of the listener's audience is still called. */
  close(): void;
}

/** Who listens to agents. */
export interface IAgentAudience {
  /**
   * Judges an agent whose secret is right: null to welcome it, else a reason
   * in words that it is told before it is cut.
   */
  judge(hello: AgentHello): string | null;
  /** A welcome has been sent; `connection` replaces any older one of that pilot. */
  arrived(connection: IAgentConnection, hello: AgentHello): void;
  said(connection: IAgentConnection, message: AgentMessage): void;
  /** A frame of one of its tunnels. @throws PeerError for what is none */
  streamed(connection: IAgentConnection, frame: Buffer): void;
  /** A piece of a result, in the chunks that it came in. @throws PeerError for what is none */
  pieced(connection: IAgentConnection, frame: readonly Buffer[]): void;
  /** Not called for a connection that a newer one has replaced. */
  left(connection: IAgentConnection): void;
}

/** All ways by which agents come home, and what is told to pilots of each. */
export interface IUplinks extends IDisposable {
  /** Opens the way that is always there, and writes the contact file. */
  start(audience: IAgentAudience): Promise<void>;
  readonly fingerprint: string;
  readonly contactFile: string;
  /** Agents connected now. */
  readonly count: number;
  /**
   * What a new pilot of this profile may dial, in the order in which it should;
   * opens what is not open yet. Where one way is open others are hardly waited
   * for; they stay on the list if their addresses are known, since they may be
   * open when the pilot runs.
   * @throws PilothouseError uplink_failed, login_needed where none of the profile's ways is open
   */
  addresses(profile: Profile): Promise<readonly IAddress[]>;
  /**
   * Pilots of these profiles live: their ways are opened (again), those of no
   * other profile are closed. Never fails; what does not open is tried again.
   */
  keep(profiles: readonly Profile[]): void;
  /** How the ways of these profiles are: those that somebody has wanted. */
  views(profiles: readonly Profile[]): readonly Uplink[];
  /** Called when one of them has opened, or does not, or is tried again later than was said. */
  onChanged(call: () => void): IDisposable;
  /** Tries one way that the profile lists. Never fails: what does is a step. */
  check(profile: Profile, kind: UplinkKind, mayListen: boolean): Promise<Result<'checks.uplink'>>;
}

/** Where something listens. */
export interface IAddress {
  readonly host: string;
  readonly port: number;
}

/** Logins to submit hosts, as far as uplinks need them. */
export interface ILogins {
  /** The one connection to a submit host, whether or not it is there; null: it is this machine. */
  connection(
    submitHost: Profile['submitHost']
  ): Pick<IConnection, 'host' | 'transport' | 'onConnection'> | null;
}

/** An agent as those who send it what is large see it. */
export interface IContentEnd {
  /**
   * Sends one whole frame of kind `content`, header included (protocol/content.ts).
   * Resolves when it has left, and its memory may be used again; false: the connection is gone.
   */
  piece(frame: Buffer): Promise<boolean>;
}

/** One end of a tunnel as the bridge sees it: whatever carries frames to it. */
export interface ITunnelEnd {
  /**
   * One frame (protocol/tunnel.ts). Never keeps more than a limit: an end that
   * does not read is cut. False: so much waits that who sends should pause.
   */
  send(frame: Uint8Array): boolean;
  /** Reads no more from this end until `release`: who it speaks to has to catch up. */
  hold?(): void;
  release?(): void;
}

/**
 * Passes frames between the agent and the home of each tunnel, and keeps
 * nothing: what has no way just now is dropped, and the ends send it again.
 */
export interface ISwitch extends IDisposable {
  /**
   * A tunnel of this executor begins, or is known to be from before; `agent`:
   * who has its other end, where it is there by now.
   */
  add(tunnel: TunnelId, executor: ExecutorId, agent?: ITunnelEnd): void;
  /** It is over: both ends are told. */
  remove(tunnel: TunnelId): void;
  /** An agent's end of these tunnels is there, in place of any older one. */
  agentCame(end: ITunnelEnd, tunnels: readonly TunnelId[]): void;
  agentLeft(end: ITunnelEnd): void;
  /** A frame of an agent; one of a tunnel that is not its own is dropped. @throws PeerError */
  fromAgent(end: ITunnelEnd, frame: Buffer): void;
  /** The home of an executor is there, in place of any older one, with tunnels from before. */
  homeCame(end: ITunnelEnd, executor: ExecutorId, tunnels: readonly TunnelId[]): void;
  homeLeft(end: ITunnelEnd): void;
  /** @throws PeerError */
  fromHome(end: ITunnelEnd, frame: Buffer): void;
  /** A home has caught up: `send` was false, and little waits now. */
  homeHasRoom(end: ITunnelEnd): void;
  /** All of the bridge before have spoken that will: what nobody has claimed is over. */
  settle(): void;
}

/** Where pilots find home: one file under uplinks/ for each kind. */
export interface IUplink extends IDisposable {
  readonly kind: 'near' | 'direct' | 'submit-host' | 'relay';
  /**
   * What a pilot of this profile may dial, once it is open; opened when it is
   * first wanted.
   * @throws PilothouseError where it cannot be opened, with the remedy
   */
  addresses(profile: Profile): Promise<readonly IAddress[]>;
  /** Where that will be once it is open again; nothing where that is not known. */
  known(profile: Profile): readonly IAddress[];
  /** How it is; null: nobody has wanted it, or the profile does not. */
  view(profile: Profile): Uplink | null;
  /** Opens (again) what these profiles want, closes what none of them does. Never fails. */
  keep(profiles: readonly Profile[]): void;
}

/** How a connection has come to the door. */
export interface IWayHere {
  /** By loopback of this very machine. */
  readonly near: boolean;
  /** The machine that it came from, as far as whoever brought it says. */
  readonly from: string;
  /** Who brought it: a port of this machine, or one relay, which may say of its workers what it likes. */
  readonly by: object;
}

/** Takes connections of agents, however they came: TLS begins with their first byte. */
export interface IDoorOfAgents {
  /** Strangers of one machine, and of whoever brought them, take the places of each other. */
  accept(connection: Duplex, way: IWayHere): void;
}
