import type { HostConnection } from '../../protocol';
import { aHost, aKey, aLogin, aRound, asking } from '../testing';
import { keyOf, stageOf } from './stage';

describe('what the dialog of a login shows', () => {
  const newKey = {
    kind: 'machine-key' as const,
    key: aKey(),
    file: '/home/alice/.ssh/known_hosts'
  };
  const cancelled = { code: 'login_cancelled' as const, params: {} };
  const refused = { code: 'login_refused' as const, params: {} };

  it.each<[string, HostConnection | undefined, string]>([
    ['a machine that is dialled', asking({ kind: 'none' }), 'waiting'],
    ['a login of which nothing is known yet', aHost({ state: 'logging-in' }), 'waiting'],
    ['a new key', asking(newKey), 'key'],
    ['questions', asking(aRound()), 'prompts'],
    ['a connection', aHost({ state: 'connected' }), 'over'],
    ['a login that was cancelled', aHost({ trouble: cancelled }), 'over'],
    ['a login that was refused', aHost({ state: 'failed', trouble: refused }), 'failed'],
    ['a connection that broke', aHost({ state: 'lost', trouble: refused }), 'failed'],
    ['a login that is gone with its bridge', aHost(), 'failed'],
    ['a host that is gone', undefined, 'failed']
  ])('of %s', (_name, host, kind) => expect(stageOf(host).kind).toBe(kind));

  it('says of a login that is gone without a reason that it is not under way', () => {
    const unknown = { kind: 'failed', trouble: { code: 'unknown_login', params: {} } };
    expect(stageOf(aHost())).toEqual(unknown);
    expect(stageOf(undefined)).toEqual(unknown);
  });

  it('has another key for each question', () => {
    const keys = [
      asking(aRound()),
      asking(aRound({ round: 2 })),
      asking(aRound(), { login: 'l2' }),
      asking(newKey),
      asking({ kind: 'none' }),
      aHost({ state: 'failed', trouble: refused })
    ].map(host => keyOf(stageOf(host)));
    expect(new Set(keys).size).toBe(keys.length);
    const again = asking(aRound(), aLogin({ endsByMs: 1 }));
    expect(keyOf(stageOf(again))).toBe(keys[0]);
  });
});
