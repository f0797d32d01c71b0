import { checkExpression } from '../../../protocol';
import { QuoteError } from '../quote';

/** What no line of a submit file can hold; a tab is as good as a space. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;
/** `$(x)`, `$ENV(x)`, `$$(x)`, `$$([x])`: what condor_submit or the schedd would replace. */
const MACRO = /\$(?=\w*\()/g;
/** Replaced when the job is matched, and `$(DOLLAR)` does not save it (tried with 23.9.6). */
const MATCHED = /\$\$\w*[([]/;

function noMacros(text: string, what: string): string {
  if (CONTROL.test(text)) {
    throw new QuoteError(`${what} must be one line without control characters.`);
  }
  const matched = MATCHED.exec(text);
  if (matched !== null) {
    throw new QuoteError(
      `${what} cannot hold ${matched[0]}: HTCondor would put something else there.`
    );
  }
  if (/\$\(DOLLAR\)/i.test(text)) {
    // Expanded again after it has been put there.
    throw new QuoteError(`${what} cannot hold $(DOLLAR): HTCondor would put a $ there.`);
  }
  return text.replace(MACRO, () => '$(DOLLAR)');
}

/**
 * A text as the value of a submit command (HTCondor manual, "Submit File
 * Macros"): it reaches the job's ad as it is.
 * @throws QuoteError for what a submit file would change: line breaks,
 *   `$$(…)`, spaces at the ends, a backslash at the end
 */
export function quoteValue(text: string): string {
  if (text !== text.trim()) {
    throw new QuoteError('This cannot begin or end with a space: HTCondor would drop it.');
  }
  if (text.endsWith('\\')) {
    throw new QuoteError('This cannot end with a backslash: it would continue the line.');
  }
  return noMacros(text, 'This');
}

/**
 * A text as a ClassAd string in a submit file. That reads ClassAds the old
 * way: a backslash is one, except before a quote that is not the last (tried
 * with 23.9.6).
 * @throws QuoteError
 */
export function quoteString(text: string): string {
  return `"${noMacros(text, 'This').replaceAll('"', '\\"')}"`;
}

/**
 * A ClassAd expression in a submit file, as it was written.
 * @throws QuoteError where it is none, with the place
 */
export function quoteExpression(text: string): string {
  const problem = checkExpression(text);
  if (problem !== null) {
    throw new QuoteError(`${problem.message} (at character ${problem.at + 1})`);
  }
  return noMacros(text.trim(), 'An expression');
}

/**
 * A file of the submit host or a URL, as an item of transfer_input_files. `~/`
 * is the home of whoever submits.
 * @throws QuoteError
 */
export function quoteFile(name: string): string {
  if (name.includes(',')) {
    throw new QuoteError('The name of a file for HTCondor cannot hold a comma.');
  }
  if (name.startsWith('~/')) {
    return `$ENV(HOME)/${quoteValue(name.slice(2))}`;
  }
  if (!name.startsWith('/') && !/^[A-Za-z][\w+.-]*:\/\//.test(name)) {
    throw new QuoteError('An absolute path, one that begins with ~/, or a URL.');
  }
  return quoteValue(name);
}

/**
 * A text as a string in a constraint on a command line, where ClassAds are
 * read the new way.
 * @throws QuoteError for a NUL, which no argument can hold
 */
export function quoteForConstraint(text: string): string {
  if (text.includes('\0')) {
    throw new QuoteError('A constraint cannot hold a NUL.');
  }
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
