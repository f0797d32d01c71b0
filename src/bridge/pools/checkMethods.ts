import type { Result } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IHost } from '../hosts';
import { profileOf } from '../profiles/check';
import type { IPools } from '../tokens';
import type { IUplinks } from '../tunnels';
import type { PoolBook } from './poolBook';
import type { Sites } from './sites';

/** What these methods are made of. */
export interface ICheckMethodParts {
  readonly pools: PoolBook;
  readonly sites: Sites;
  readonly uplinks: Pick<IUplinks, 'check'>;
}

const FOLDER_WITHIN_MS = 60_000;

/**
 * In the folder: whether a file can be written, whether a program starts, and
 * the KiB that are free (df(1) in the form of POSIX: the fourth column of the second line).
 */
const FOLDER_SCRIPT = `f=$(mktemp ./.check-XXXXXXXXXX) || exit 1
printf '#!/bin/sh\\nexit 0\\n%4096s\\n' '' > "$f" && chmod 700 "$f" || { rm -f "$f"; exit 1; }
if "$f" 2>/dev/null; then echo runs; else echo closed; fi
rm -f "$f" || exit 1
df -Pk . 2>/dev/null || :`;

/** Trying what a place is made of, before anything is submitted there. */
export function makeCheckMethods({
  pools,
  sites,
  uplinks
}: ICheckMethodParts): Required<Pick<IPools['handlers'], 'checks.folder' | 'checks.uplink'>> {
  return {
    'checks.folder': ({ pool }) => {
      const { profile } = pools.open(pool);
      return checkFolder(sites.of(profile).host, profile.submitHost.folder);
    },
    'checks.uplink': ({ pool, kind, mayListen, profile: written }) => {
      const profile = written === undefined ? pools.open(pool).profile : profileOf(written);
      if (!profile.uplink.kinds.includes(kind)) {
        throw new PilothouseError({
          code: 'invalid_params',
          params: { field: 'kind', message: `the profile ${profile.name} does not name ${kind}` }
        });
      }
      return uplinks.check(profile, kind, mayListen);
    }
  };
}

/** @throws PilothouseError file_failed, login_needed, and what keeps a command from being run */
async function checkFolder(
  host: IHost,
  wanted: string | undefined
): Promise<Result<'checks.folder'>> {
  const path = await host.folder(wanted);
  const { exitCode, stdout, stderr } = await host.run({
    argv: ['/bin/sh', '-c', FOLDER_SCRIPT],
    folder: path,
    timeoutMs: FOLDER_WITHIN_MS
  });
  if (exitCode !== 0) {
    throw new PilothouseError({
      code: 'file_failed',
      params: { path, problem: 'no file can be written there' },
      machine: host.name,
      words: stderr.trim()
    });
  }
  return { machine: host.name, path, ...readFolder(stdout) };
}

/** What FOLDER_SCRIPT printed. */
export function readFolder(text: string): {
  readonly runs: boolean;
  readonly freeMiB: number | null;
} {
  const [runs, , ...usage] = text.split('\n');
  // A long name of a device has a line of its own only outside POSIX's form; a mount point may hold blanks.
  const free = /\s\d+\s+\d+\s+(\d+)\s+\d+%\s/.exec(usage.join('\n'))?.[1];
  return { runs: runs === 'runs', freeMiB: free === undefined ? null : Number(free) / 1024 };
}
