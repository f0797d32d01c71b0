import { LIMITS } from '../../protocol';

/** What went wrong with a file, for the person whose task it is. */
export function problemOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, LIMITS.wordsChars);
}
