import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { firstFree } from './paths';

/** What a new file or folder is called, as JupyterLab's own drive calls it. */
export function untitledName(
  trans: TranslationBundle,
  { type, ext = '' }: Pick<Contents.ICreateOptions, 'type' | 'ext'>,
  taken: ReadonlySet<string>
): string {
  return firstFree(taken, number => {
    const ending = number === 0 ? '' : String(number);
    switch (type) {
      case 'directory':
        return [trans.__('Untitled Folder'), ending].filter(Boolean).join(' ');
      case 'notebook':
        return `${trans.__('Untitled')}${ending}.ipynb`;
      default:
        return `${trans.__('untitled')}${ending}${withDot(ext)}`;
    }
  });
}

/** What a new file holds. */
export function emptyOf(
  type: Contents.ContentType | undefined
): Pick<Contents.IModel, 'type' | 'format' | 'content'> {
  return type === 'notebook'
    ? {
        type,
        format: 'json',
        content: { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }
      }
    : { type: 'file', format: 'text', content: '' };
}

const withDot = (ending: string): string =>
  ending === '' || ending.startsWith('.') ? ending : `.${ending}`;
