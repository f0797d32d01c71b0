import { PilothouseError } from '../../errors';
import type { AlgorithmKind, ISshSettings } from '../config';

/**
 * What ssh2 1.17 can (its README, "algorithms"): first what it offers by
 * itself, in its own order, then what it does only where the configuration
 * asks for it. `ssh-rsa`, whose signatures are SHA-1, is of the second kind
 * here, as it is with OpenSSH since 8.8.
 */
export const ALGORITHMS: Readonly<
  Record<AlgorithmKind, { readonly usual: readonly string[]; readonly asked: readonly string[] }>
> = {
  kex: {
    usual: [
      'curve25519-sha256@libssh.org',
      'curve25519-sha256',
      'ecdh-sha2-nistp256',
      'ecdh-sha2-nistp384',
      'ecdh-sha2-nistp521',
      'diffie-hellman-group-exchange-sha256',
      'diffie-hellman-group14-sha256',
      'diffie-hellman-group15-sha512',
      'diffie-hellman-group16-sha512',
      'diffie-hellman-group17-sha512',
      'diffie-hellman-group18-sha512'
    ],
    asked: [
      'diffie-hellman-group-exchange-sha1',
      'diffie-hellman-group14-sha1',
      'diffie-hellman-group1-sha1'
    ]
  },
  serverHostKey: {
    usual: [
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'ecdsa-sha2-nistp384',
      'ecdsa-sha2-nistp521',
      'rsa-sha2-512',
      'rsa-sha2-256'
    ],
    asked: ['ssh-rsa']
  },
  cipher: {
    usual: [
      'aes128-gcm@openssh.com',
      'aes256-gcm@openssh.com',
      'aes128-ctr',
      'aes192-ctr',
      'aes256-ctr',
      'chacha20-poly1305@openssh.com'
    ],
    asked: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc']
  },
  hmac: {
    usual: [
      'hmac-sha2-256-etm@openssh.com',
      'hmac-sha2-512-etm@openssh.com',
      'hmac-sha1-etm@openssh.com',
      'hmac-sha2-256',
      'hmac-sha2-512',
      'hmac-sha1'
    ],
    asked: []
  }
};

const WORDS: Readonly<Record<AlgorithmKind, string>> = {
  kex: 'key exchange',
  serverHostKey: 'machine keys',
  cipher: 'encryption',
  hmac: 'message authentication'
};

/** Signatures of a kind of key, in known_hosts called by the key's name. */
const keyOf = (algorithm: string): string =>
  algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm;

/**
 * What is offered to a machine: what both the configuration and ssh2 have;
 * algorithms of the machine's known keys before others (sshconnect2.c,
 * order_hostkeyalgs).
 * @throws PilothouseError transport_unfit where nothing is left
 */
export function offeredAlgorithms(
  settings: Pick<ISshSettings, 'algorithms' | 'host'>,
  knownKeys: ReadonlySet<string>
): Record<AlgorithmKind, string[]> {
  const choose = (kind: AlgorithmKind): string[] => {
    const wanted = settings.algorithms[kind];
    const { usual, asked } = ALGORITHMS[kind];
    const both =
      wanted === null
        ? usual
        : [...usual, ...asked].filter(algorithm => wanted.includes(algorithm));
    if (both.length === 0) {
      const what = `any of the algorithms for ${WORDS[kind]} that your configuration allows`;
      throw new PilothouseError({
        code: 'transport_unfit',
        params: { host: settings.host, what }
      });
    }
    return [...both];
  };
  const keys = choose('serverHostKey');
  const known = (algorithm: string): boolean => knownKeys.has(keyOf(algorithm));
  return {
    kex: choose('kex'),
    serverHostKey: [...keys.filter(known), ...keys.filter(each => !known(each))],
    cipher: choose('cipher'),
    hmac: choose('hmac')
  };
}
