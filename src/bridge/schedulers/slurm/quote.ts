import { QuoteError } from '../quote';

/**
 * A value of an `#SBATCH` line, as one word, whatever it holds. sbatch takes
 * such a line apart by itself (slurm/src/sbatch/opt.c, get_argument): quotes
 * group, a backslash makes the next character plain within both kinds of
 * quotes, an unquoted `#` begins a comment. No shell ever sees it.
 * @throws QuoteError for a line break, which ends the directive, or a NUL, which ends the text
 */
export function quoteDirective(value: string): string {
  if (/[\n\0]/.test(value)) {
    throw new QuoteError(
      `an #SBATCH line cannot hold a line break or a NUL: ${JSON.stringify(value)}`
    );
  }
  return /^[A-Za-z0-9@%+=,./_-][A-Za-z0-9@%+=:,./_-]*$/.test(value)
    ? value
    : `"${value.replaceAll(/[\\"]/g, '\\$&')}"`;
}

/** One `#SBATCH` line. `value` null: an option that takes none. */
export function directive(option: string, value: string | number | null): string {
  return value === null
    ? `#SBATCH --${option}`
    : `#SBATCH --${option}=${quoteDirective(String(value))}`;
}
