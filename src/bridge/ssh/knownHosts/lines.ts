/** Lines of known_hosts files (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"), as plain data. */

export interface IKnownLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  /** The field of names as it stands: patterns between commas, or one hashed name. */
  readonly names: string;
  readonly algorithm: string;
  readonly key: Buffer;
}

const MARKERS = { '@revoked': 'revoked', '@cert-authority': 'cert-authority' } as const;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** What is no line of that format is passed over, as ssh does; so are keys of version 1. */
export function parseKnownLines(text: string, file: string): IKnownLine[] {
  return text.split('\n').flatMap((written, index) => {
    const line = parseLine(written.trim());
    return line === null ? [] : [{ file, line: index + 1, ...line }];
  });
}

function parseLine(written: string): Omit<IKnownLine, 'file' | 'line'> | null {
  if (written === '' || written.startsWith('#')) {
    return null;
  }
  const fields = written.split(/[ \t]+/);
  let marker: IKnownLine['marker'] = 'none';
  if (fields[0].startsWith('@')) {
    const found = Object.entries(MARKERS).find(([name]) => name === fields[0]);
    if (found === undefined) {
      return null;
    }
    marker = found[1];
    fields.shift();
  }
  if (fields.length < 3 || !BASE64.test(fields[2])) {
    return null;
  }
  const [names, algorithm, encoded] = fields;
  const key = Buffer.from(encoded, 'base64');
  return keyAlgorithm(key) === algorithm ? { marker, names, algorithm, key } : null;
}

/** What the bytes of a public key say that it is (RFC 4253, 6.6): `ssh-ed25519`; null: no key. */
export function keyAlgorithm(key: Buffer): string | null {
  if (key.length < 4) {
    return null;
  }
  const length = key.readUInt32BE(0);
  const name = key.toString('latin1', 4, 4 + Math.min(length, 101));
  // A machine's own bytes, shown before its key is proved: names are of these alone (RFC 4251, 6).
  return key.length >= 4 + length && /^[!-+\--~]{1,100}$/.test(name) ? name : null;
}
