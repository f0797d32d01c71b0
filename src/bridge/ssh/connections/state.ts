import {
  LIMITS,
  type ErrorCode,
  type ErrorData,
  type Hop,
  type Login,
  type LoginId,
  type LoginQuestion,
  type MachineKey
} from '../../../protocol';
import type { IPromptRound } from '../tokens';

/** How often a return was tried. */
interface ITries {
  /** With pauses that grow. */
  readonly tries: number;
  /** Soon again, since nothing had answered. */
  readonly quick: number;
}

const NO_TRIES: ITries = { tries: 0, quick: 0 };

/** Where a connection is (HostConnection.state), with what belongs to that state alone. */
export type Link =
  | { readonly state: 'away'; readonly sinceMs: number; readonly trouble: ErrorData | null }
  | {
      readonly state: 'logging-in';
      readonly sinceMs: number;
      readonly login: Login;
      /** Rounds of prompts so far. */
      readonly rounds: number;
      /** It is a return after a cut, and nobody is asked; how often that was tried before. */
      readonly returning: ITries | null;
    }
  | {
      readonly state: 'connected';
      readonly sinceMs: number;
      readonly key: MachineKey;
      readonly methods: readonly string[];
      readonly returnsByItself: boolean;
    }
  | {
      readonly state: 'lost';
      readonly sinceMs: number;
      readonly trouble: ErrorData;
      /** When it comes back by itself, and how often that was tried; null: it waits for a person. */
      readonly next: ({ readonly atMs: number } & ITries) | null;
    }
  | { readonly state: 'failed'; readonly sinceMs: number; readonly trouble: ErrorData };

/** What happens to a connection, as facts. */
export type LinkEvent =
  | {
      readonly kind: 'begin';
      readonly login: LoginId;
      readonly hop: Hop;
      readonly byItself: boolean;
    }
  | { readonly kind: 'hop'; readonly hop: Hop }
  | { readonly kind: 'key'; readonly key: MachineKey }
  | { readonly kind: 'banner'; readonly text: string }
  | { readonly kind: 'new-key'; readonly key: MachineKey; readonly file: string }
  | { readonly kind: 'prompts'; readonly round: IPromptRound }
  /** What was asked last has been answered. */
  | { readonly kind: 'answered' }
  | {
      readonly kind: 'ready';
      readonly key: MachineKey;
      readonly methods: readonly string[];
      readonly neededPerson: boolean;
    }
  | { readonly kind: 'failed'; readonly trouble: ErrorData }
  | { readonly kind: 'lost'; readonly trouble: ErrorData }
  /** This machine has slept: whatever was tried before tells nothing of now. */
  | { readonly kind: 'woken' }
  | { readonly kind: 'logout' };

/** The times that the reducer goes by. */
export interface ILinkTimes {
  /** What is assumed of a machine that gives no other (sshd_config(5), LoginGraceTime). */
  readonly loginGraceMs: number;
  /** The first pause before a return by itself, and the longest: each is twice the one before. */
  readonly returnFirstMs: number;
  readonly returnMostMs: number;
}

/** Failures of a return that another try may not have: the machine or the way to it was not there. */
const PASSING: readonly ErrorCode[] = ['host_unreachable', 'host_lost', 'login_timeout'];

/** A return where nothing at all answers is tried so often before its pauses grow. */
const QUICK_TRIES = 60;

const NOTHING: LoginQuestion = { kind: 'none' };

/**
 * A connection after an event. What cannot happen in its state leaves it the
 * same object. A login that a person was needed for is never repeated by
 * itself, and no refusal is ever followed by another try.
 */
