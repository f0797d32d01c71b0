/**
 * Operations on files under way at one time: each waits for a disk, or for a
 * file server that many laboratories share.
 */
const MOST_AT_ONCE = 16;

/**
 * Does something for each, some at one time, begun in their order.
 * @throws the first failure, once what was begun has ended; no more is begun then
 */
export async function forEachAtOnce<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>
): Promise<void> {
  let next = 0;
  let failed = false;
  const line = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const item = items[next];
      next += 1;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lines = Array.from({ length: Math.min(MOST_AT_ONCE, items.length) }, line);
  for (const ended of await Promise.allSettled(lines)) {
    if (ended.status === 'rejected') {
      throw ended.reason;
    }
  }
}
