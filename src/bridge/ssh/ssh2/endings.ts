import { LIMITS } from '../../../protocol';
import { PilothouseError } from '../../errors';
import { shown } from '../shown';

/** Why a login came to its end, told from what was seen of it. */

/** What was seen until the connection ended. */
export interface ISeen {
  /** As the error names the machine. */
  readonly host: string;
  /** reaching: it has not shown its key; handshake: it has; login: it asks who is there. */
  readonly phase: 'reaching' | 'handshake' | 'login';
  /** A person had been asked and had not answered. */
  readonly waiting: boolean;
  /** An answer or signature had gone there, and nothing had come back but words. */
  readonly answered: boolean;
  /** What it has said since: PAM's messages, a banner, a goodbye. */
  readonly said: string;
  /** ssh2's or the socket's words. */
  readonly problem: string;
  readonly seconds: number;
}

/**
 * Words of PAM modules and of sshd by which an account is shut, whatever the
 * answer (pam_unix, pam_nologin, pam_access, pam_faillock, pam_time, sshd's
 * auth-pam.c); not those of a wrong answer.
 */
const NOT_ALLOWED =
  /\baccount\b.{0,80}\b(expired|locked|disabled|inactive|suspended|closed|deactivated|not (yet )?(been )?(active|activated|enabled|allowed|valid))|\bnot (yet )?(active|activated|authori[sz]ed|permitted|allowed)\b|\bpassword (has )?expired|\blog ?ins? (are|is) (currently )?(disabled|not allowed|closed)|\bdenied by\b|\bsystem is (going down|booting|down)\b|\bunder maintenance\b|\bno longer (active|valid)\b/is;

/** Whether a machine's words mean that this account may not come in, rather than that an answer was wrong. */
export const saysNotAllowed = (words: string): boolean => NOT_ALLOWED.test(words);

const NO_OVERLAP = /no matching (.+)$/;
const SAID_NOTHING = 'it closed the connection without a word';

/** The connection ended before the user was in. */
export function whyEnded(seen: ISeen): PilothouseError {
  const { host } = seen;
  const words = shown(
    [seen.said, seen.problem].find(text => text.trim() !== '') ?? '',
    LIMITS.wordsChars
  ).trim();
  const overlap = NO_OVERLAP.exec(seen.problem);
  if (seen.phase !== 'login' && overlap !== null) {
    return new PilothouseError({
      code: 'transport_unfit',
      params: { host, what: `the algorithms that it wants: there is no common ${overlap[1]}` },
      words
    });
  }
  if (seen.waiting) {
    return new PilothouseError({
      code: 'login_timeout',
      params: { host, seconds: seen.seconds },
      ...(words === '' ? {} : { words })
    });
  }
  if (seen.phase !== 'login') {
    return new PilothouseError({
      code: 'host_unreachable',
      params: { address: host },
      words: words === '' ? SAID_NOTHING : words
    });
  }
  if (seen.answered && seen.said.trim() !== '' && !saysTooMany(seen.said)) {
    return new PilothouseError({ code: 'login_not_allowed', params: { host }, words });
  }
  return new PilothouseError({
    code: 'login_refused',
    params: { host },
    words: words === '' ? SAID_NOTHING : words
  });
}

/** sshd's goodbye after as many wrong answers as it bears. */
const saysTooMany = (words: string): boolean => /too many authentication failures/i.test(words);

/** What is known when nothing is left that could be tried. */
export interface IExhausted {
  readonly host: string;
  /** But for what a person would know, and nobody is there. */
  readonly needsPerson: boolean;
  /** Methods that the machine would take. */
  readonly left: readonly string[];
  /** A key's passphrase could not be asked for. */
  readonly locked: boolean;
  /** What the user has to log in with that ssh2 cannot use, in words. */
  readonly unfit: readonly string[];
  readonly said: string;
}

/** Methods of ssh2 (plan.ts). */
const ABLE = ['publickey', 'keyboard-interactive', 'password'];

/** All that could be tried was refused. */
export function whyOver(seen: IExhausted): PilothouseError {
  const { host, left } = seen;
  const takesKeys = left.includes('publickey');
  if (seen.needsPerson || (seen.locked && takesKeys)) {
    return new PilothouseError({ code: 'login_needed', params: { host } });
  }
  // Many an sshd takes tickets beside keys: those are why only where nothing else could be tried.
  const isTicketWanted =
    left.includes('gssapi-with-mic') && !ABLE.some(each => left.includes(each));
  const kerberos = isTicketWanted ? ['Kerberos'] : [];
  const unfit = [...(takesKeys ? seen.unfit : []), ...kerberos];
  if (unfit.length > 0) {
    const what = unfit.join(', ');
    return new PilothouseError({ code: 'transport_unfit', params: { host, what } });
  }
  const end = left.length === 0 ? 'it takes no more answers' : `it would take: ${left.join(', ')}`;
  const all = [seen.said.trim(), end].filter(text => text !== '').join('\n');
  // The names of methods are the machine's own words, too.
  const words = shown(all, LIMITS.wordsChars);
  return new PilothouseError({ code: 'login_refused', params: { host }, words });
}
