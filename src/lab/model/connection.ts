import type { Connection, Trouble } from '../tokens';

/** What happens to the stream. */
export type ConnectionEvent =
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'offline'; readonly trouble: Trouble }
  /** The stream ended; `trouble` is known if it never began. */
  | { readonly kind: 'closed'; readonly trouble: Trouble | null }
  | { readonly kind: 'starting' }
  | { readonly kind: 'start-failed'; readonly trouble: Trouble };

/** The next state of the connection; pure. `lastHeardMs`: when anything was heard, if ever. */
export function nextConnection(
  now: Connection,
  event: ConnectionEvent,
  lastHeardMs: number | null
): Connection {
  switch (event.kind) {
    case 'snapshot':
      return { kind: 'live' };
    case 'offline':
    case 'start-failed':
      return { kind: 'offline', trouble: event.trouble, lastHeardMs, starting: false };
    case 'starting':
      return now.kind === 'offline' ? { ...now, starting: true } : now;
    case 'closed':
      if (event.trouble !== null) {
        return { kind: 'offline', trouble: event.trouble, lastHeardMs, starting: false };
      }
      // The reason that the bridge gave stays the better one.
      if (now.kind === 'offline' || lastHeardMs === null) {
        return now;
      }
      return { kind: 'stale', lastHeardMs };
  }
}

/** Pauses between attempts, in milliseconds; the last one repeats. */
const PAUSES_MS = [0, 500, 1000, 2000, 5000, 10_000, 30_000];

/**
 * How long to wait before attempt `n` (0 is the first after a loss). `chance`
 * in [0, 1) spreads many tabs, so that a server that comes back is not run over.
 */
export function pauseMs(attempt: number, chance: number): number {
  const pause = PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)];
  return pause * (0.5 + chance / 2);
}
