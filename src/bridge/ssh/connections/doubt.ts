import type { IClock, IDisposable } from '../../tokens';
import type { ITransport } from '../tokens';

/** After a sleep of so long a connection is asked whether it is still there. */
export const DOUBTED_AFTER_MS = 10_000;
/**
 * And has answered by then. A channel takes two rounds, and a line that was idle
 * may lose a packet; a connection that is gone is mostly told so at once.
 */
const ANSWERS_WITHIN_MS = 5_000;

/**
 * Asks the other end of a connection for a sign of life, and calls if there is
 * none. Its keep-alive would take long; after a sleep the other end may have
 * given up, or may wait for as long as this machine slept before it sends again
 * (RFC 6298, 5.5).
 */
export function doubt(
  clock: Pick<IClock, 'after'>,
  transport: Pick<ITransport, 'exec'>,
  isGone: () => void
): IDisposable {
  const limit = clock.after(ANSWERS_WITHIN_MS, isGone);
  transport.exec(':').then(
    channel => {
      limit.dispose();
      channel.close();
    },
    // A channel that is refused is an answer, too; a connection that breaks says so itself.
    () => limit.dispose()
  );
  return limit;
}
