import { join } from 'node:path';
import { LIMITS, type LogFile } from '../../protocol';
import type { IHost } from '../hosts';

/** What a pilot's script and agent wrote last; empty if they wrote nothing. */
export async function lastWords(
  host: IHost,
  folder: string,
  files: Partial<Record<LogFile, string>>
): Promise<string> {
  const found: string[] = [];
  for (const file of [files.output, files.error]) {
    const piece =
      file === undefined
        ? null
        : await host.read(join(folder, file), -LIMITS.wordsChars, LIMITS.wordsChars);
    const text = piece?.bytes.toString('utf8').trimEnd() ?? '';
    if (text !== '') {
      found.push(text);
    }
  }
  return found.join('\n').slice(-LIMITS.wordsChars);
}
