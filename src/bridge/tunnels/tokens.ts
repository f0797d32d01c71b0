import type { Duplex } from 'node:stream';
import type { z } from 'zod';
import type {
  AGENT_METHODS,
  AGENT_NOTIFICATIONS,
  ExecutorId,
  PilotId,
  Profile,
  TO_AGENT,
  TunnelId
} from '../../protocol';
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
  /** Not called for a connection that a newer one has replaced. */
  left(connection: IAgentConnection): void;
}

/** The port that agents dial. */
export interface IAgentListener extends IDisposable {
  /** Opens the port and writes the contact file. */
  start(audience: IAgentAudience): Promise<void>;
  /** Valid once started. */
  readonly port: number;
  readonly fingerprint: string;
  readonly contactFile: string;
  /** Agents connected now. */
  readonly count: number;
}

/** One end of a tunnel as the bridge sees it: whatever carries frames to it. */
export interface ITunnelEnd {
  /** One frame (protocol/tunnel.ts). */
  send(frame: Uint8Array): void;
}

/**
 * Passes frames between the agent and the home of each tunnel, and keeps
 * nothing: what has no way just now is dropped, and the ends send it again.
 */
export interface ISwitch extends IDisposable {
  /** A tunnel of this executor begins, or is known to be from before. */
  add(tunnel: TunnelId, executor: ExecutorId): void;
  /** It is over: both ends are told. */
  remove(tunnel: TunnelId): void;
  /** An agent's end of these tunnels is there, in place of any older one. */
  agentCame(end: ITunnelEnd, tunnels: readonly TunnelId[]): void;
  agentLeft(end: ITunnelEnd): void;
  /** A frame of an agent; one of a tunnel that is not its own is dropped. */
  fromAgent(end: ITunnelEnd, frame: Buffer): void;
  /** The home of an executor is there, in place of any older one, with tunnels from before. */
  homeCame(end: ITunnelEnd, executor: ExecutorId, tunnels: readonly TunnelId[]): void;
  homeLeft(end: ITunnelEnd): void;
  fromHome(end: ITunnelEnd, frame: Buffer): void;
}

/** Where pilots find home: one file under uplinks/ for each kind. */
export interface IUplink extends IDisposable {
  readonly kind: 'near' | 'direct' | 'submit-host' | 'relay';
  /**
   * What a pilot of this profile may dial, once it is open; opened when it is
   * first wanted.
   * @throws PilothouseError where it cannot be opened, with the remedy
   */
  addresses(profile: Profile): Promise<readonly { readonly host: string; readonly port: number }[]>;
}

/** Takes connections of agents, however they came: TLS begins with their first byte. */
export interface IDoorOfAgents {
  /** `near`: by loopback of this very machine, so that its pools can dial an interchange themselves. */
  accept(connection: Duplex, way: { readonly near: boolean; readonly from: string }): void;
}
