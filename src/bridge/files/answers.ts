import { basename, normalize } from 'node:path/posix';
import type { HostEntry } from '../../protocol';

/** How what the scripts print is read: all of it is data, and none of it is trusted. */

/** What stat(1) knows of a file. */
export interface IKnown {
  readonly kind: HostEntry['kind'];
  readonly uid: number;
  readonly gid: number;
  /** Permission bits. */
  readonly mode: number;
  readonly size: number;
  readonly modifiedAtMs: number;
}

/** Who asks. */
export interface IWho {
  readonly uid: number;
  readonly groups: readonly number[];
}

const KNOWN = /^([0-9a-f]{1,8}) (\d{1,10}) (\d{1,10}) (\d{1,16}) (\S+) (\S+) (\S+)/;
/** Bits of the type of a file (inode(7)). */
const TYPE = 0o170000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;
const PERMISSIONS = 0o7777;

/** null: it is no line of stat's. */
export function readKnown(line: string): IKnown | null {
  const found = KNOWN.exec(line);
  if (found === null) {
    return null;
  }
  const [, raw, uid, gid, size, day, time, zone] = found;
  const bits = parseInt(raw, 16);
  const type = bits & TYPE;
  const at = Date.parse(`${day}T${time.slice(0, 12)}${zone.replace(/(\d\d)$/, ':$1')}`);
  return {
    kind: type === REGULAR ? 'file' : type === FOLDER ? 'folder' : 'other',
    uid: Number(uid),
    gid: Number(gid),
    mode: bits & PERMISSIONS,
    size: Number(size),
    // Before 1970 nothing that anybody keeps was written.
    modifiedAtMs: Number.isNaN(at) ? 0 : Math.max(0, at)
  };
}

/** What is known of a file that was opened, and which it is; null: it cannot be read. */
export function readOpened(word: string): { known: IKnown; file: string } | null {
  const known = readKnown(word);
  const file = / (\d{1,20}:\d{1,20})$/.exec(word);
  return known === null || file === null ? null : { known, file: file[1] };
}

export const readWho = (text: string): IWho => {
  const [uid = NaN, ...groups] = text.trim().split(/\s+/).map(Number);
  return { uid, groups };
};

/** By the permission bits: what lists beside them (acl(5)) say, only a try tells. */
export function isWritable({ uid, gid, mode }: IKnown, who: IWho): boolean {
  if (who.uid === 0) {
    return true;
  }
  const bit = uid === who.uid ? 0o200 : who.groups.includes(gid) ? 0o020 : 0o002;
  return (mode & bit) !== 0;
}

export function entryOf(name: string, known: IKnown, who: IWho): HostEntry {
  const { kind, size, modifiedAtMs } = known;
  return { name, kind, size, modifiedAtMs, writable: isWritable(known, who) };
}

/** Path, who asks, what is there: as `tell` prints them; null: it cannot be read. */
export function readTold(stdout: Buffer): { path: string; entry: HostEntry } | null {
  const [path, ids, line] = stdout.toString('utf8').split('\0') as (string | undefined)[];
  const known = readKnown(line ?? '');
  if (path === undefined || !path.startsWith('/') || ids === undefined || known === null) {
    return null;
  }
  const shown = normalize(path);
  return { path: shown, entry: entryOf(basename(shown), known, readWho(ids)) };
}

/** A folder's listing; null: it cannot be read. */
export function readListing(
  stdout: Buffer
): { path: string; entries: HostEntry[]; lines: number } | null {
  const parts = stdout.toString('utf8').split('\0');
  const [path, ids, own, led] = parts as (string | undefined)[];
  if (path?.startsWith('/') !== true || ids === undefined || own === undefined) {
    return null;
  }
  const who = readWho(ids);
  const followed = new Map(named(led ?? ''));
  const entries = [...named(own)].map(([name, known]): HostEntry => {
    const target = followed.get(name);
    return target === undefined
      ? { ...entryOf(name, known, who), kind: 'other' }
      : entryOf(name, target, who);
  });
  return { path: normalize(path), entries, lines: own.split('\n').length - 1 };
}

/** Entries of one listing: a line with a / begins one, others go on with its name. */
function* named(text: string): Generator<[string, IKnown]> {
  const records: string[] = [];
  for (const line of text.replace(/\n$/, '').split('\n')) {
    if (line.includes('/')) {
      records.push(line);
    } else if (records.length > 0) {
      records[records.length - 1] += `\n${line}`;
    }
  }
  for (const record of records) {
    const known = readKnown(record);
    if (known !== null) {
      yield [record.slice(record.indexOf('/') + 1), known];
    }
  }
}

/** What of a file there is: bytes gathered and their hash, the file itself (null: none). */
export interface IPart {
  readonly bytes: number;
  readonly sha256: string | null;
  readonly file: IKnown | null;
}

/** null: it cannot be read, or was refused. */
export function readPart(word: string): IPart | null {
  const found = /^(\d{1,16})\|([0-9a-f]{64})?-?\|(.*)$/.exec(word);
  return found === null
    ? null
    : {
        bytes: Number(found[1]),
        sha256: found.at(2) ?? null,
        file: readKnown(found[3])
      };
}

/** The hash of a beginning and the file itself; null: it cannot be read, or was refused. */
export function readSource(word: string): { sha256: string | null; file: IKnown } | null {
  const found = /^([0-9a-f]{64})?-?\|(.*)$/.exec(word);
  const file = readKnown(found?.[2] ?? '');
  return found === null || file === null ? null : { sha256: found.at(1) ?? null, file };
}

const MOST_CHARS = 1000;

/** What a tool says is in the way, without its name and the path: both are told beside it. */
export function problemOf(stderr: Buffer): string {
  const last = stderr.toString('utf8').trim().split('\n').at(-1) ?? '';
  return last
    .slice(last.lastIndexOf(': ') + 1)
    .trim()
    .slice(0, MOST_CHARS);
}
