import { PilothouseError } from '../errors';

/** Why a submission is not made, by codes of errors: what becomes of it follows from that. */

/** Of the call itself: there is nothing that could have taken it. */
export const REFUSALS = ['submit_failed', 'command_missing'];

/** Before the call: it may work another time, so nothing has failed yet. */
export const PASSING = ['command_hangs', 'command_failed', 'answer_unreadable', 'channel_refused'];

/** The connection is not there: it goes on when it is. */
export const AWAY = ['login_needed', 'host_lost'];

/** Who took no pilot: the scheduler, or Pilothouse before it was asked. */
export type Refusal = 'submit_failed' | 'not_submitted';

export const isOneOf = (error: unknown, codes: readonly string[]): boolean =>
  error instanceof PilothouseError && codes.includes(error.code);
