import type { TranslationBundle } from '@jupyterlab/translation';
import { WHYS } from '../../protocol';
import type { Why, WhyAction } from '../../protocol';
import { count, memory } from './quantities';
import { ofContract } from './tables';

/** Why a pilot waits, is held or has ended, as a person reads it. */
export interface IWhyWords {
  /** A few words, for a row. */
  readonly title: string;
  /** What happened; empty where nobody has described this code. */
  readonly says: string;
  /** What helps; empty where nothing has to be done. */
  readonly helps: string;
}

/** The words for a cause: those of the one table, else the scheduler's own. */
export function whyWords(trans: TranslationBundle, why: Why): IWhyWords {
  const known = Object.hasOwn(WHYS, why.code) ? WHYS[why.code] : undefined;
  if (known === undefined) {
    const own = why.words.trim().split('\n')[0];
    return { title: own === '' ? why.code : own, says: '', helps: '' };
  }
  const filled = (sentence: string): string =>
    ofContract(trans, sentence).replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = Object.hasOwn(why.params, name) ? why.params[name] : null;
      return value === null ? '?' : typeof value === 'number' ? count(value) : value;
    });
  return { title: filled(known.title), says: filled(known.says), helps: filled(known.helps) };
}

/** What an action does, as its button says it; empty where there is nothing to press. */
export function whyActionLabel(trans: TranslationBundle, action: WhyAction): string {
  switch (action.kind) {
    case 'release':
      return trans.__('Release');
    case 'remove':
      return trans.__('Remove');
    case 'resubmit':
      if (action.memoryMiB !== undefined) {
        return trans.__('Resubmit with %1', memory(trans, action.memoryMiB));
      }
      return action.diskMiB !== undefined
        ? trans.__('Resubmit with %1 of disk', memory(trans, action.diskMiB))
        : trans.__('Resubmit');
    case 'edit':
      return trans.__('Change the place…');
    case 'wait':
      return '';
  }
}
