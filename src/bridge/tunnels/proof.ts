import { AGENT_METHODS, AGENT_PROTOCOL, RpcRequest, type RpcId } from '../../protocol';
import { readJson } from './connection';
import type { Frame } from './frames';
import { PeerError } from './peerError';
import type { PilotSecrets } from './secrets';
import type { AgentHello } from './tokens';

/** A hello that was proved, and whether its time is over. */
export interface IProof {
  readonly id: RpcId;
  readonly hello: AgentHello;
  /** What keeps even a proved agent out, in words. */
  readonly refused: string | null;
}

/**
 * Reads the first frame of a connection. Whoever does not hold a pilot's
 * secret learns nothing: it is cut without an answer.
 * @throws PeerError
 */
export function readProof(frame: Frame, secrets: PilotSecrets, nowMs: number): IProof {
  const request = RpcRequest.safeParse(readJson(frame));
  if (!request.success || request.data.method !== 'agent.hello') {
    throw new PeerError('its first message is not agent.hello');
  }
  const hello = AGENT_METHODS['agent.hello'].params.safeParse(request.data.params);
  if (!hello.success) {
    const issue = hello.error.issues[0];
    throw new PeerError(`agent.hello: ${issue.path.join('.')}: ${issue.message}`);
  }
  if (!secrets.proves(hello.data)) {
    throw new PeerError(`wrong secret for pilot ${hello.data.pilot}`);
  }
  return { id: request.data.id, hello: hello.data, refused: refusal(hello.data, nowMs) };
}

function refusal(hello: AgentHello, nowMs: number): string | null {
  if (hello.protocol !== AGENT_PROTOCOL) {
    return `this bridge speaks version ${AGENT_PROTOCOL} to agents and the agent version ${hello.protocol}`;
  }
  return hello.expiresAtMs <= nowMs ? "the pilot's secret has expired" : null;
}
