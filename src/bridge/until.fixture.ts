/**
 * Waits until something holds, and gives what was found; else says what was
 * waited for in vain. Its limit is below that of a test (jest.config.js).
 */
export async function until<T>(
  what: string,
  look: () => Found<T> | Promise<Found<T>>,
  limitMs = 30_000
): Promise<T> {
  for (const endMs = Date.now() + limitMs; ;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) {
      return found;
    }
    if (Date.now() > endMs) {
      throw new Error(`waited in vain for: ${what}`);
    }
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

type Found<T> = T | null | undefined | false;
