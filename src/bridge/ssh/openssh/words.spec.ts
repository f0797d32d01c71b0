import { Lines, type Line, plain, tellLine, unescaped } from './words';

/** Lines of OpenSSH 9.2, and of 7.4 and 8.4 where they differ. */
it.each<[string, Line | null]>([
  ['OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026', version(9, 2)],
  ['OpenSSH_7.4p1, OpenSSL 1.0.2k-fips  26 Jan 2017', version(7, 4)],
  [
    "debug1: Authenticating to 127.0.0.1:5522 as 'root'",
    { kind: 'machine', host: '127.0.0.1', port: 5522, user: 'root' }
  ],
  [
    "debug1: Authenticating to 2001:db8::1:22 as 'a b'",
    { kind: 'machine', host: '2001:db8::1', port: 22, user: 'a b' }
  ],
  [
    'debug1: Server host key: ssh-ed25519 SHA256:A4+aa4tvUfoCchAqS0ZxVGL9RyQXP2R0nLOlJuRP+PI',
    shownKey('ssh-ed25519', 'SHA256:A4+aa4tvUfoCchAqS0ZxVGL9RyQXP2R0nLOlJuRP+PI')
  ],
  [
    'debug1: Server host certificate: ssh-ed25519-cert-v01@openssh.com SHA256:A4+aa, serial 0 ID "h" CA ssh-ed25519 SHA256:xyz valid forever',
    shownKey('ssh-ed25519-cert-v01@openssh.com', 'SHA256:A4+aa', 'SHA256:xyz')
  ],
  ['debug1: SSH2_MSG_SERVICE_ACCEPT received', { kind: 'accepted' }],
  [
    'debug1: Authentications that can continue: publickey,password',
    { kind: 'refused', left: ['publickey', 'password'] }
  ],
  [
    'debug1: Next authentication method: keyboard-interactive',
    { kind: 'tries', method: 'keyboard-interactive' }
  ],
  ['Authenticated with partial success.', { kind: 'passed', method: null, in: false }],
  [
    'Authenticated using "publickey" with partial success.',
    { kind: 'passed', method: 'publickey', in: false }
  ],
  [
    'Authenticated to 127.0.0.1 ([127.0.0.1]:5522) using "password".',
    { kind: 'passed', method: 'password', in: true }
  ],
  ['Authenticated to h (via proxy).', { kind: 'passed', method: null, in: true }],
  ['debug1: Entering interactive session.', { kind: 'ready' }],
  ['debug1: Found key in /home/me/.ssh/known_hosts:1', null],
  ["Warning: Permanently added 'h' (ED25519) to the list of known hosts.", null],
  [
    'u@h: Permission denied (publickey,gssapi-with-mic).',
    own('u@h: Permission denied (publickey,gssapi-with-mic).')
  ],
  ['Kerberos: Ticket expired', own('Kerberos: Ticket expired')],
  ['Permission denied, please try again.', own('Permission denied, please try again.')],
  ['Timeout, server h not responding.', own('Timeout, server h not responding.')],
  ['Connection closed by 127.0.0.1 port 22', own('Connection closed by 127.0.0.1 port 22')],
  ['ssh: Could not resolve hostname h', own('ssh: Could not resolve hostname h')],
  ['Welcome to the cluster', { kind: 'other', text: 'Welcome to the cluster' }]
])('%s', (line, told) => {
  expect(tellLine(`${line}\r`)).toEqual(told);
});

function version(major: number, minor: number): Line {
  return { kind: 'version', major, minor };
}
function shownKey(algorithm: string, fingerprint: string, authority: string | null = null): Line {
  return { kind: 'key', algorithm, fingerprint, authority };
}
function own(text: string): Line {
  return { kind: 'own', text };
}

describe('lines', () => {
  it('come in pieces', () => {
    const lines = new Lines();
    expect(['debug1: a', '\r\nb\nc', ''].flatMap(piece => lines.add(piece))).toEqual([
      'debug1: a\r',
      'b'
    ]);
  });

  it('may stand behind a banner without an end', () => {
    expect(new Lines().add('Welcomedebug1: x\r\n')).toEqual(['Welcome', 'debug1: x\r']);
  });

  it('say why Kerberos failed, of ssh alone and not of the machine', () => {
    const why = 'debug1: No credentials were supplied\nNo tickets (default cache: /t)\n\n\r\n';
    const lines = new Lines();
    expect(lines.add(why)).toContain('No tickets (default cache: /t)');
    const next = 'debug1: Next authentication method:';
    expect(
      lines.add(`${next} gssapi-with-mic\r\n${why}a banner\n${next} password\r\n${why}`)
    ).toEqual([
      `${next} gssapi-with-mic\r`,
      'Kerberos: No credentials were supplied',
      'Kerberos: No tickets (default cache: /t)',
      'a banner',
      `${next} password\r`,
      ...why.split('\n').slice(0, -1)
    ]);
  });

  it('of its own are heard where a machine imitates what Kerberos says', () => {
    const tries = 'debug1: Next authentication method: gssapi-with-mic\r\n';
    const over = 'debug1: Authentications that can continue: password\r';
    expect(new Lines().add(`${tries}debug1: a banner\n${over}\n`)).toContain(over);
  });

  it('without any end are not kept for ever', () => {
    const lines = new Lines();
    Array.from({ length: 100 }, () => lines.add('x'.repeat(10_000)));
    expect(lines.add('\n')[0].length).toBeLessThanOrEqual(65_536);
  });
});

describe('what a machine says', () => {
  it('is read as it was before ssh wrote it down', () => {
    expect(unescaped('\\303\\244rger \\033[1mx\\033[0m')).toBe('ärger \x1b[1mx\x1b[0m');
    expect(plain('\\303\\244rger \\033[1mx\\033[0m', 100)).toBe('ärger x');
  });

  it('keeps a backslash that is one', () => {
    expect(unescaped('DOMAIN\\user \\12 \\999')).toBe('DOMAIN\\user \\12 \\999');
  });
});
