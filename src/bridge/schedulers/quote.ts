/** A text that a language has no way to write. */
export class QuoteError extends Error {
  override readonly name = 'QuoteError';
}

/**
 * One word of a POSIX shell, whatever the text holds (POSIX.1-2017, Shell
 * Command Language 2.2.2).
 * @throws QuoteError for a NUL, which no shell word can hold
 */
export function quoteForShell(text: string): string {
  if (text.includes('\0')) {
    throw new QuoteError(`a shell word cannot hold a NUL: ${JSON.stringify(text)}`);
  }
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
