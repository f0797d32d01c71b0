import { PilothouseError } from '../errors';
import { mayPass } from '../tunnels';
import { wordsOf } from './errorWords';
import { AWAY, isOneOf, PASSING } from './hindrances';

/** What a submission that cannot be made now is tried again after. */
export const AGAIN_AFTER_MS = 10_000;

/** What becomes of pilots whose submission failed before their scheduler was called. */
export type Setback =
  | { readonly kind: 'await login' }
  | {
      readonly kind: 'again';
      readonly afterMs: number;
      readonly cause: 'uplink_waits' | 'submission_waits';
      readonly words: string;
    }
  | { readonly kind: 'fail'; readonly words: string };

/** What counts beside the error itself. */
export interface ICircumstances {
  /** Whether somebody is logged in to the submit host. */
  readonly connected: boolean;
  /** When a way home that may open by itself is tried anew; null: it was waited for long enough. */
  readonly wayAgainAfterMs: number | null;
}

/** What follows from an error before the call. */
export function setbackOf(error: unknown, { connected, wayAgainAfterMs }: ICircumstances): Setback {
  const ofWay = mayPass(error);
  const away = isOneOf(error, AWAY);
  if ((away || ofWay) && !connected) {
    return { kind: 'await login' };
  }
  if (ofWay) {
    const words = wordsOfWay(error);
    return wayAgainAfterMs === null
      ? { kind: 'fail', words }
      : {
          kind: 'again',
          afterMs: wayAgainAfterMs,
          cause: 'uplink_waits',
          words: `${words} It is tried again by itself.`
        };
  }
  const words = wordsOf(error);
  return away || isOneOf(error, PASSING)
    ? { kind: 'again', afterMs: AGAIN_AFTER_MS, cause: 'submission_waits', words }
    : { kind: 'fail', words };
}

/** Which way home does not open, and what helps. */
function wordsOfWay(error: unknown): string {
  const problem = error instanceof PilothouseError ? error.data.params.problem : null;
  return [`No way home is open: ${String(problem ?? '')}.`, wordsOf(error)].join(' ');
}
