import { createHmac, randomBytes } from 'node:crypto';

/** Names of machines as known_hosts has them (sshd(8); ssh_config(5), PATTERNS). */

const SSH_PORT = 22;

/** A machine as it is looked up: `host`, or `[host]:port` where that is not 22. */
export function knownName(host: string, port: number): string {
  const lower = host.toLowerCase();
  return port === SSH_PORT ? lower : `[${lower}]:${port}`;
}

/** Whether a line's field of names means this one. */
export function meansName(names: string, name: string): boolean {
  if (names.startsWith('|')) {
    return isHashOf(names, name);
  }
  let found = false;
  for (const pattern of names.split(',')) {
    if (pattern.startsWith('!')) {
      if (matches(pattern.slice(1), name)) {
        return false;
      }
    } else {
      found ||= matches(pattern, name);
    }
  }
  return found;
}

/** `*` and `?`, without regard to case; takes time of pattern times name at most. */
export function matches(pattern: string, name: string): boolean {
  const [wanted, given] = [pattern.toLowerCase(), name.toLowerCase()];
  let at = 0;
  let from = 0;
  let star = -1;
  let starFrom = 0;
  while (from < given.length) {
    if (wanted[at] === '*') {
      [star, starFrom] = [at, from];
      at += 1;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === given[from])) {
      [at, from] = [at + 1, from + 1];
    } else if (star >= 0) {
      starFrom += 1;
      [at, from] = [star + 1, starFrom];
    } else {
      return false;
    }
  }
  return /^\**$/.test(wanted.slice(at));
}

/** `|1|salt|hash`: HMAC-SHA1 of the name by the salt (ssh-keygen(1), -H). */
function isHashOf(names: string, name: string): boolean {
  const [, version, salt = '', hash = ''] = names.split('|');
  return version === '1' && hashBy(Buffer.from(salt, 'base64'), name) === hash;
}

/** A name as `HashKnownHosts yes` writes it. */
export function hashedName(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${hashBy(salt, name)}`;
}

const hashBy = (salt: Buffer, name: string): string =>
  createHmac('sha1', salt).update(name).digest('base64');
