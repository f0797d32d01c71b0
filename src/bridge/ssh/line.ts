import { QuoteError, quoteForShell } from '../schedulers/quote';

/**
 * Longest script that a line can hold, in bytes. The line is one argument of
 * the login shell, which Linux limits to 128 KiB (execve(2), MAX_ARG_STRLEN);
 * base64 takes four for three. What is longer goes by standard input.
 */
export const LONGEST_SCRIPT_BYTES = 96_000;

/** The first csh knows no longer words than 1024 bytes. */
const WORD_CHARS = 1000;

/**
 * One line that sh, bash, zsh, ksh, csh, tcsh and fish all pass to /bin/sh
 * alike: within the quotes is nothing that any of them reads, neither newline
 * nor `!`, and base64 is nothing but letters to all of them.
 *
 * @throws QuoteError for a NUL, and for a script longer than
 *   `LONGEST_SCRIPT_BYTES`: send that by standard input
 */
export function shellLine(script: string): string {
  if (script.includes('\0')) {
    throw new QuoteError(`a script cannot hold a NUL: ${JSON.stringify(script.slice(0, 100))}`);
  }
  const bytes = Buffer.from(script);
  if (bytes.length > LONGEST_SCRIPT_BYTES) {
    throw new QuoteError(
      `a script of ${bytes.length} bytes does not fit into a line, which holds ${LONGEST_SCRIPT_BYTES}: send it by standard input`
    );
  }
  const words = bytes.toString('base64').match(new RegExp(`.{1,${WORD_CHARS}}`, 'g')) ?? [];
  return [`/bin/sh -c 'eval "$(printf %s "$@"|base64 -d)"' sh`, ...words].join(' ');
}

/**
 * Words of a POSIX shell, each quoted.
 * @throws QuoteError for a NUL
 */
export const shellWords = (words: readonly string[]): string => words.map(quoteForShell).join(' ');
