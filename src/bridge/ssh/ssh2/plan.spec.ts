import { AuthPlan } from './plan';

const ALL = ['publickey', 'keyboard-interactive', 'password'];

/**
 * A login as a table: what the machine answers to each attempt, as the methods
 * that it would take; `+`: that was right and not enough; `?`: a person was asked.
 */
const played = (
  answers: readonly string[],
  keys: string[],
  persons = true,
  methods = ALL
): string => {
  const plan = new AuthPlan(methods, keys, persons);
  const tried: string[] = [];
  for (const answer of [...answers, 'in']) {
    const attempt = plan.next();
    const what = attempt.kind === 'publickey' ? attempt.key : attempt.kind;
    tried.push(plan.again ? `${what} again` : what);
    if (attempt.kind === 'over') {
      return `${tried.join(', ')}${attempt.needsPerson ? ' for want of a person' : ''}`;
    }
    if (answer === 'in') {
      plan.succeeded();
      return `${tried.join(', ')}; by ${plan.passed.join(', ')}`;
    }
    if (answer.includes('?')) {
      plan.asked();
    }
    plan.failed(answer.replace(/[+?]/g, '').split(' ').filter(Boolean), answer.includes('+'));
  }
  return 'no end';
};

it.each<[string, string[], string[], string]>([
  ['nothing is asked', [], [], 'none; by none'],
  ['a key', ['publickey'], ['k'], 'none, k; by publickey'],
  ['keys in order', ['publickey', 'publickey'], ['k', 'l'], 'none, k, l; by publickey'],
  ['no key is right', ['publickey', 'publickey'], ['k'], 'none, k, over'],
  [
    'questions',
    ['keyboard-interactive'],
    [],
    'none, keyboard-interactive; by keyboard-interactive'
  ],
  [
    'keys first',
    ['password publickey', 'password publickey'],
    ['k'],
    'none, k, password; by password'
  ],
  [
    'a key and questions',
    ['publickey', '+keyboard-interactive'],
    ['k'],
    'none, k, keyboard-interactive; by publickey, keyboard-interactive'
  ],
  [
    'a password and a key',
    ['password', '?+publickey'],
    ['k'],
    'none, password, k; by password, publickey'
  ],
  [
    'two keys',
    ['publickey', '+publickey', 'publickey'],
    ['k', 'l', 'm'],
    'none, k, l, m; by publickey, publickey'
  ],
  [
    'two passwords',
    ['password', '?+password'],
    [],
    'none, password, password; by password, password'
  ],
  [
    'a wrong answer',
    ['keyboard-interactive password', '?keyboard-interactive password'],
    [],
    'none, keyboard-interactive, keyboard-interactive again; by keyboard-interactive'
  ],
  [
    'a method that asks nobody',
    ['keyboard-interactive password', 'keyboard-interactive password'],
    [],
    'none, keyboard-interactive, password; by password'
  ],
  ['methods of others', ['hostbased gssapi-with-mic'], ['k'], 'none, over'],
  ['nothing more is taken', ['password', '?'], [], 'none, password, over']
])('%s', (_, answers, keys, expected) => {
  expect(played(answers, keys)).toBe(expected);
});

it('asks nobody where nobody is', () => {
  expect(played(['password'], [], false)).toBe('none, over for want of a person');
  expect(played(['publickey', '+keyboard-interactive'], ['k'], false)).toBe(
    'none, k, over for want of a person'
  );
});

it('heeds what the configuration allows, and its order', () => {
  expect(played(['keyboard-interactive password'], [], true, ['password'])).toBe(
    'none, password; by password'
  );
  expect(played(['publickey password'], ['k'], true, ['password', 'publickey'])).toBe(
    'none, password; by password'
  );
});

it('spares tries for a person', () => {
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  const answers = keys.slice(1).map(() => 'publickey password');
  expect(played(answers, [...keys])).toBe('none, a, b, c, d, password; by password');
  expect(
    played(
      keys.map(() => 'publickey'),
      [...keys]
    )
  ).toBe('none, a, b, c, d, e, f; by publickey');
});
