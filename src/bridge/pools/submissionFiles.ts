import { textOf } from '../../protocol';
import type { IHostFile } from '../hosts';
import type { IPlan } from '../schedulers';
import type { IPilotEntry } from './model';
import { pilotFile, type IPilotFileParts } from './pilotFile';

/** All of a submission's folder: what was planned, and each pilot's own secret file. */
export function submissionFiles(
  { files }: IPlan,
  entries: readonly IPilotEntry[],
  parts: Omit<IPilotFileParts, 'pilot' | 'profile' | 'kept'>
): IHostFile[] {
  const planned = files.map((file): IHostFile => {
    const mode = file.language === 'shell' ? 0o700 : 0o600;
    return { path: file.path, content: textOf(file), mode };
  });
  const own = entries.map(({ pool, record, submission }, number): IHostFile => {
    const file = pilotFile({
      ...parts,
      pilot: record.pilot,
      profile: submission?.record.profile ?? pool.profile,
      kept: pool.typed !== null || pool.profile.scaling.min > 0
    });
    return { path: `${number}/pilot.json`, content: JSON.stringify(file), mode: 0o600 };
  });
  return [...planned, ...own];
}
