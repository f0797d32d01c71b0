import { LONG_OPTIONS, SHORT_OPTIONS, TAKES_NO_VALUE } from './options';

/** An option as a directive sets it. */
export interface IDirective {
  /** Its full long name; as it was written where sbatch has none like it. */
  readonly option: string;
  readonly written: string;
  readonly value: string | null;
}

/** What sbatch makes of one line before the first command of a script. */
export type ReadLine =
  | { readonly kind: 'blank' }
  | { readonly kind: 'command' }
  | { readonly kind: 'problem'; readonly problem: string }
  | { readonly kind: 'options'; readonly options: readonly IDirective[] };

/** `#PBS` and `#BSUB` are read by sbatch, too (slurm/src/sbatch/xlate.c); `#SLURM` is its old form. */
const DIRECTIVE = /^#(SBATCH|SLURM|PBS|BSUB)/;

/** Reads a line of a batch script as sbatch does (slurm/src/sbatch/opt.c, _opt_batch_script). */
export function readLine(line: string): ReadLine {
  const found = DIRECTIVE.exec(line);
  if (found === null) {
    return /^\s*(#|$)/.test(line) ? { kind: 'blank' } : { kind: 'command' };
  }
  if (found[1] !== 'SBATCH') {
    return { kind: 'problem', problem: `Begin the line with #SBATCH instead of ${found[0]}.` };
  }
  const words = splitWords(line.slice(found[0].length));
  return 'problem' in words
    ? { kind: 'problem', problem: words.problem }
    : readOptions(words.words);
}

type Words = { readonly words: readonly string[] } | { readonly problem: string };

/** sbatch's get_argument, word by word. */
export function splitWords(text: string): Words {
  const words: string[] = [];
  let at = 0;
  const space = (): boolean => /\s/.test(text[at] ?? '');
  for (;;) {
    while (space()) {
      at += 1;
    }
    if (at >= text.length || text[at] === '#') {
      return { words };
    }
    if (text[at] === ':') {
      return { problem: 'A word of an #SBATCH line cannot begin with a colon.' };
    }
    let word = '';
    let quote: string | null = null;
    while (at < text.length && (quote !== null || !space())) {
      const character = text[at] ?? '';
      if (character === '\\') {
        word += text[at + 1] ?? '';
        at += 2;
      } else if (character === quote) {
        quote = null;
        at += 1;
      } else if (quote === null && (character === '"' || character === "'")) {
        quote = character;
        at += 1;
      } else if (quote === null && character === '#') {
        at = text.length;
      } else {
        word += character;
        at += 1;
      }
    }
    if (quote !== null) {
      return { problem: `There is a ${quote} without its other.` };
    }
    words.push(word);
  }
}

/** getopt_long(3), which sbatch gives these words to. */
function readOptions(words: readonly string[]): ReadLine {
  const options: IDirective[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (/^(hetjob|packjob)$/i.test(word)) {
      return { kind: 'problem', problem: 'Pilots are plain jobs: hetjob is not possible.' };
    }
    if (!/^-./.test(word) || word === '--') {
      return { kind: 'problem', problem: `${word} is no option: options begin with - or --.` };
    }
    const read = word.startsWith('--') ? readLong(word) : readShort(word);
    if ('problem' in read) {
      return { kind: 'problem', problem: read.problem };
    }
    for (const option of read.options) {
      const takes = option.value === null && !TAKES_NO_VALUE.has(option.option) && !read.closed;
      if (takes && LONG_OPTIONS.includes(option.option)) {
        at += 1;
        options.push({ ...option, value: words[at] ?? null });
      } else {
        options.push(option);
      }
    }
  }
  return { kind: 'options', options };
}

type ReadWord =
  | { readonly options: readonly IDirective[]; readonly closed: boolean }
  | { readonly problem: string };

function readLong(word: string): ReadWord {
  const equals = word.indexOf('=');
  const written = equals < 0 ? word : word.slice(0, equals);
  const value = equals < 0 ? null : word.slice(equals + 1);
  const name = written.slice(2);
  const full = LONG_OPTIONS.includes(name)
    ? [name]
    : LONG_OPTIONS.filter(option => option.startsWith(name));
  if (full.length > 1) {
    return { problem: `${written} may mean ${full.map(option => `--${option}`).join(' or ')}.` };
  }
  // Unknown ones may be of a site's own plugins (spank(8)).
  const option = full[0] ?? name;
  return { options: [{ option, written, value }], closed: full.length === 0 };
}

/** `-pdebug`, `-p debug`, `-HQ`: letters without values may stand together. */
function readShort(word: string): ReadWord {
  const options: IDirective[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const letter = word[at] ?? '';
    const option = SHORT_OPTIONS[letter];
    if (option === undefined) {
      return { problem: `sbatch has no option -${letter}.` };
    }
    const written = `-${letter}`;
    if (!TAKES_NO_VALUE.has(option)) {
      const rest = word.slice(at + 1);
      options.push({ option, written, value: rest === '' ? null : rest });
      return { options, closed: false };
    }
    options.push({ option, written, value: null });
  }
  return { options, closed: false };
}
