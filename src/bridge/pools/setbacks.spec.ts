import { PilothouseError } from '../errors';
import type { ErrorCode, ErrorData } from '../../protocol';
import { setbackOf, type Setback } from './setbacks';

const error = (code: ErrorCode, words?: string, params: ErrorData['params'] = {}): Error =>
  new PilothouseError({ code, params, words });
const way = (passing: boolean): Error =>
  error('uplink_failed', 'Check whether a relay runs.', { problem: 'relay:1: refused', passing });

const login: Setback = { kind: 'await login' };
const wait = (words: string): Setback => ({
  ...{ kind: 'again', cause: 'submission_waits', afterMs: 10_000 },
  words
});
const fail = (words: string): Setback => ({ kind: 'fail', words });

describe('a submission that cannot be made', () => {
  it.each<[what: string, error: unknown, connected: Setback, not: Setback]>([
    ['nobody is logged in', error('login_needed', 'no login'), wait('no login'), login],
    ['the connection broke', error('host_lost', 'cut'), wait('cut'), login],
    ['a command hangs', error('command_hangs', 'df'), wait('df'), wait('df')],
    ['one fails', error('command_failed', 'no space'), wait('no space'), wait('no space')],
    ['an answer is odd', error('answer_unreadable', '?'), wait('?'), wait('?')],
    ['no channel is left', error('channel_refused', '2'), wait('2'), wait('2')],
    ['it is refused', error('submit_failed', 'account'), fail('account'), fail('account')],
    ['a program is not there', error('command_missing', 'sbatch'), fail('sbatch'), fail('sbatch')],
    ['no runtime is to be had', error('runtime_failed', 'pip'), fail('pip'), fail('pip')],
    ['a bug', new TypeError('x is undefined'), fail('x is undefined'), fail('x is undefined')],
    ['a way that is closed for good', way(false), ...twice(fail('Check whether a relay runs.'))]
  ])('%s', (_what, cause, connected, not) => {
    const patience = { wayAgainAfterMs: null };
    expect(setbackOf(cause, { ...patience, connected: true })).toEqual(connected);
    expect(setbackOf(cause, { ...patience, connected: false })).toEqual(not);
  });
});

describe('a way home that may open by itself', () => {
  const words = 'No way home is open: relay:1: refused. Check whether a relay runs.';

  it('is tried anew for as long as there is patience', () => {
    expect(setbackOf(way(true), { connected: true, wayAgainAfterMs: 2000 })).toEqual({
      kind: 'again',
      afterMs: 2000,
      cause: 'uplink_waits',
      words: `${words} It is tried again by itself.`
    });
  });

  it('then fails, saying which it is', () => {
    expect(setbackOf(way(true), { connected: true, wayAgainAfterMs: null })).toEqual(fail(words));
  });

  it.each([2000, null])('waits for a login where nobody is logged in', wayAgainAfterMs => {
    expect(setbackOf(way(true), { connected: false, wayAgainAfterMs })).toEqual(login);
  });
});

function twice<T>(value: T): [T, T] {
  return [value, value];
}
