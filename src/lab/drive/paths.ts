import { PoolName } from '../../protocol';
import { legible, meant } from '../words';

/** What JupyterLab writes before the drive's paths: `pilothouse:ospool/home/alice`. */
export const DRIVE = 'pilothouse';

/** A path of a place's submit host. */
export interface ISpot {
  readonly pool: PoolName;
  /** Absolute, and as the machine has it; the drive's own paths are legible. */
  readonly path: string;
}

/** The parts of a path, `.` and `..` resolved; nothing leads above the drive. */
export function partsOf(localPath: string): string[] {
  const parts: string[] = [];
  for (const part of localPath.split('/')) {
    if (part === '..') {
      parts.pop();
    } else if (part !== '' && part !== '.') {
      parts.push(part);
    }
  }
  return parts;
}

/**
 * Where a path of the drive leads: its first part is a place, the others are a path from the root
 * of that place's submit host. null: to the drive itself, or to what can be no place.
 */
export function spotOf(localPath: string): ISpot | null {
  const [first, ...rest] = partsOf(localPath);
  const pool = PoolName.safeParse(first);
  return pool.success ? { pool: pool.data, path: `/${rest.map(meant).join('/')}` } : null;
}

/** The drive's path of a file or folder. */
export const localOf = ({ pool, path }: ISpot): string =>
  partsOf(`${pool}/${legible(path)}`).join('/');

/** The drive's path that another stands for: no two are of one thing. */
export function plain(localPath: string): string {
  const spot = spotOf(localPath);
  return spot === null ? partsOf(localPath).join('/') : localOf(spot);
}

export const nameOf = (localPath: string): string => partsOf(localPath).at(-1) ?? '';

export const folderOf = (localPath: string): string => partsOf(localPath).slice(0, -1).join('/');

export const joined = (folder: string, name: string): string =>
  partsOf(`${folder}/${name}`).join('/');

/** Whether it can be the name of one thing in a folder. */
export const isName = (name: string): boolean =>
  name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);

/** A name and its ending, with the dot: of `.bashrc`, none. */
export function stemOf(name: string): [stem: string, ending: string] {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot)];
}

/** The first of `untitled.txt`, `untitled1.txt`, … that is not taken; JupyterLab's habit. */
export function firstFree(
  taken: ReadonlySet<string>,
  named: (number: number) => string,
  from = 0
): string {
  let number = from;
  while (taken.has(named(number))) {
    number += 1;
  }
  return named(number);
}

/** What a copy is called: as it is, or the first of `a-Copy1.txt`, `a-Copy2.txt`, … that is not taken. */
export function copyName(name: string, taken: ReadonlySet<string>): string {
  const [stem, ending] = stemOf(name);
  return taken.has(name) ? firstFree(taken, number => `${stem}-Copy${number}${ending}`, 1) : name;
}
