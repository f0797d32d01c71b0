import type { IHostEntry } from '../tokens';

/** How what the other machine prints is read: all of it is data, and none of it is trusted. */

/** One line of stat(1), as the scripts ask for it. */
export interface IStat extends IHostEntry {
  readonly uid: number;
  /** Permission bits. */
  readonly mode: number;
}

const LINE = /^([0-9a-f]{1,8}) (\d{1,10}) (\d{1,16}) (\S+) (\S+) (\S+) (.+)$/;
/** Bits of the type of a file (inode(7)). */
const TYPE = 0o170000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;
const PERMISSIONS = 0o7777;

/** null: it is no line of stat's. */
export function readStat(line: string): IStat | null {
  const found = LINE.exec(line);
  if (found === null) {
    return null;
  }
  const [, raw, uid, size, day, time, zone, name] = found;
  const bits = parseInt(raw, 16);
  const type = bits & TYPE;
  const modifiedAtMs = Date.parse(`${day}T${time.slice(0, 12)}${zone.replace(/(\d\d)$/, ':$1')}`);
  return {
    name,
    kind: type === REGULAR ? 'file' : type === FOLDER ? 'folder' : 'other',
    size: Number(size),
    modifiedAtMs: Number.isNaN(modifiedAtMs) ? 0 : modifiedAtMs,
    uid: Number(uid),
    mode: bits & PERMISSIONS
  };
}

/** Lines that are none of stat's are passed over: what they would be about is then not there. */
export const readStats = (text: string): IStat[] =>
  text
    .split('\n')
    .map(readStat)
    .filter(stat => stat !== null);

const NOT_THERE =
  /: (No such file or directory|Not a directory|Too many levels of symbolic links)$/;

/** What a tool said but that something is not there; empty: nothing. */
export const otherThanMissing = (stderr: string): string =>
  stderr
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !NOT_THERE.test(line))
    .join('\n');

/** What there is of a file that is to be put: whose question it was, the file itself, a part of it. */
export interface IPutState {
  readonly uid: number;
  readonly there: {
    readonly kind: IHostEntry['kind'];
    readonly size: number;
    readonly uid: number;
    readonly mode: number;
  } | null;
  readonly part: { readonly bytes: number; readonly sha256: string | null } | null;
}

const PUT =
  /^(\d{1,10})\|(?:([0-9a-f]{1,8}) (\d{1,10}) (\d{1,16}))?\|(?:(\d{1,16})(?: ([0-9a-f]{64}))? ?)?$/;

/** null: it cannot be read. */
export function readPutState(word: string): IPutState | null {
  const found = PUT.exec(word.trim());
  if (found === null) {
    return null;
  }
  const [, uid, raw, owner, size, bytes, sha256] = found as (string | undefined)[];
  const stat = raw === undefined ? null : readStat(`${raw} ${owner ?? ''} ${size ?? ''} - - - x`);
  return {
    uid: Number(uid),
    there: stat,
    part: bytes === undefined ? null : { bytes: Number(bytes), sha256: sha256 ?? null }
  };
}

/** Where a piece begins, and the size of its file; null: it cannot be read. */
export function readPieceWord(word: string): { offset: number; size: number } | null {
  const found = /^(\d{1,16}) (\d{1,16})$/.exec(word);
  return found === null ? null : { offset: Number(found[1]), size: Number(found[2]) };
}

/** Variables between two marks, a NUL behind each; null: there are no marks. */
export function readEnvironment(
  answer: string,
  begin: string,
  end: string
): NodeJS.ProcessEnv | null {
  const from = answer.indexOf(begin);
  const to = answer.indexOf(end, from + begin.length);
  if (from === -1 || to === -1) {
    return null;
  }
  const environment: NodeJS.ProcessEnv = {};
  for (const text of answer.slice(from + begin.length, to).split('\0')) {
    const at = text.indexOf('=');
    const name = text.slice(0, at);
    if (at > 0 && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      environment[name] = text.slice(at + 1);
    }
  }
  return environment;
}

const SIGNALS: Readonly<Record<number, NodeJS.Signals | undefined>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ'
};
const OF_SIGNALS = 128;

/**
 * How a program ended. A shell tells a signal as an exit code above 128
 * (POSIX.1-2017, Shell Command Language 2.8.2); a program that ends with such a
 * code by itself cannot be told from that.
 */
export function endOf(code: number): { exitCode: number | null; signal: string | null } {
  const signal = SIGNALS[code - OF_SIGNALS];
  return signal === undefined ? { exitCode: code, signal: null } : { exitCode: null, signal };
}
