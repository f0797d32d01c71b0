import type { ErrorData } from '../../../protocol';
import { LoginId, LoginQuestion, type Hop } from '../../../protocol';
import { hostIdOf, type Way } from './hostId';
import { nextLink, pauseMs, type Link, type LinkEvent } from './state';
import { KEY } from './transport.fixture';

const times = { loginGraceMs: 120_000, returnFirstMs: 1000, returnMostMs: 300_000 };
const hop = (number: number): Hop => ({
  address: `h${number}`,
  port: 22,
  user: 'alice',
  number,
  of: 2
});
const trouble = (code: ErrorData['code']): ErrorData => ({ code, params: {}, words: 'said' });
const begin = (byItself = false): LinkEvent => ({
  kind: 'begin',
  login: LoginId.parse('l1'),
  hop: hop(1),
  byItself
});
const ready = (neededPerson: boolean): LinkEvent => ({
  kind: 'ready',
  key: KEY,
  methods: ['publickey'],
  neededPerson
});
const prompts = (again = false): LinkEvent => ({
  kind: 'prompts',
  round: {
    method: 'keyboard-interactive',
    name: '',
    instructions: 'Duo',
    prompts: [{ text: 'Passcode: ', echo: false }],
    again
  }
});
const failed = (code: ErrorData['code']): LinkEvent => ({ kind: 'failed', trouble: trouble(code) });
/** Nothing at all has answered. */
const silent: LinkEvent = {
  kind: 'failed',
  trouble: { code: 'host_unreachable', params: { answered: false } }
};
const lost: LinkEvent = { kind: 'lost', trouble: trouble('host_lost') };

/** Events, a second after each other. */
function after(...events: LinkEvent[]): Link {
  let link: Link = { state: 'away', sinceMs: 0, trouble: null };
  events.forEach((event, n) => {
    link = nextLink(link, event, times, 1000 * (n + 1));
  });
  return link;
}

describe('a connection', () => {
  it.each([
    ['away', [], 'away'],
    ['logging in', [begin()], 'logging-in'],
    ['in', [begin(), ready(true)], 'connected'],
    ['out', [begin(), ready(true), { kind: 'logout' }], 'away'],
    ['refused', [begin(), failed('login_refused')], 'failed'],
    ['not reached at the first time', [begin(), failed('host_unreachable')], 'failed'],
    ['cancelled', [begin(), failed('login_cancelled')], 'away'],
    ['begun twice', [begin(), ready(false), begin()], 'connected'],
    ['ready when nobody logs in', [ready(false)], 'away'],
    ['lost when it is not there', [lost], 'away'],
    ['cut', [begin(), ready(false), lost], 'lost'],
    ['back again', [begin(), ready(false), lost, begin(true), ready(false)], 'connected']
  ] as [string, LinkEvent[], Link['state']][])('%s', (_, events, state) => {
    expect(after(...events).state).toBe(state);
  });

  it('waits for a person after a cut where one was needed', () => {
    expect(after(begin(), ready(true), lost)).toMatchObject({ state: 'lost', next: null });
  });

  it('comes back by itself where keys were enough, ever later', () => {
    expect(after(begin(), ready(false), lost)).toMatchObject({ next: { atMs: 4000, tries: 0 } });
    const events: LinkEvent[] = [begin(), ready(false), lost];
    const pauses: number[] = [];
    for (let n = 0; n < 12; n += 1) {
      events.push(begin(true), failed(n % 2 === 0 ? 'host_lost' : 'login_timeout'));
      const link = after(...events);
      pauses.push(link.state === 'lost' ? (link.next?.atMs ?? 0) - link.sinceMs : -1);
    }
    expect(pauses.slice(0, 4)).toEqual([2000, 4000, 8000, 16_000]);
    expect(pauses.slice(-2)).toEqual([300_000, 300_000]);
  });

  /** After each failure of a return. */
  const pausesOf = (failures: readonly LinkEvent[]): number[] => {
    const events = [begin(), ready(false), lost];
    return failures.map(failure => {
      events.push(begin(true), failure);
      const link = after(...events);
      return link.state === 'lost' ? (link.next?.atMs ?? 0) - link.sinceMs : -1;
    });
  };

  it('is tried each second where nothing answers, for a while', () => {
    const pauses = pausesOf(Array.from({ length: 70 }, () => silent));
    expect(new Set(pauses.slice(0, 60))).toEqual(new Set([1000]));
    expect(pauses.slice(60, 63)).toEqual([2000, 4000, 8000]);
    expect(pauses.at(-1)).toBe(300_000);
  });

  it('is tried ever later where a machine answers and closes, also between two silences', () => {
    const closed = failed('host_unreachable');
    expect(pausesOf([closed, closed, closed])).toEqual([2000, 4000, 8000]);
    const mixed = [silent, silent, closed, silent, closed, silent];
    expect(pausesOf(mixed)).toEqual([1000, 1000, 2000, 1000, 4000, 1000]);
  });

  it('is tried anew once this machine has slept, if it comes back by itself', () => {
    const away = [begin(), ready(false), lost, begin(true), failed('login_timeout')];
    expect(after(...away, { kind: 'woken' })).toMatchObject({ next: { tries: 0 } });
    for (const events of [[begin(), ready(true), lost], [begin(), ready(false)], [begin()]]) {
      expect(after(...events, { kind: 'woken' })).toEqual(after(...events));
    }
  });

  it.each([
    'login_refused',
    'login_needed',
    'login_not_allowed',
    'machine_key_changed',
    'machine_key_revoked',
    'transport_unfit'
  ] as const)('does not come back after %s', code => {
    const link = after(begin(), ready(false), lost, begin(true), failed(code));
    expect(link).toMatchObject({ state: 'failed', trouble: { code } });
  });

  it('begins anew with its pauses once it was back', () => {
    const events = [begin(), ready(false), lost, begin(true), failed('host_lost')];
    const link = after(...events, begin(true), ready(false), lost);
    expect(link.state === 'lost' && (link.next?.atMs ?? 0) - link.sinceMs).toBe(1000);
  });

  it('is not longer away than the longest pause', () => {
    expect(pauseMs(times, 60)).toBe(300_000);
  });
});

