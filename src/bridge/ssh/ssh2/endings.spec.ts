import { LIMITS } from '../../../protocol';
import { type ISeen, saysNotAllowed, whyEnded, whyOver } from './endings';

/** As sshd has them with GSSAPIAuthentication. */
const TICKETS = ['gssapi-keyex', 'gssapi-with-mic'];
const ASKS = 'keyboard-interactive';

describe('words of machines that mean the account', () => {
  it.each([
    'Your account is not active yet: its project has not been approved.',
    'Your account has expired; please contact your system administrator.',
    'Account locked due to 5 failed logins',
    'The account is locked due to 3 failed logins.',
    'Your account has been disabled.',
    'This account is currently not available: not authorized on this host',
    'Access denied by PAM account configuration',
    'System is going down. Unprivileged users are not permitted to log in anymore.',
    'Logins are currently disabled for maintenance',
    'Your password has expired.',
    'You are not allowed to log in here'
  ])('%s', words => {
    expect(saysNotAllowed(words)).toBe(true);
  });

  it.each([
    '',
    'Permission denied, please try again.',
    'Incorrect passcode. Please try again.',
    'Login incorrect',
    'Password: ',
    'Duo two-factor login for alice',
    'Login timed out.',
    'Too many authentication failures'
  ])('and not: %s', words => {
    expect(saysNotAllowed(words)).toBe(false);
  });
});

describe('a login that ended', () => {
  const SEEN: ISeen = {
    ...{ host: 'h', phase: 'login', waiting: false, answered: false },
    ...{ said: '', problem: '', seconds: 7 }
  };
  it.each<[string, Partial<ISeen>, string, RegExp]>([
    ['before it began', { phase: 'reaching' }, 'host_unreachable', /without a word/],
    [
      'by the socket',
      { phase: 'reaching', problem: 'read ECONNRESET' },
      'host_unreachable',
      /RESET/
    ],
    [
      'by a greeting',
      { phase: 'reaching', said: 'Not allowed at this time' },
      'host_unreachable',
      /Not allowed/
    ],
    [
      'for want of a cipher',
      { phase: 'reaching', problem: 'Handshake failed: no matching C->S cipher' },
      'transport_unfit',
      /cipher/
    ],
    ['while its key was looked at', { phase: 'handshake', waiting: true }, 'login_timeout', /^$/],
    [
      'in its handshake',
      { phase: 'handshake', problem: 'bad signature' },
      'host_unreachable',
      /bad/
    ],
    ['while a person thought', { waiting: true, said: 'Banner' }, 'login_timeout', /Banner/],
    ['after an answer, without a word', { answered: true }, 'login_refused', /without a word/],
    [
      'after an answer, with words',
      { answered: true, said: 'Not for you' },
      'login_not_allowed',
      /for you/
    ],
    [
      'after too many answers',
      { answered: true, said: 'Too many authentication failures' },
      'login_refused',
      /Too many/
    ],
    ['while it thought', { problem: 'read ECONNRESET' }, 'login_refused', /RESET/]
  ])('%s', (_, seen, code, words) => {
    const why = whyEnded({ ...SEEN, ...seen });
    expect(why.code).toBe(code);
    expect(why.data.words ?? '').toMatch(words);
    if (code === 'login_timeout') {
      expect(why.data.params.seconds).toBe(7);
    }
  });

  it('has words without control characters', () => {
    expect(whyEnded({ ...SEEN, said: '\x1b[31mno\x07', answered: true }).data.words).toBe('no');
    const left = ['\x1b]0;title\x07hostbased', 'x'.repeat(LIMITS.wordsChars)];
    const over = { host: 'h', needsPerson: false, left, locked: false, unfit: [], said: '' };
    const { words = '' } = whyOver(over).data;
    expect(words).toMatch(/^it would take: hostbased, x/);
    expect(words).toHaveLength(LIMITS.wordsChars);
  });
});

describe('a login for which nothing is left', () => {
  it.each<[string, readonly string[], readonly string[], string, unknown]>([
    ['tickets alone', ['gssapi-with-mic'], [], 'transport_unfit', 'Kerberos'],
    ['tickets and hosts', ['gssapi-with-mic', 'hostbased'], [], 'transport_unfit', 'Kerberos'],
    ['tickets beside keys', ['publickey', ...TICKETS], [], 'login_refused', undefined],
    ['tickets beside passwords', ['password', ...TICKETS], [], 'login_refused', undefined],
    ['tickets beside questions', [...TICKETS, ASKS], [], 'login_refused', undefined],
    [
      'tickets beside a key that it cannot use',
      ['publickey', ...TICKETS],
      ['a certificate'],
      'transport_unfit',
      'a certificate'
    ]
  ])('at a machine that takes %s', (_, left, unfit, code, what) => {
    const over = { host: 'h', needsPerson: false, left, locked: false, unfit, said: '' };
    const why = whyOver(over);
    expect([why.code, why.data.params.what]).toEqual([code, what]);
    // A ticket is named as what would have let one in, too.
    expect(why.data.words ?? '').toContain(code === 'login_refused' ? 'gssapi-with-mic' : '');
  });
});
