import { createHmac, timingSafeEqual } from 'node:crypto';
import { RELAY_BRIDGE_BYTES, RELAY_HELLO, RELAY_NONCE_BYTES } from '../../../protocol';

/** How a bridge and a relay prove themselves to each other (protocol/relay.ts). */
export interface IRelayProof {
  readonly secret: Buffer;
  /** Of the fingerprint of the bridge's certificate, by which workers ask for it. */
  readonly bridge: Buffer;
  /** This connection's own. */
  readonly nonce: Buffer;
}

/** The public id of a bridge: the first bytes of its certificate's fingerprint (hex). */
export const bridgeIdOf = (fingerprint: string): Buffer =>
  Buffer.from(fingerprint.slice(0, RELAY_BRIDGE_BYTES * 2), 'hex');

/** What the bridge says first. */
export const helloOf = (proof: IRelayProof): Buffer =>
  Buffer.concat([
    Buffer.from(RELAY_HELLO, 'ascii'),
    proof.bridge,
    proof.nonce,
    macOf(proof, 'hello', proof.nonce)
  ]);

/** What it answers a relay; null: the relay does not know the secret. */
export function answerTo(proof: IRelayProof, said: Buffer): Buffer | null {
  const nonce = said.subarray(0, RELAY_NONCE_BYTES);
  const nonces = Buffer.concat([proof.nonce, nonce]);
  const right = macOf(proof, 'relay', nonces);
  const own = said.subarray(RELAY_NONCE_BYTES);
  return own.length === right.length && timingSafeEqual(own, right)
    ? macOf(proof, 'bridge', nonces)
    : null;
}

const macOf = ({ secret, bridge }: IRelayProof, role: string, nonces: Buffer): Buffer =>
  createHmac('sha256', secret).update(role).update(bridge).update(nonces).digest();
