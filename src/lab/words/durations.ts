import type { TranslationBundle } from '@jupyterlab/translation';
import { count } from './quantities';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in full words, as it was understood: `4 minutes`, `2 days 15 hours 59 minutes`. */
export function inWords(trans: TranslationBundle, seconds: number): string {
  const days = Math.floor(seconds / DAY);
  const hours = Math.floor((seconds % DAY) / HOUR);
  const minutes = Math.floor((seconds % HOUR) / MINUTE);
  const rest = Math.floor(seconds % MINUTE);
  const parts = [
    days > 0 ? trans._n('1 day', '%2 days', days, count(days)) : '',
    hours > 0 ? trans._n('1 hour', '%1 hours', hours) : '',
    minutes > 0 ? trans._n('1 minute', '%1 minutes', minutes) : '',
    rest > 0 ? trans._n('1 second', '%1 seconds', rest) : ''
  ].filter(part => part !== '');
  return parts.length > 0 ? parts.join(' ') : trans.__('no time');
}
