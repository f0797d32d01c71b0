import { type ISeen, whyEnded } from './endings';

const SEEN: ISeen = {
  ...{ host: 'h', phase: 'login', answered: false, overSeconds: null, said: '', own: '' },
  ...{ fingerprint: 'SHA256:a', expectedAt: () => '', revokedAt: null }
};
const denied = (methods: string): string => `u@h: Permission denied (${methods}).`;
const NO_TICKET = 'Kerberos: No Kerberos credentials available (default cache: /t)';

/** OpenSSH 9.2 at sshd with GSSAPIAuthentication. */
describe('a machine that takes tickets refuses', () => {
  it.each<[string, string[], string]>([
    ['one who has a key only', [denied('publickey,gssapi-keyex,gssapi-with-mic')], 'login_refused'],
    [
      'one whose ssh says why it has no ticket',
      [NO_TICKET, denied('publickey,gssapi-keyex,gssapi-with-mic')],
      'ticket_needed'
    ],
    ['one who has none, and takes nothing else', [denied('gssapi-with-mic')], 'ticket_needed'],
    [
      'one who has none, and takes nothing that a person has',
      [denied('gssapi-keyex,gssapi-with-mic,hostbased')],
      'ticket_needed'
    ],
    [
      'answers',
      [NO_TICKET, denied('publickey,gssapi-with-mic,keyboard-interactive')],
      'login_refused'
    ],
    ['a password', [NO_TICKET, denied('gssapi-with-mic,password')], 'login_refused']
  ])('%s', (_, lines, code) => {
    const why = whyEnded({ ...SEEN, own: lines.join('\n') });
    expect(why.code).toBe(code);
    // All that ssh said: a ticket is named there also where it is not the first remedy.
    expect(why.data.words).toBe(lines.join('\n'));
  });
});

/** OpenSSH 9.2. */
describe('a machine that is not reached', () => {
  it.each<[string, Partial<ISeen>, boolean]>([
    ['is not there', { own: 'ssh: connect to host h port 9: Connection refused' }, true],
    ['is behind a net that is not', { own: 'ssh: connect to host h port 22: Timed out' }, true],
    ['has no name', { own: 'ssh: Could not resolve hostname h: Name not known' }, true],
    ['closes', { own: 'kex_exchange_identification: Connection closed by remote host' }, false],
    ['says nothing', { own: 'Connection timed out during banner exchange' }, false],
    [
      'is another one behind the first',
      { phase: 'handshake', own: 'ssh: connect to host h port 9: Connection refused' },
      false
    ]
  ])('%s', (_, seen, isSilent) => {
    const why = whyEnded({ ...SEEN, phase: 'reaching', ...seen });
    const params = { address: 'h', ...(isSilent ? { answered: false } : {}) };
    expect([why.code, why.data.params]).toEqual(['host_unreachable', params]);
  });
});
