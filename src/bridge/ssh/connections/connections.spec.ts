import { inspect } from 'node:util';
import { PoolName, TIMES } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { ITransport } from '../tokens';
import type { Connection } from './connection';
import {
  ALICE,
  byKeys,
  CLIENT,
  CODE,
  PASSWORD,
  refused,
  Room,
  turn,
  twoFactors,
  unreachable
} from './room.fixture';
import { KEY, lost, ShellTransport } from './transport.fixture';

let room: Room;
beforeEach(() => {
  room = new Room();
});
afterEach(async () => {
  room.connections.dispose();
  await turn();
  expect(room.clock.pending).toBe(0);
});

describe('a login that asks a person', () => {
  beforeEach(async () => {
    room.logins.plays = [twoFactors];
    await room.login();
  });
  const accept = async (): Promise<void> => {
    const { login } = room.asked;
    await room.handlers['logins.trust']({ login, fingerprint: KEY.fingerprint }, CLIENT);
    await turn();
  };

  it('shows the new key, then each round, then that somebody is in', async () => {
    expect(room.asked.question).toMatchObject({ kind: 'machine-key', key: KEY });
    await accept();
    expect(room.asked).toMatchObject({
      key: KEY,
      banner: 'Authorized use only\n',
      question: { kind: 'prompts', round: 1, prompts: [{ text: 'Password: ', echo: false }] }
    });
    await room.answer(PASSWORD);
    expect(room.asked.question).toMatchObject({ round: 2, again: false });
    await room.answer('000000');
    expect(room.asked.question).toMatchObject({ round: 3, again: true });
    await room.answer(PASSWORD);
    await room.answer(CODE);
    expect(room.view()).toMatchObject({
      state: 'connected',
      login: null,
      key: KEY,
      returnsByItself: false,
      pools: ['one', 'two']
    });
  });

  it('leaves no answer anywhere', async () => {
    await accept();
    await room.answer(PASSWORD);
    await room.answer(CODE);
    expect(room.view().state).toBe('connected');
    const everything = inspect([room.connections, room.changes, room.logged], { depth: 12 });
    expect(everything).toContain('alice');
    expect(everything).not.toContain(PASSWORD);
    expect(everything).not.toContain(CODE);
  });

  it('is joined by whoever begins it again', async () => {
    const { login } = room.asked;
    await room.login('two');
    expect(room.asked.login).toBe(login);
    expect(room.logins.begun).toHaveLength(1);
  });

  it('takes no answer to an older question, nor too few, nor for another key', async () => {
    const { login } = room.asked;
    const { handlers } = room;
    const answer =
      (of: number, ...answers: string[]) =>
      () =>
        handlers['logins.answer']({ login, round: of, answers }, CLIENT);
    const trust = (fingerprint: string) => () =>
      handlers['logins.trust']({ login, fingerprint }, CLIENT);
    expect(await room.refusal(trust('SHA256:other'))).toBe('unknown_login');
    expect(await room.refusal(answer(1, 'x'))).toBe('unknown_login');
    await accept();
    expect(await room.refusal(trust(KEY.fingerprint))).toBe('unknown_login');
    expect(await room.refusal(answer(1))).toBe('invalid_params');
    expect(await room.refusal(answer(1, 'x', 'y'))).toBe('invalid_params');
    await room.answer('');
    expect(await room.refusal(answer(1, 'x'))).toBe('unknown_login');
    expect(room.asked.question).toMatchObject({ round: 2 });
  });

  it('can be cancelled at any point, and another begun', async () => {
    await accept();
    const { login } = room.asked;
    await room.handlers['logins.cancel']({ login }, CLIENT);
    await turn();
    expect(room.view()).toMatchObject({ state: 'away', trouble: { code: 'login_cancelled' } });
    expect(room.logins.begun[0].signal.aborted).toBe(true);
    expect(await room.refusal(() => room.handlers['logins.cancel']({ login }, CLIENT))).toBe(
      'unknown_login'
    );
    await room.login();
    expect(room.asked.login).not.toBe(login);
  });

  it('ends when it has taken too long', async () => {
    expect(room.asked.endsByMs).toBe(room.clock.now() + TIMES.loginGraceMs);
    room.clock.advance(TIMES.loginMostMs);
    await turn();
    expect(room.view()).toMatchObject({ state: 'failed', trouble: { code: 'login_timeout' } });
  });

  it('is left alone by a sleep: to log in again would take a person', async () => {
    await accept();
    await room.answer(PASSWORD);
    await room.answer(CODE);
    room.clock.sleep(60_000);
    room.clock.advance(5_000);
    await turn();
    expect([room.alice.lines, room.view().state]).toEqual([[], 'connected']);
  });

  it('is not repeated by itself after a cut', async () => {
    await accept();
    await room.answer(PASSWORD);
    await room.answer(CODE);
    room.alice.cut();
    expect(room.view()).toMatchObject({ state: 'lost', nextTryMs: null, returnsByItself: false });
    room.clock.advance(3_600_000);
    await turn();
    expect(room.logins.begun).toHaveLength(1);
  });
});

