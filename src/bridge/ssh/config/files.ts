import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import SSHConfig, { type Line, LineType } from 'ssh-config';
import { PilothouseError } from '../../errors';
import { matches } from '../knownHosts/names';
import type { IAsked } from './settings';
import type { ISshSurroundings } from './surroundings';
import type { ConfigValues } from './values';

/** As deep as OpenSSH follows (readconf.c, READCONF_MAX_DEPTH). */
const DEEPEST = 16;
const COMMAS = new Set(['proxyjump', 'ciphers', 'macs', 'kexalgorithms', 'hostkeyalgorithms']);
const SYSTEM = '/etc/ssh/ssh_config';

/**
 * The effective settings of a machine where there is no OpenSSH to ask: first
 * the user's file, then the system's. `Match exec` is not run, and matches
 * nothing; a `Host` within a file that is included from within another `Host`
 * is not followed.
 * @throws PilothouseError file_failed
 */
export function readConfigFiles(
  asked: IAsked,
  around: Pick<ISshSurroundings, 'home' | 'configFile'>
): ConfigValues {
  const own = join(around.home, '.ssh');
  const files: [string, string][] =
    around.configFile === null
      ? [
          [join(own, 'config'), own],
          [SYSTEM, dirname(SYSTEM)]
        ]
      : [[around.configFile, own]];
  const config = new SSHConfig();
  for (const [file, folder] of files) {
    config.push(...linesOf(file, folder, around.home, 0));
  }
  const query = { Host: asked.address, ...(asked.user === undefined ? {} : { User: asked.user }) };
  const found = config.compute(query, { ignoreCase: true, matchExec: false });
  return new Map(
    Object.entries(found).map(([name, value]) => [name, valuesOf(name, [value].flat())])
  );
}

/** The files of known_hosts are one value, as `ssh -G` has them. */
const valuesOf = (name: string, values: readonly string[]): readonly string[] => {
  if (name.endsWith('knownhostsfile')) {
    return [values.join(' ')];
  }
  return COMMAS.has(name) && values.some(value => /^[+^-]/.test(value)) ? [] : values;
};

/** A file's lines, those of the files that it includes in their place. */
function linesOf(file: string, folder: string, home: string, depth: number): Line[] {
  return follow(SSHConfig.parse(textOf(file)), folder, home, depth);
}

function follow(lines: readonly Line[], folder: string, home: string, depth: number): Line[] {
  return lines.flatMap((line): Line[] => {
    if (line.type !== LineType.DIRECTIVE) {
      return [];
    }
    if ('config' in line) {
      const inner = new SSHConfig();
      inner.push(...follow(line.config, folder, home, depth));
      return [{ ...line, config: inner }];
    }
    if (line.param.toLowerCase() !== 'include' || depth >= DEEPEST) {
      return [line];
    }
    const patterns = Array.isArray(line.value) ? line.value.map(({ val }) => val) : [line.value];
    return patterns
      .flatMap(pattern => filesFor(pattern, folder, home))
      .flatMap(file => linesOf(file, folder, home, depth + 1));
  });
}

/** Files of a pattern, whose last part alone may have `*` and `?`. */
function filesFor(pattern: string, folder: string, home: string): string[] {
  const path = pattern.startsWith('~/') ? join(home, pattern.slice(2)) : pattern;
  const whole = isAbsolute(path) ? path : join(folder, path);
  if (!/[*?]/.test(basename(whole))) {
    return [whole];
  }
  const names = ifThere(dirname(whole), () => readdirSync(dirname(whole))) ?? [];
  return names
    .filter(name => !name.startsWith('.') && matches(basename(whole), name))
    .sort()
    .map(name => join(dirname(whole), name));
}

const textOf = (file: string): string => ifThere(file, () => readFileSync(file, 'utf8')) ?? '';

function ifThere<T>(path: string, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      return null;
    }
    const problem = error instanceof Error ? error.message : String(error);
    throw new PilothouseError({ code: 'file_failed', params: { path, problem } }, error);
  }
}
