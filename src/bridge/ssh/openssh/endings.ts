import { LIMITS } from '../../../protocol';
import { PilothouseError } from '../../errors';
import { shown } from '../shown';
import { saysNotAllowed } from '../ssh2/endings';

/** What was seen of a login until ssh ended. */
export interface ISeen {
  /** As the error names the machine. */
  readonly host: string;
  /** reaching: no machine has answered; handshake: its key is not accepted; login: it asks who is there. */
  readonly phase: 'reaching' | 'handshake' | 'login';
  /** An answer had gone there, or a key was right, and nothing had come back but words. */
  readonly answered: boolean;
  /** The machine waits no longer than that, as far as is known, and it has been so long; null: it has not. */
  readonly overSeconds: number | null;
  /** The machine's words since. */
  readonly said: string;
  /** ssh's own. */
  readonly own: string;
  /** The key that the machine has shown. */
  readonly fingerprint: string;
  /** Whose key it is expected to be, where a file says so. */
  readonly expectedAt: (file: string, line: number) => string;
  readonly revokedAt: { readonly file: string; readonly line: number } | null;
}

/** The first machine's name or address led nowhere (sshconnect.c); what closes later has other words. */
const NOT_CONNECTED = /^ssh: (connect to host|Could not resolve hostname) /m;

/** Why ssh gave a login up. */
export function whyEnded(seen: ISeen): PilothouseError {
  const { host, own, fingerprint, said } = seen;
  // A reason is given again with each way to prove oneself that it holds for.
  const ownLines = [...new Set(own.trim().split('\n'))].join('\n');
  const lines = [said.trim(), ownLines].filter(text => text !== '');
  const words = shown(lines.join('\n'), LIMITS.wordsChars).trim();
  if (/REVOKED HOST KEY|was revoked and you have requested|revoked by file/.test(own)) {
    const { file, line } = seen.revokedAt ?? { file: '', line: 0 };
    const params = { host, fingerprint, file, line };
    return new PilothouseError({ code: 'machine_key_revoked', params, words });
  }
  const offending = /^Offending .*key in (.+):(\d+)\r?$/m.exec(own);
  if (/HOST IDENTIFICATION HAS CHANGED|has changed and you have requested/.test(own)) {
    const [file, line] =
      offending === null ? ['', 0] : ([offending[1], Number(offending[2])] as const);
    const expected = file === '' ? '' : seen.expectedAt(file, line);
    return new PilothouseError({
      code: 'machine_key_changed',
      params: { host, fingerprint, expected, file, line },
      words
    });
  }
  if (seen.phase !== 'login') {
    const isSilent = seen.phase === 'reaching' && NOT_CONNECTED.test(own);
    return new PilothouseError({
      code: 'host_unreachable',
      params: { address: host, ...(isSilent ? { answered: false } : {}) },
      words: words === '' ? 'ssh ended without a word' : words
    });
  }
  const refused = /^(?:\S+@\S+: )?Permission denied \((.*)\)/m.exec(own);
  const tooMany = /too many authentication failures/i.test(own);
  const isOver = refused === null && !tooMany;
  if (saysNotAllowed(said) || (seen.answered && said.trim() !== '' && isOver)) {
    return new PilothouseError({ code: 'login_not_allowed', params: { host }, words });
  }
  if (refused !== null && wantsTicket(refused[1].split(','), own)) {
    return new PilothouseError({ code: 'ticket_needed', params: { host }, words });
  }
  if (seen.overSeconds !== null && isOver) {
    const params = { host, seconds: seen.overSeconds };
    return new PilothouseError({ code: 'login_timeout', params, words });
  }
  return new PilothouseError({
    code: 'login_refused',
    params: { host },
    words: words === '' ? 'it closed the connection without a word' : words
  });
}

/**
 * Whether it is a ticket that was wanting, and nothing that a person could answer. Many an sshd
 * takes tickets beside keys, so that of one who has a key only ssh's words tell that it has tried.
 */
const wantsTicket = (left: readonly string[], own: string): boolean =>
  left.includes('gssapi-with-mic') &&
  !['password', 'keyboard-interactive'].some(method => left.includes(method)) &&
  (!left.includes('publickey') || /^Kerberos: /m.test(own));

/** What ends a login from this side. */
export type Problem = 'login_needed' | 'login_cancelled' | 'login_refused' | 'host_unreachable';

export const problemAt = (host: string, code: Problem, words?: string): PilothouseError =>
  new PilothouseError({
    code,
    params: code === 'host_unreachable' ? { address: host } : { host },
    ...(words === undefined ? {} : { words })
  });
