import { TunnelId } from './ids';

/**
 * What HTEX's worker pool and interchange say to each other, where the pool is
 * not on the kernel's machine: one tunnel for each start of a pool. Its ends
 * are in the agent and in the kernel's home process (`pilothouse/home`); the
 * bridge between them only switches frames, and keeps nothing.
 *
 * A tunnel is one ordered pipe of bytes in each direction. Bytes are numbered
 * from 0; an end keeps what it has sent until the other has taken it, and sends
 * it again after a cut. So a cut, of whatever connection between the ends,
 * neither loses nor doubles a byte.
 *
 * A frame is the content of a frame of kind `stream` (agent.ts), of an agent
 * and of a home alike. All numbers are big-endian.
 *
 * | bytes | what |
 * | --- | --- |
 * | 8 | the tunnel |
 * | 1 | TunnelFrame |
 * | 8 | `part`: the number of its first byte; `taken`, `resume`: bytes taken so far; else absent |
 * | … | `part`: the bytes, at least one |
 */
export const TunnelFrame = {
  /** End to end: bytes. What was taken before is passed over; what leaves a gap is dropped. */
  part: 0,
  /** End to end: so many bytes were taken and handed on. */
  taken: 1,
  /** End to end: the same, and the other end may send on from there. First word on every new way. */
  resume: 2,
  /** End to end, or from the bridge to an end: the tunnel is over, and its pool is of no use. */
  over: 3,
  /** From the bridge to both ends: there is a new way. Nothing more is sent before the other's `resume`. */
  way: 4
} as const;
export type TunnelFrame = (typeof TunnelFrame)[keyof typeof TunnelFrame];

/**
 * A home's connection is upgraded to `pilothouse-frames` in place of a
 * WebSocket: frames as agents have them (agent.ts), in which those of kind
 * `json` are the API's messages, and two more kinds, which are empty.
 */
export const HomeFrame = {
  /** From the bridge, to be answered; who has not answered the one before is cut. */
  ping: 16,
  pong: 17
} as const;
export type HomeFrame = (typeof HomeFrame)[keyof typeof HomeFrame];

/** Bytes before the bytes of a part. */
export const TUNNEL_HEADER_BYTES = 17;
/** Bytes of a tunnel's number; 16 hexadecimal digits where it is written as text. */
export const TUNNEL_ID_BYTES = 8;

export const TUNNEL_LIMITS = {
  /** Bytes that an end may have sent and the other not taken; then it reads no more from its sockets. */
  windowBytes: 1024 * 1024,
  /** Bytes of one part. */
  partBytes: 64 * 1024,
  /**
   * An end says what it has taken after so many bytes, or after so long: the
   * other end may forget it then, and waits for it only when the window is full.
   */
  takenEveryBytes: 128 * 1024,
  takenWithinMs: 250,
  /** Connections in one tunnel at one time: a pool has one, and one more while it probes addresses. */
  connections: 16
} as const;

/**
 * In the pipe, TCP connections: the pool's side opens them, and the home's
 * connects each to the interchange of its executor, and to nothing else.
 *
 * | bytes | what |
 * | --- | --- |
 * | 4 | the connection, counted up by the pool's side |
 * | 1 | TunnelRecord |
 * | 4 | length of what follows; 0 but for `bytes` |
 */
export const TunnelRecord = { open: 0, bytes: 1, closed: 2 } as const;
export type TunnelRecord = (typeof TunnelRecord)[keyof typeof TunnelRecord];
export const TUNNEL_RECORD_HEADER_BYTES = 9;

/** A number for a tunnel; nobody can guess one. */
export const tunnelIdOf = (bytes: Uint8Array): TunnelId =>
  TunnelId.parse(Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(''));
