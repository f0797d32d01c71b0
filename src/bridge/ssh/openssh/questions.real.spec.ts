import { until } from '../../until.fixture';
import { FacesRoom } from '../faces.fixture';
import type { Person } from '../login.fixture';
import { openSshOpener } from '.';

jest.setTimeout(120_000);

/** What ssh asks people for the faces of the testbed's submit host, and what comes of their answers. */
const room = new FacesRoom(openSshOpener, 'share');
const { person, at, withKey, opened, right } = room;
const questions = (who: Person): string[][] =>
  who.rounds.map(({ method, again, prompts }) => [
    `${method}${again ? ', again' : ''}`,
    ...prompts.map(({ text }) => text.trim())
  ]);

describe('a person is let in', () => {
  it('by a password', async () => {
    const who = person(right);
    const transport = await opened(who, at('password'));
    expect([transport.methods, transport.neededPerson]).toEqual([['password'], true]);
    expect(questions(who)).toEqual([['password', `${room.faces.all.user}@127.0.0.1's password:`]]);
  });

  it('by a password and a code, in two rounds', async () => {
    const who = person(right);
    const transport = await opened(who, at('totp'));
    expect(transport.methods).toEqual(['keyboard-interactive']);
    expect(questions(who)).toEqual([
      ['keyboard-interactive', 'Password:'],
      ['keyboard-interactive', 'Verification code:']
    ]);
  });

  it('by a key, a password and a code', async () => {
    const who = person(right);
    const transport = await opened(who, withKey('key-password-totp'));
    expect(transport.methods).toEqual(['publickey', 'keyboard-interactive']);
    expect(who.rounds).toHaveLength(2);
  });

  it('by a password and a key, the other way round', async () => {
    const who = person(right);
    const transport = await opened(who, withKey('partial'));
    expect(transport.methods).toEqual(['password', 'publickey']);
    expect(who.rounds).toHaveLength(1);
  });

  it('by a push, after the whole text of the machine', async () => {
    const who = person(right);
    await opened(who, at('duo'));
    const shown = who.rounds.map(({ instructions, prompts }) =>
      [instructions, ...prompts.map(({ text }) => text)].join('\n')
    );
    expect([...who.banners, ...shown].join('\n')).toContain('Duo two-factor login');
    expect(who.banners.join('')).toContain('Testbed: authorised use only.');
    expect([...who.banners, ...shown].join('')).not.toContain('\x1b');
  });

  it('by a link and an empty answer', async () => {
    const who = person(right);
    await opened(who, at('device'));
    const last = who.rounds[who.rounds.length - 1];
    const text = [...who.banners, last.instructions, ...last.prompts.map(each => each.text)];
    expect(text.join('\n')).toMatch(/https:\/\/\S+/);
  });

  it('at a jump host and behind it, each with its own questions', async () => {
    const who = person(right);
    const jump = at('jump');
    const jumpHosts = [`${jump.user}@${jump.address}:${jump.port}`];
    await opened(who, at('inner', { jumpHosts }));
    expect(who.hops.map(({ number, of, port }) => [number, of, port])).toEqual([
      [1, 2, jump.port],
      [2, 2, at('inner').port]
    ]);
    expect(questions(who)).toEqual([
      ...[1, 2].flatMap(() => [
        ['keyboard-interactive', 'Password:'],
        ['keyboard-interactive', 'Verification code:']
      ])
    ]);
    expect(who.keys).toHaveLength(2);
  });

  it('at a machine whose key a known authority has signed', async () => {
    const transport = await opened(person(right), withKey('certified'));
    expect(transport.key.algorithm).toContain('-cert-');
  });
});

describe('a wrong answer', () => {
  it('is said, and asked again as the machine does', async () => {
    const who = person((round, number) => (number === 1 ? ['wrong'] : right(round, number)));
    const transport = await opened(who, at('password'));
    expect(who.rounds.map(({ again }) => again)).toEqual([false, true]);
    expect(transport.methods).toEqual(['password']);
  });

  it('to the second question begins with the first again', async () => {
    const who = person((round, number) => (number === 2 ? ['000000'] : right(round, number)));
    await opened(who, at('totp'));
    expect(questions(who)).toEqual([
      ['keyboard-interactive', 'Password:'],
      ['keyboard-interactive', 'Verification code:'],
      ['keyboard-interactive, again', 'Password:'],
      ['keyboard-interactive', 'Verification code:']
    ]);
  });

  it('given as often as ssh asks ends in words', async () => {
    const who = person(() => ['wrong']);
    const refused = await who.refusal(at('password'));
    expect(refused.code).toBe('login_refused');
    expect(refused.data.words).toMatch(/Permission denied|Too many authentication failures/);
    expect(who.rounds.length).toBeLessThanOrEqual(6);
  });
});

describe('a login ends', () => {
  it.each([1, 2])('by a cancel at question %i', async question => {
    const who = person((round, number) => (number === question ? 'cancel' : right(round, number)));
    const refused = await who.refusal(at('totp'));
    expect([refused.code, who.rounds.length]).toEqual(['login_cancelled', question]);
  });

  it('by a signal while a question waits', async () => {
    const who = person(right);
    const answers = jest.fn(() => new Promise<readonly string[]>(() => undefined));
    who.answering = answers;
    const refused = who.refusal(at('totp'));
    await until('it asks', () => answers.mock.calls.length > 0);
    who.cancel.abort();
    expect((await refused).code).toBe('login_cancelled');
  });

  it('without a question where nobody is there', async () => {
    const who = person(right);
    who.persons = false;
    const refused = await who.refusal(withKey('key-totp'));
    expect([refused.code, who.rounds]).toEqual(['login_needed', []]);
  });

  it.each([
    ['a key', () => withKey('inactive')],
    ['a password', () => at('inactive')]
  ])('where the account is not active, in the machine’s words: %s', async (_, target) => {
    const refused = await person(right).refusal(target());
    expect(refused.code).toBe('login_not_allowed');
    expect(refused.data.words).toMatch(/not active/);
  });

  it('where the machine’s patience did before the answer came', async () => {
    const who = person(right);
    who.opener = (around, times) => openSshOpener(around, times, 5000);
    who.answering = async round => {
      await new Promise(resolve => setTimeout(resolve, 6000));
      return right(round, 1) as readonly string[];
    };
    const refused = await who.refusal(at('hasty'));
    expect(refused.code).toBe('login_timeout');
  });
});
