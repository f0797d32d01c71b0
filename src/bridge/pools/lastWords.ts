import { join } from 'node:path';
import { LIMITS, type LogFile } from '../../protocol';
import type { IHost } from '../hosts';

/** So much of a lease's logs an agent prints at most (agent/log_tails.py). */
const TAILS_BYTES = 64 * 1024;

/** What a pilot's script and agent wrote last; empty if they wrote nothing. */
export async function lastWords(
  host: IHost,
  folder: string,
  files: Partial<Record<LogFile, string>>
): Promise<string> {
  const bytes = LIMITS.wordsChars + TAILS_BYTES;
  const found: string[] = [];
  for (const file of [files.output, files.error]) {
    const piece = file === undefined ? null : await host.read(join(folder, file), -bytes, bytes);
    const text = withoutTails(piece?.bytes.toString('utf8') ?? '').trimEnd();
    if (text !== '') {
      found.push(text.slice(-LIMITS.wordsChars));
    }
  }
  return found.join('\n').slice(-LIMITS.wordsChars);
}

/**
 * What a pilot printed itself: where its folder goes with it, its agent prints
 * the end of what pools and tasks wrote, each line behind a bar, between lines
 * that say so.
 */
export const withoutTails = (text: string): string =>
  text
    .replace(/^---- lease \S+, \S+: .*\n(?:\| .*(?:\n|$))*(?:---- end of \S+(?:\n|$))?/gm, '')
    // A text may begin within one.
    .replace(/^(?:\| .*\n)+---- end of \S+(?:\n|$)/gm, '');
