import type { Contents } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { emptyOf, untitledName } from './untitled';

const trans = nullTranslator.load('jupyterlab_pilothouse');

describe('a new thing', () => {
  it.each<[string, Pick<Contents.ICreateOptions, 'type' | 'ext'>, string[], string]>([
    ['a text', { type: 'file', ext: '.txt' }, [], 'untitled.txt'],
    ['a text, its ending without a dot', { type: 'file', ext: 'md' }, [], 'untitled.md'],
    ['a file of no kind', { type: 'file' }, [], 'untitled'],
    ['whatever it is', {}, [], 'untitled'],
    ['a notebook', { type: 'notebook' }, [], 'Untitled.ipynb'],
    ['a notebook, whatever its ending', { type: 'notebook', ext: 'txt' }, [], 'Untitled.ipynb'],
    ['a folder', { type: 'directory' }, [], 'Untitled Folder'],
    ['a second text', { type: 'file', ext: 'txt' }, ['untitled.txt'], 'untitled1.txt'],
    ['a second folder', { type: 'directory' }, ['Untitled Folder'], 'Untitled Folder 1'],
    [
      'a notebook, where one has gone',
      { type: 'notebook' },
      ['Untitled.ipynb', 'Untitled2.ipynb'],
      'Untitled1.ipynb'
    ],
    ['a file beside another in capitals', { type: 'file' }, ['Untitled'], 'untitled']
  ])('%s', (_, options, taken, name) => {
    expect(untitledName(trans, options, new Set(taken))).toBe(name);
  });

  it('holds what JupyterLab can open', () => {
    expect(emptyOf('notebook').content).toMatchObject({ cells: [], nbformat: 4 });
    for (const type of ['file', undefined] as const) {
      expect(emptyOf(type)).toEqual({ type: 'file', format: 'text', content: '' });
    }
  });
});
