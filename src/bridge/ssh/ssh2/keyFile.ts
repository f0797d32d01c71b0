import { readFile, stat } from 'node:fs/promises';
import { type ParsedKey, utils } from 'ssh2';
import { keyAlgorithm } from '../knownHosts';

/** A private key's file, as far as it can be read without its passphrase. */
export type KeyFile =
  /** There is none: the usual names are tried whether or not they are there. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'open'; readonly path: string; readonly key: ParsedKey }
  | {
      readonly kind: 'locked';
      readonly path: string;
      /** null: an old format without its public half beside it. */
      readonly publicKey: ParsedKey | null;
      readonly text: string;
    }
  /** The public half alone: an agent may have the other. */
  | { readonly kind: 'public'; readonly path: string; readonly publicKey: ParsedKey }
  | { readonly kind: 'unfit'; readonly path: string; readonly what: string };

const MOST_BYTES = 64 * 1024;
const OF_OTHERS = 0o077;

export async function readKeyFile(path: string): Promise<KeyFile> {
  let text: string;
  let mode: number;
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > MOST_BYTES) {
      return { kind: 'unfit', path, what: `${path}, which is no key file` };
    }
    mode = found.mode;
    text = await readFile(path, 'latin1');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return ['ENOENT', 'ENOTDIR'].includes(code)
      ? { kind: 'missing' }
      : { kind: 'unfit', path, what: `${path}, which cannot be read (${message})` };
  }
  const read = parseKeyFile(text, path);
  if (read.kind === 'locked' && read.publicKey === null) {
    return { ...read, publicKey: await publicHalf(`${path}.pub`) };
  }
  if ((read.kind === 'open' || read.kind === 'locked') && (mode & OF_OTHERS) !== 0) {
    // ssh does not use such a key, either.
    return { kind: 'unfit', path, what: `${path}, which others can read (chmod 600 closes it)` };
  }
  return read;
}

/** The certificate that ssh takes with a key unasked (ssh_config(5), IdentityFile), in words. */
export async function certificateOf(path: string): Promise<string | null> {
  const file = `${path}-cert.pub`;
  try {
    return (await stat(file)).isFile() ? `the certificate ${file}` : null;
  } catch {
    // Whatever the reason, ssh would not have it, either.
    return null;
  }
}

/** What a file's text is. */
export function parseKeyFile(text: string, path: string): KeyFile {
  const parsed = utils.parseKey(text);
  if (!(parsed instanceof Error)) {
    const key = [parsed].flat()[0];
    return key.isPrivateKey()
      ? { kind: 'open', path, key }
      : { kind: 'public', path, publicKey: key };
  }
  const blob = publicBlob(text);
  const algorithm = blob === null ? null : keyAlgorithm(blob);
  if (algorithm?.startsWith('sk-') === true || text.startsWith('sk-')) {
    return { kind: 'unfit', path, what: `the security key of ${path}` };
  }
  if (parsed.message.includes('no passphrase given')) {
    const half = blob === null ? null : utils.parseKey(blob);
    return {
      kind: 'locked',
      path,
      text,
      publicKey: half === null || half instanceof Error ? null : [half].flat()[0]
    };
  }
  return { kind: 'unfit', path, what: `${path}, whose format it does not know` };
}

/** @returns null where this is not its passphrase */
export function unlock(text: string, passphrase: string): ParsedKey | null {
  const parsed = utils.parseKey(text, passphrase);
  return parsed instanceof Error ? null : [parsed].flat()[0];
}

async function publicHalf(path: string): Promise<ParsedKey | null> {
  try {
    const parsed = utils.parseKey(await readFile(path, 'latin1'));
    return parsed instanceof Error ? null : [parsed].flat()[0];
  } catch {
    // Not there: the passphrase is asked for before the key is offered, that is all.
    return null;
  }
}

const MAGIC = 'openssh-key-v1\0';

/** The public half within a file of OpenSSH's own format, which is never encrypted (PROTOCOL.key). */
function publicBlob(text: string): Buffer | null {
  const found = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(text);
  const bytes = Buffer.from(found?.[1] ?? '', 'base64');
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    return null;
  }
  // After the names of cipher and key derivation and its options: how many keys, and the first.
  let at = MAGIC.length;
  for (let field = 0; field < 3; field += 1) {
    at += 4 + (at + 4 <= bytes.length ? bytes.readUInt32BE(at) : bytes.length);
  }
  at += 4;
  const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : bytes.length;
  return at + 4 + length <= bytes.length ? bytes.subarray(at + 4, at + 4 + length) : null;
}
