import { createHash } from 'node:crypto';
import { type IKnownLine, keyAlgorithm } from './lines';
import { knownName, meansName } from './names';

/** A machine as known_hosts is asked for it. */
export interface IKnownMachine {
  /** As it was dialled, after ssh_config's HostName. */
  readonly host: string;
  readonly port: number;
  /** ssh_config's HostKeyAlias: looked up in place of host and port. */
  readonly alias: string | null;
}

/**
 * What known_hosts says of a key. changed: others are known for this machine,
 * and this is none of them. new: no key is known for it; `byAuthority`: a
 * certificate authority is, whose certificates ssh2 cannot check.
 */
export type Judgement =
  | { readonly kind: 'known'; readonly file: string; readonly line: number }
  | { readonly kind: 'new'; readonly byAuthority: boolean }
  | {
      readonly kind: 'changed';
      readonly file: string;
      readonly line: number;
      /** The fingerprint of the key that is known. */
      readonly expected: string;
    }
  | { readonly kind: 'revoked'; readonly file: string; readonly line: number };

/** As ssh-keygen(1) prints it. */
export const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** The name by which a machine is looked up, and under which its key is written down. */
export const nameOf = (machine: IKnownMachine): string =>
  machine.alias === null ? knownName(machine.host, machine.port) : machine.alias.toLowerCase();

/**
 * Judges a key. A name may have several keys of one algorithm: several login
 * nodes behind it. A key of an algorithm that is not known counts as changed
 * where others are: the known ones are asked for first, so that the machine
 * has none of them any more. (ssh asks a person then, with a warning.)
 */
export function judge(
  lines: readonly IKnownLine[],
  machine: IKnownMachine,
  key: Buffer
): Judgement {
  const name = nameOf(machine);
  const meant = lines.filter(line => meansName(line.names, name));
  const same = (line: IKnownLine): boolean => line.key.equals(key);
  const atAnyPort = machine.alias === null ? machine.host.toLowerCase() : name;
  const revoked = lines.find(
    line =>
      line.marker === 'revoked' &&
      same(line) &&
      (meansName(line.names, name) || meansName(line.names, atAnyPort))
  );
  if (revoked !== undefined) {
    return { kind: 'revoked', file: revoked.file, line: revoked.line };
  }
  const plain = meant.filter(line => line.marker === 'none');
  const known = plain.length > 0 ? plain.find(same) : withoutPort(lines, machine, key);
  if (known !== undefined) {
    return { kind: 'known', file: known.file, line: known.line };
  }
  if (plain.length > 0) {
    const expected = plain.find(line => line.algorithm === keyAlgorithm(key)) ?? plain[0];
    return {
      kind: 'changed',
      file: expected.file,
      line: expected.line,
      expected: fingerprintOf(expected.key)
    };
  }
  return { kind: 'new', byAuthority: meant.some(line => line.marker === 'cert-authority') };
}

/** A key that is known for the same host at port 22 is accepted at others, too (sshconnect.c). */
function withoutPort(
  lines: readonly IKnownLine[],
  machine: IKnownMachine,
  key: Buffer
): IKnownLine | undefined {
  const name = machine.host.toLowerCase();
  return lines.find(
    line =>
      machine.alias === null &&
      line.marker === 'none' &&
      meansName(line.names, name) &&
      line.key.equals(key)
  );
}

/** Algorithms of the keys that are known for a machine: to be asked for before others. */
export function knownAlgorithms(
  lines: readonly IKnownLine[],
  machine: IKnownMachine
): ReadonlySet<string> {
  const name = nameOf(machine);
  const plain = lines.filter(line => line.marker === 'none' && meansName(line.names, name));
  return new Set(plain.map(line => line.algorithm));
}

/** Most names that are told of one key. */
const NAMES_TOLD = 10;

/** Other names that have this key, as far as they are written in clear. */
export function otherNames(
  lines: readonly IKnownLine[],
  machine: IKnownMachine,
  key: Buffer
): string[] {
  const name = nameOf(machine);
  const names = lines
    .filter(line => line.marker === 'none' && line.key.equals(key) && !line.names.startsWith('|'))
    .flatMap(line => line.names.split(','))
    .filter(each => each !== name && !each.startsWith('!') && each.length <= 300);
  return [...new Set(names)].slice(0, NAMES_TOLD);
}
