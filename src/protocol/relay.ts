import { z } from 'zod';

/**
 * Between a bridge and a relay (`pilothouse/relay`): connections that workers
 * made to the relay, carried through one stream of bytes. That is the standard
 * input and output of a command on a submit host, or a TCP connection to a
 * relay that runs by itself. A relay understands nothing of what it carries:
 * it is TLS between agent and bridge.
 *
 * A frame, all numbers big-endian:
 *
 * | bytes | what |
 * | --- | --- |
 * | 4 | the connection, counted up by the relay from 1; 0: the stream itself |
 * | 1 | RelayFrame |
 * | 4 | length of what follows |
 */
export const RelayFrame = {
  /** Of the relay, once: it listens. RelayReady as JSON. */
  ready: 0,
  /** Of the relay: a worker has dialled; from where, as text. */
  open: 1,
  /** Bytes of a connection. */
  bytes: 2,
  /** The connection has ended, or is to be ended. */
  closed: 3,
  /** So many bytes (4, a number) were handed on: as many more may be sent. */
  taken: 4,
  /** Nothing but a sign of life. */
  ping: 5
} as const;
export type RelayFrame = (typeof RelayFrame)[keyof typeof RelayFrame];

export const RELAY_HEADER_BYTES = 9;

export const RELAY_LIMITS = {
  /** Bytes of one connection that may be under way in one direction, as many as of a tunnel: one slow worker holds up no other. */
  windowBytes: 1024 * 1024,
  /** Content of one frame. */
  frameBytes: 64 * 1024,
  /** Connections at one time. */
  connections: 10_000,
  /** How often both ends give a sign of life, and how long one may be silent. */
  pingMs: 3_000,
  silenceMs: 15_000,
  /** A relay that could not listen or be reached is tried again after so long, doubled each time. */
  againAfterMs: 1_000,
  againAtMostMs: 60_000,
  /** For so long after it was open it is tried each second, when tasks wait for what pilots have to say. */
  soonMs: 180_000,
  /** One that was open for so long is good, and tried again at once. */
  goodAfterMs: 10_000,
  /** What a login shell may print before the relay speaks. */
  noiseBytes: 256 * 1024
} as const;

/** A line of this and a number that each start makes anew comes before a command's first frame. */
export const RELAY_MARK = 'pilothouse-relay';

export const RelayReady = z.object({
  /** That it listens at. */
  port: z.int().min(1).max(65535),
  /** Its machine's own names and addresses, the likeliest first. */
  hosts: z.array(z.string().min(1).max(255)).max(10)
});
export type RelayReady = z.infer<typeof RelayReady>;

/**
 * How a bridge proves itself to a relay that runs by itself, and the relay to
 * it, before the first frame. Both know `secret`; `bridge` is 16 bytes by which
 * workers ask for this bridge. MACs are HMAC-SHA256 with the secret's bytes.
 *
 * | who | bytes |
 * | --- | --- |
 * | bridge | `PHR1`, bridge (16), nonce A (32), MAC of `hello`, bridge, A |
 * | relay | nonce B (32), MAC of `relay`, bridge, A, B; only if the first was right |
 * | bridge | MAC of `bridge`, bridge, A, B |
 *
 * Whoever does not know the secret is cut without a byte; who repeats an older
 * hello gets no further than a nonce.
 */
export const RELAY_HELLO = 'PHR1';
export const RELAY_BRIDGE_BYTES = 16;
export const RELAY_NONCE_BYTES = 32;
export const RELAY_MAC_BYTES = 32;

/**
 * The name that an agent asks for in its TLS ClientHello (RFC 6066, 3), by which a
 * relay knows the bridge it is for: of the fingerprint of the bridge's
 * certificate, which anybody may know, the first 16 bytes.
 */
export const relayNameOf = (fingerprint: string): string =>
  `${fingerprint.slice(0, RELAY_BRIDGE_BYTES * 2)}.pilothouse`;
