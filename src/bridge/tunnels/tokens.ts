import type { z } from 'zod';
import type { AGENT_METHODS, AGENT_NOTIFICATIONS, PilotId, TO_AGENT } from '../../protocol';
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