describe('a login by keys alone', () => {
  const connection = () => room.connections.of(ALICE);
  const cut = (): void => {
    room.alice.cut();
  };

  it('tells whoever waits for it', async () => {
    room.logins.plays = [byKeys];
    const heard: boolean[] = [];
    connection().onConnection(connected => heard.push(connected));
    await room.login();
    expect(connection().transport).not.toBeNull();
    cut();
    expect([connection().transport, heard]).toEqual([null, [true, false]]);
  });

  it('comes back after a cut with pauses, asking nobody', async () => {
    room.logins.plays = [byKeys, unreachable, unreachable, byKeys];
    await room.login();
    cut();
    expect(room.view()).toMatchObject({ state: 'lost', nextTryMs: room.clock.now() + 1000 });
    room.clock.advance(1000);
    await turn();
    expect(room.view()).toMatchObject({ state: 'lost', nextTryMs: room.clock.now() + 1000 });
    room.clock.advance(1000);
    await turn();
    room.clock.advance(1000);
    await turn();
    expect(room.view()).toMatchObject({ state: 'connected', returnsByItself: true });
    expect(room.logins.begun.map(({ persons }) => persons)).toEqual([true, false, false, false]);
  });

  it('is tried at once when this machine wakes, whatever its pause was', async () => {
    const late = () =>
      Promise.reject(new PilothouseError({ code: 'login_timeout', params: { host: 'ap40' } }));
    room.logins.plays = [byKeys, late, late, late, byKeys];
    await room.login();
    cut();
    for (const pauseMs of [1000, 2000, 4000]) {
      room.clock.advance(pauseMs);
      await turn();
    }
    expect(room.view()).toMatchObject({ state: 'lost', nextTryMs: room.clock.now() + 8000 });
    room.clock.sleep(60_000);
    room.clock.advance(500);
    await turn();
    expect(room.view()).toMatchObject({ state: 'connected' });
  });

  it('begins anew where what was open does not answer after a sleep, and else stays', async () => {
    room.logins.plays = [byKeys];
    await room.login();
    const first = room.alice;
    room.clock.sleep(60_000);
    room.clock.advance(500);
    await turn();
    room.clock.advance(500);
    expect([first.lines, room.alice]).toEqual([[':'], first]);
    first.exec = () => new Promise(() => undefined);
    room.clock.sleep(60_000);
    room.clock.advance(5_499);
    expect(room.alice).toBe(first);
    room.clock.advance(1);
    await turn();
    expect([first.disposed, room.view().state, room.alice === first]).toEqual([
      true,
      'connected',
      false
    ]);
    room.connections.dispose();
    expect(room.clock.pending).toBe(0);
  });

  it('does not come back after a refusal', async () => {
    room.logins.plays = [byKeys, refused];
    await room.login();
    cut();
    room.clock.advance(1000);
    await turn();
    room.clock.advance(3_600_000);
    await turn();
    expect(room.view()).toMatchObject({ state: 'failed', trouble: { code: 'login_refused' } });
    expect(room.logins.begun).toHaveLength(2);
  });

  it('asks nobody where it would have to when it comes back', async () => {
    room.logins.plays = [byKeys, twoFactors];
    await room.login();
    cut();
    room.clock.advance(1000);
    await turn();
    expect(room.view()).toMatchObject({ state: 'failed', trouble: { code: 'login_needed' } });
  });

  it('ends with a logout, and stays away', async () => {
    room.logins.plays = [byKeys];
    await room.login();
    const transport = room.alice;
    const heard: boolean[] = [];
    connection().onConnection(connected => heard.push(connected));
    await room.handlers['hosts.logout']({ host: connection().host }, CLIENT);
    expect([transport.disposed, connection().transport, heard]).toEqual([true, null, [false]]);
    expect(room.view()).toMatchObject({ state: 'away', trouble: null });
    room.clock.advance(3_600_000);
    expect(room.logins.begun).toHaveLength(1);
  });

  it('that ends late, after it was cancelled, is closed at once', async () => {
    const late = new ShellTransport();
    let open: (transport: ITransport) => void = () => undefined;
    room.logins.plays = [() => new Promise(resolve => (open = resolve))];
    await room.login();
    await room.handlers['logins.cancel']({ login: room.asked.login }, CLIENT);
    await turn();
    open(late);
    await turn();
    expect([late.disposed, room.view().state]).toEqual([true, 'away']);
  });

  it('that was cut off by the end of the bridge tells nobody any more', async () => {
    room.logins.plays = [byKeys];
    await room.login();
    const transport = room.alice;
    const before = room.changes.length;
    room.connections.dispose();
    expect([transport.disposed, room.changes.length]).toEqual([true, before]);
  });
});