describe('a login', () => {
  const loginOf = (link: Link) => {
    if (link.state !== 'logging-in') {
      throw new Error(`it is ${link.state}`);
    }
    return link.login;
  };

  it('asks, with rounds that grow, and nothing while the machine thinks', () => {
    const asked = after(begin(), { kind: 'hop', hop: hop(2) }, prompts());
    expect(LoginQuestion.parse(loginOf(asked).question)).toMatchObject({ round: 1, again: false });
    const again = after(begin(), prompts(), { kind: 'answered' }, prompts(true));
    expect(loginOf(again).question).toMatchObject({ kind: 'prompts', round: 2, again: true });
    const thinks = after(begin(), prompts(), { kind: 'answered' });
    expect(loginOf(thinks).question).toEqual({ kind: 'none' });
  });

  it('has each machine’s own key, banner and time', () => {
    const banner: LinkEvent = { kind: 'banner', text: 'Welcome\n' };
    const first = loginOf(after(begin(), { kind: 'key', key: KEY }, banner, banner));
    expect(first).toMatchObject({ key: KEY, banner: 'Welcome\nWelcome\n', endsByMs: 121_000 });
    const second = loginOf(
      after(begin(), { kind: 'key', key: KEY }, banner, { kind: 'hop', hop: hop(2) })
    );
    expect(second).toMatchObject({ hop: hop(2), key: null, banner: '', endsByMs: 124_000 });
  });

  it('shows a key that is new', () => {
    const link = after(begin(), { kind: 'new-key', key: KEY, file: '/k' });
    expect(loginOf(link).question).toEqual({ kind: 'machine-key', key: KEY, file: '/k' });
  });

  it('is bounded in what a machine may say', () => {
    const round = {
      method: 'password' as const,
      name: 'x'.repeat(1e6),
      instructions: 'y'.repeat(1e6),
      prompts: [{ text: 'z'.repeat(1e6), echo: true }],
      again: false
    };
    const link = after(
      begin(),
      { kind: 'banner', text: 'b'.repeat(1e6) },
      { kind: 'prompts', round }
    );
    expect(JSON.stringify(link).length).toBeLessThan(20_000);
    LoginQuestion.parse(loginOf(link).question);
  });
});

describe('the name of a connection', () => {
  const plain: Way = { address: 'ap40.example.org', jumpHosts: [], transport: 'ssh2' };
  it.each([
    [{}, 'ap40.example.org'],
    [{ address: 'AP40.Example.org' }, 'ap40.example.org'],
    [{ user: 'alice', port: 22 }, 'alice@ap40.example.org:22'],
    [{ address: '2001:db8::1', port: 22 }, '[2001:db8::1]:22'],
    [{ address: '[2001:db8::1]', port: 22 }, '[2001:db8::1]:22'],
    [{ address: '2001:db8::1' }, '2001:db8::1'],
    [{ jumpHosts: ['a@b:1', 'c'] }, 'ap40.example.org via a@b:1, c'],
    [{ transport: 'openssh' as const }, 'ap40.example.org by openssh']
  ])('%j is %s', (more, name) => {
    expect(hostIdOf({ ...plain, ...more })).toBe(name);
  });
});