export function nextLink(link: Link, event: LinkEvent, times: ILinkTimes, nowMs: number): Link {
  switch (event.kind) {
    case 'begin':
      if (link.state === 'logging-in' || link.state === 'connected') {
        return link;
      }
      return {
        state: 'logging-in',
        sinceMs: nowMs,
        login: {
          login: event.login,
          hop: event.hop,
          key: null,
          banner: '',
          question: NOTHING,
          endsByMs: nowMs + times.loginGraceMs,
          startedAtMs: nowMs
        },
        rounds: 0,
        returning: event.byItself ? triesOf(link) : null
      };
    case 'hop': {
      const { hop } = event;
      const endsByMs = nowMs + times.loginGraceMs;
      // Each machine on the way has its own key, its own banner and its own patience.
      return asked(link, { hop, key: null, banner: '', question: NOTHING, endsByMs });
    }
    case 'key':
      return asked(link, { key: event.key });
    case 'banner':
      return link.state === 'logging-in'
        ? asked(link, { banner: `${link.login.banner}${event.text}`.slice(0, LIMITS.wordsChars) })
        : link;
    case 'new-key': {
      const { key, file } = event;
      return asked(link, { question: { kind: 'machine-key', key, file } });
    }
    case 'prompts':
      return link.state === 'logging-in' ? withRound(link, event.round) : link;
    case 'answered':
      return asked(link, { question: NOTHING });
    case 'ready': {
      const { key, methods, neededPerson } = event;
      return link.state === 'logging-in'
        ? { state: 'connected', sinceMs: nowMs, key, methods, returnsByItself: !neededPerson }
        : link;
    }
    case 'failed':
      return link.state === 'logging-in' ? afterFailure(link, event.trouble, times, nowMs) : link;
    case 'lost': {
      const { trouble } = event;
      if (link.state !== 'connected') {
        return link;
      }
      const next = link.returnsByItself ? { atMs: nowMs + pauseMs(times, 0), ...NO_TRIES } : null;
      return { state: 'lost', sinceMs: nowMs, trouble, next };
    }
    case 'woken':
      return link.state === 'lost' && link.next !== null
        ? { ...link, next: { atMs: nowMs, ...NO_TRIES } }
        : link;
    case 'logout':
      return link.state === 'away' ? link : { state: 'away', sinceMs: nowMs, trouble: null };
  }
}

function afterFailure(
  { returning }: Extract<Link, { state: 'logging-in' }>,
  trouble: ErrorData,
  times: ILinkTimes,
  nowMs: number
): Link {
  if (trouble.code === 'login_cancelled') {
    return { state: 'away', sinceMs: nowMs, trouble };
  }
  if (returning !== null && PASSING.includes(trouble.code)) {
    const { tries, quick } = returning;
    // The way may be back any moment, and no machine has to do with it; one that has
    // answered and closes may be busy, and holds each try against who comes (sshd_config(5),
    // MaxStartups, PerSourcePenalties).
    const next =
      trouble.params.answered === false && quick < QUICK_TRIES
        ? { atMs: nowMs + pauseMs(times, 0), tries, quick: quick + 1 }
        : { atMs: nowMs + pauseMs(times, tries + 1), tries: tries + 1, quick };
    return { state: 'lost', sinceMs: nowMs, trouble, next };
  }
  return { state: 'failed', sinceMs: nowMs, trouble };
}

/** How long after the failure number `tries` it comes back. */
export const pauseMs = ({ returnFirstMs, returnMostMs }: ILinkTimes, tries: number): number =>
  Math.min(returnFirstMs * 2 ** tries, returnMostMs);

const triesOf = (link: Link): ITries =>
  link.state === 'lost' ? (link.next ?? NO_TRIES) : NO_TRIES;

function asked(link: Link, change: Partial<Login>): Link {
  return link.state === 'logging-in' ? { ...link, login: { ...link.login, ...change } } : link;
}

function withRound(link: Extract<Link, { state: 'logging-in' }>, round: IPromptRound): Link {
  const rounds = link.rounds + 1;
  const question: LoginQuestion = {
    kind: 'prompts',
    round: rounds,
    method: round.method,
    name: round.name.slice(0, LIMITS.promptChars),
    instructions: round.instructions.slice(0, LIMITS.wordsChars),
    prompts: round.prompts.map(({ text, echo }) => ({
      text: text.slice(0, LIMITS.promptChars),
      echo
    })),
    again: round.again
  };
  return { ...link, rounds, login: { ...link.login, question } };
}