describe('hosts', () => {
  it('are one for all places that say the same', async () => {
    room.logins.plays = [byKeys];
    const { hosts } = await room.handlers['hosts.list']({}, CLIENT);
    expect(hosts.map(({ host, pools }) => [host, pools])).toEqual([
      ['alice@ap40', ['one', 'two']],
      ['bob@ap40', ['bob']]
    ]);
    await room.login('two');
    expect(room.view('bob@ap40').state).toBe('away');
    expect(room.view('alice@ap40').state).toBe('connected');
  });

  it('have no user where the profile leaves it to ssh’s configuration, until a login has said', async () => {
    room.logins.plays = [
      audience => {
        audience.at({ address: 'ap40', port: 22, user: 'alice', number: 1, of: 1 });
        return byKeys();
      }
    ];
    const target = { address: 'ap40', jumpHosts: [], transport: 'ssh2' as const };
    room.connections.setPlaces(new Map([[PoolName.parse('one'), [target]]]));
    expect(room.view('ap40').user).toBe('');
    const connection = room.connections.of(target);
    (connection as Connection).begin();
    await turn();
    expect(room.view('ap40')).toMatchObject({ state: 'connected', user: 'alice' });
  });

  it('go when no place has them any more, and nobody is logged in', async () => {
    room.logins.plays = [byKeys];
    await room.login('one');
    room.place('two');
    expect(room.changes).toContainEqual({ kind: 'host-gone', host: 'bob@ap40' });
    room.place();
    expect(room.view().state).toBe('connected');
    expect(room.changes).not.toContainEqual({ kind: 'host-gone', host: 'alice@ap40' });
    await room.handlers['hosts.logout']({ host: room.view().host }, CLIENT);
    expect(room.changes.at(-1)).toEqual({ kind: 'host-gone', host: 'alice@ap40' });
    expect(await room.handlers['hosts.list']({}, CLIENT)).toMatchObject({ hosts: [] });
  });

  it('are not this machine', async () => {
    expect(await room.refusal(() => room.handlers['hosts.login']({ pool: 'here' }, CLIENT))).toBe(
      'host_unreachable'
    );
    expect(await room.refusal(() => room.handlers['hosts.login']({ pool: 'no' }, CLIENT))).toBe(
      'unknown_profile'
    );
  });

  it('say what their connection ended of', async () => {
    room.logins.plays = [byKeys];
    await room.login();
    room.alice.cut();
    expect(room.view().trouble).toEqual(lost().data);
  });
});
