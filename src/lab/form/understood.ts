import type { TranslationBundle } from '@jupyterlab/translation';
import { parseWalltime } from '../../protocol';
import { count, inWords } from '../words';
import type { IField } from './fields';
import { textOf } from './paths';

/** What was understood of a value that can be written in several ways; empty: it goes without saying. */
export function understood(trans: TranslationBundle, field: IField, value: unknown): string {
  if (value === undefined) {
    return '';
  }
  if (field.input === 'walltime') {
    const read = parseWalltime(textOf(value));
    return 'seconds' in read ? inWords(trans, read.seconds) : '';
  }
  if (field.input === 'memory' && typeof value === 'number' && value >= 1024) {
    return trans.__('%1 MiB', count(value));
  }
  if (field.unit === 'seconds' && typeof value === 'number' && value >= 60) {
    return inWords(trans, value);
  }
  return '';
}
