import { StreamLanguage } from '@codemirror/language';
import type { StreamParser } from '@codemirror/language';
import { shell } from '@codemirror/legacy-modes/mode/shell';
import { highlightTree, tagHighlighter, tags } from '@lezer/highlight';
import { scriptMode } from './scriptMode';
import { submitMode } from './submitMode';

const names = tagHighlighter([
  { tag: tags.comment, class: 'comment' },
  { tag: tags.keyword, class: 'keyword' },
  { tag: tags.propertyName, class: 'name' },
  { tag: tags.operator, class: 'operator' },
  { tag: tags.string, class: 'string' },
  { tag: tags.special(tags.variableName), class: 'macro' }
]);

/** The pieces of a text that are coloured, and as what. */
function coloured<State>(mode: StreamParser<State>, text: string): [string, string][] {
  const found: [string, string][] = [];
  highlightTree(StreamLanguage.define(mode).parser.parse(text), names, (from, to, name) =>
    found.push([text.slice(from, to), name])
  );
  return found;
}

describe('what would be submitted, for the eye', () => {
  it('Slurm’s directives stand out from comments', () => {
    expect(coloured(scriptMode(shell), '#SBATCH --time=4:00\n# mine\n')).toEqual([
      ['#SBATCH', 'keyword'],
      ['--time', 'name'],
      ['=', 'operator'],
      ['4:00', 'string'],
      ['# mine', 'comment']
    ]);
  });

  it('a submit description’s commands, attributes, text and macros', () => {
    const text = '# by hand\n+ProjectName = "OSG-Staff"\ninitialdir = $(Process)\nqueue 4\n';
    expect(coloured(submitMode, text)).toEqual([
      ['# by hand', 'comment'],
      ['+ProjectName', 'name'],
      ['=', 'operator'],
      ['"OSG-Staff"', 'string'],
      ['initialdir', 'name'],
      ['=', 'operator'],
      ['$(Process)', 'macro'],
      ['queue', 'keyword']
    ]);
  });
});
