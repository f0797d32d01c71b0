import { hostname } from 'node:os';
import { LIMITS } from '../../protocol';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * What went wrong with a file, for the person whose task it is.
 * @param folder what was written to
 */
export function problemOf(error: unknown, folder?: string): string {
  const text = error instanceof Error ? error.message : String(error);
  const { code } = error as NodeJS.ErrnoException;
  const full = folder !== undefined && code !== undefined && FULL.has(code);
  const remedy = 'make room there, or have PILOTHOUSE_STATE_DIR name a folder that has some';
  const words = full ? `${text}, in ${folder} on ${hostname()}; ${remedy}` : text;
  return words.slice(0, LIMITS.wordsChars);
}
