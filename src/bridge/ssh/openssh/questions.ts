import type { ISshSettings } from '../config';
import type { IPromptRound } from '../tokens';
import type { Question } from './askpass';

/** What ssh asks, told from its own words (sshconnect.c, sshconnect2.c). */
export type Told =
  | {
      readonly kind: 'machine-key';
      /** As known_hosts calls it: `[host]:port`. */
      readonly name: string;
      /** `ED25519`. */
      readonly type: string;
      readonly fingerprint: string;
      readonly alsoKnownAs: readonly string[];
      /** Whether the fingerprint itself may be the answer (OpenSSH 8.0). */
      readonly byFingerprint: boolean;
    }
  /** A machine key after all, in words that are not known. */
  | { readonly kind: 'unknown-key' }
  /** A security key is to be touched: nothing to answer. */
  | { readonly kind: 'notice'; readonly text: string }
  | {
      readonly kind: 'prompt';
      readonly method: IPromptRound['method'];
      readonly text: string;
      /** Who ssh says it is for; null: it does not. */
      readonly login: { readonly user: string; readonly host: string } | null;
      /** Yes or no is meant. */
      readonly confirm: boolean;
    };

const CONTINUE = /\(yes\/no(\/\[fingerprint\])?\)\? ?$/;
const TYPE_YES = "Please type 'yes'";
const NAME = /^The authenticity of host '(.+?)(?: \([^()]*\))?' can't be established/m;
const KEY = /^(\S+) key fingerprint is:? ?(\S+?)\.?$/m;
const OTHERS = /^ {4}.+?:\d+: (.+)$/gm;

export function tellQuestion({ text, hint }: Pick<Question, 'text' | 'hint'>): Told {
  if (hint === 'none') {
    return { kind: 'notice', text };
  }
  if (CONTINUE.test(text) || text.startsWith(TYPE_YES)) {
    const [name, key] = [NAME.exec(text), KEY.exec(text)];
    if (name === null || key?.[2].startsWith('SHA256:') !== true) {
      return { kind: 'unknown-key' };
    }
    return {
      kind: 'machine-key',
      name: name[1],
      type: key[1],
      fingerprint: key[2],
      alsoKnownAs: [...text.matchAll(OTHERS)].flatMap(found => found[1].split(',')),
      byFingerprint: text.includes('/[fingerprint]')
    };
  }
  const confirm = hint === 'confirm';
  if (/^Enter (passphrase|PIN)\b/.test(text)) {
    return { kind: 'prompt', method: 'passphrase', text, login: null, confirm };
  }
  const password = /^(.+)@([^@]+)'s (?:old |new )?password: $/.exec(text);
  if (password !== null) {
    const login = { user: password[1], host: password[2] };
    return { kind: 'prompt', method: 'password', text, login, confirm };
  }
  // ssh itself says who is asked since 8.8, so that no machine can ask for another.
  const interactive = /^\((.+?)@([^@()\s]+)\) ([\s\S]*)$/.exec(text);
  return {
    kind: 'prompt',
    method: 'keyboard-interactive',
    text: interactive === null ? text : interactive[3],
    login: interactive === null ? null : { user: interactive[1], host: interactive[2] },
    confirm
  };
}

/** Whether ssh means this machine: it names it as it dials it, or by its alias (sshconnect2.c). */
export const isMeant = (
  machine: Pick<ISshSettings, 'user' | 'host' | 'hostKeyAlias'>,
  login: { readonly user: string; readonly host: string }
): boolean =>
  machine.user === login.user &&
  [machine.host, machine.hostKeyAlias].some(
    name => name?.toLowerCase() === login.host.toLowerCase()
  );

/** As known_hosts and keys call a type that ssh's question calls `ED25519` (sshkey.c, keytypes). */
export function algorithmOf(type: string): string {
  const names: Readonly<Record<string, string>> = {
    ED25519: 'ssh-ed25519',
    'ED25519-SK': 'sk-ssh-ed25519@openssh.com',
    RSA: 'ssh-rsa',
    DSA: 'ssh-dss',
    'ECDSA-SK': 'sk-ecdsa-sha2-nistp256@openssh.com'
  };
  return names[type] ?? type;
}
