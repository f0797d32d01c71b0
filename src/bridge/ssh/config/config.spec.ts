import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IAsked, type ISshSettings, type ISshSurroundings, parseJump, routeTo } from '.';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ph-'));
  mkdirSync(join(home, '.ssh', 'conf.d'), { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true }));

const write = (name: string, ...lines: string[]): string => {
  const path = join(home, '.ssh', name);
  writeFileSync(path, lines.map(line => `${line}\n`).join(''));
  return path;
};
const around = (
  ssh: string | null,
  environment: Record<string, string> = {}
): ISshSurroundings => ({
  ...{ home, user: 'me', ssh },
  environment: { PATH: process.env.PATH, ...environment },
  configFile: join(home, '.ssh', 'config')
});
const route = (asked: IAsked, ssh: string | null, environment = {}): Promise<ISshSettings[]> =>
  routeTo(asked, around(ssh, environment));
const problemOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    (error: unknown) => (error as { data: unknown }).data
  );

/** Both ways to know what the configuration says must say the same. */
describe.each([
  ['asked of ssh', 'ssh'],
  ['read where there is no ssh', null]
])('the settings of a machine, %s', (_, ssh) => {
  it('follow from its file', async () => {
    write(
      'config',
      'Host cluster',
      '  HostName login.example.org',
      '  User alice',
      '  Port 2200',
      `  IdentityFile ${join(home, '%r-%h')}`,
      '  IdentityFile "/with space/key"',
      '  IdentitiesOnly yes',
      '  IdentityAgent /run/%r.sock',
      '  HostKeyAlias gate',
      '  HashKnownHosts yes',
      '  StrictHostKeyChecking yes',
      '  RevokedHostKeys /k/revoked',
      '  UserKnownHostsFile /k/one /k/two',
      '  PreferredAuthentications keyboard-interactive,publickey',
      '  PasswordAuthentication no',
      '  KexAlgorithms curve25519-sha256',
      'Host *',
      '  User nobody'
    );
    const [found] = await route({ address: 'cluster' }, ssh);
    expect(found).toMatchObject({
      ...{ host: 'login.example.org', port: 2200, user: 'alice' },
      identityFiles: [join(home, 'alice-login.example.org'), '/with space/key'],
      ...{ identitiesOnly: true, identityAgent: '/run/alice.sock' },
      ...{ hostKeyAlias: 'gate', hashKnownHosts: true },
      ...{ strictHostKeys: true, revokedHostKeys: '/k/revoked' },
      knownHostsFiles: ['/k/one', '/k/two'],
      methods: ['keyboard-interactive', 'publickey'],
      ...{ jumpHosts: [], proxyCommand: null }
    });
    expect(found.algorithms.kex).toEqual(['curve25519-sha256']);
  });

  it('are those of the profile where it says any', async () => {
    write('config', 'Host h', '  User alice', '  Port 2200', '  ProxyJump a', '  IdentityFile /k');
    const asked = { address: 'h', user: 'bob', port: 22, keyFile: '~/own', jumpHosts: ['j@b:23'] };
    const way = await route(asked, ssh);
    expect(way.map(({ user, host, port }) => `${user}@${host}:${port}`)).toEqual([
      'j@b:23',
      'bob@h:22'
    ]);
    expect(way[1].identityFiles).toEqual([join(home, 'own'), '/k']);
  });

  it('are the usual ones where nothing is said', async () => {
    write('config');
    const [found] = await route({ address: '2001:db8::1' }, ssh, { SSH_AUTH_SOCK: '/agent' });
    expect(found).toMatchObject({
      ...{ host: '2001:db8::1', port: 22, identityAgent: '/agent', identitiesOnly: false },
      methods: ['publickey', 'keyboard-interactive', 'password'],
      ...{ unfit: [], proxyCommand: null, hostKeyAlias: null },
      ...{ strictHostKeys: false, revokedHostKeys: null }
    });
    expect(found.identityFiles).toContain(join(home, '.ssh', 'id_ed25519'));
    expect(found.globalKnownHostsFiles[0]).toBe('/etc/ssh/ssh_known_hosts');
  });

  it('know no agent where there is to be none', async () => {
    write('config', 'IdentityAgent none', 'UserKnownHostsFile none');
    const [found] = await route({ address: 'h' }, ssh, { SSH_AUTH_SOCK: '/agent' });
    expect([found.identityAgent, found.knownHostsFiles]).toEqual([null, []]);
  });

  it('lead over all jump hosts, whose own files count', async () => {
    write(
      'config',
      ...['Host inner', '  ProxyJump middle', 'Host middle', '  HostName m.example', '  User bob'],
      ...['  ProxyJump outer:24,next', 'Host next', '  ProxyJump elsewhere']
    );
    const way = await route({ address: 'inner' }, ssh);
    expect(way.map(({ host, port }) => `${host}:${port}`)).toEqual([
      'outer:24',
      'next:22',
      'm.example:22',
      'inner:22'
    ]);
  });

  it('lead over the jump host of all other hosts', async () => {
    write('config', 'Host !gate.example *', '  ProxyJump gate.example');
    const hosts = async (address: string): Promise<string[]> =>
      (await route({ address }, ssh)).map(({ host }) => host);
    expect(await hosts('h')).toEqual(['gate.example', 'h']);
  });

  it('that lead in a circle are refused', async () => {
    write('config', 'Host a', '  ProxyJump b', 'Host b', '  ProxyJump a');
    expect(await problemOf(route({ address: 'a' }, ssh))).toMatchObject({
      code: 'host_unreachable',
      words: expect.stringContaining('more than 10') as string
    });
  });

  it('of included files count in their place', async () => {
    write('config', 'Include conf.d/*', 'Host h', '  User late', '  Port 23');
    write('conf.d/one', 'Host h', '  User early');
    write('conf.d/two', 'Host other', '  Port 99');
    // OpenSSH includes from its own home folder, which a test cannot move.
    write('config', `Include ${join(home, '.ssh')}/conf.d/*`, 'Host h', '  User late', '  Port 23');
    const [found] = await route({ address: 'h' }, ssh);
    expect([found.user, found.port]).toEqual(['early', 23]);
  });

  it('tell what ssh2 cannot do', async () => {
    write(
      'config',
      ...['Host command', '  ProxyCommand nc %h %p', 'Host h', '  CertificateFile /c-%h'],
      '  PKCS11Provider /usr/lib/token.so'
    );
    const problem = await problemOf(route({ address: 'command' }, ssh));
    expect(problem).toMatchObject({ code: 'transport_unfit', params: { host: 'command' } });
    const [found] = await route({ address: 'h' }, ssh);
    expect(found.unfit).toHaveLength(2);
    expect(found.unfit.join()).toContain('token.so');
  });
});

describe('without ssh', () => {
  it('a jump host of all hosts is reached without one', async () => {
    write('config', 'ProxyJump gate.example');
    const way = await route({ address: 'h' }, null);
    expect(way.map(({ host }) => host)).toEqual(['gate.example', 'h']);
  });

  it('`Match exec` is not run', async () => {
    const made = join(home, 'made');
    write('config', `Match exec "touch ${made}"`, '  User evil', 'Match host h', '  Port 23');
    const [found] = await route({ address: 'h' }, null);
    expect([found.user, found.port, existsSync(made)]).toEqual(['me', 23, false]);
  });

  it('a list that adds to the usual one leaves it as it is', async () => {
    write('config', 'HostKeyAlgorithms +ssh-rsa');
    expect((await route({ address: 'h' }, null))[0].algorithms.serverHostKey).toBeNull();
  });
});

describe('asking ssh', () => {
  const program = (script: string): string => {
    const path = join(home, 'fake');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o700);
    return path;
  };

  it('is done by words that no address can change', async () => {
    write('config');
    const ssh = program(`printf '%s\\n' "$@" >'${join(home, 'words')}'`);
    await route({ address: 'h', user: 'u', port: 23 }, ssh);
    expect(
      execFileSync('cat', [join(home, 'words')])
        .toString()
        .trim()
        .split('\n')
    ).toEqual([
      ...['-G', '-N', '-F', join(home, '.ssh', 'config'), '-l', 'u', '-p', '23', '--', 'h']
    ]);
  });

  it('that fails says why', async () => {
    write('config', 'Nonsense yes');
    expect(await problemOf(route({ address: 'h' }, 'ssh'))).toMatchObject({
      code: 'command_failed',
      words: expect.stringContaining('nonsense') as string
    });
  });

  it('that is not there is no error', async () => {
    write('config', 'Port 23');
    expect((await route({ address: 'h' }, join(home, 'none')))[0].port).toBe(23);
  });

  it('takes a host’s own name for nothing else', async () => {
    write('config', 'HostName $(x)');
    expect(await problemOf(route({ address: 'h' }, null))).toMatchObject({
      code: 'host_unreachable'
    });
  });
});

describe('a jump host', () => {
  it.each<[string, IAsked]>([
    ['h', { address: 'h' }],
    ['u@h', { address: 'h', user: 'u' }],
    ['u@h:23', { address: 'h', user: 'u', port: 23 }],
    ['a@b@h', { address: 'h', user: 'a@b' }],
    ['ssh://u@h:23/', { address: 'h', user: 'u', port: 23 }],
    ['u@[2001:db8::1]:23', { address: '[2001:db8::1]', user: 'u', port: 23 }],
    ['2001:db8::1', { address: '2001:db8::1' }]
  ])('%s', (written, expected) => {
    expect(parseJump(written)).toEqual(expected);
  });

  it.each(['', '@', 'h:', 'h:x', 'u@', 'a b:c:'])('is not %p', written => {
    expect(() => parseJump(written)).toThrow('host_unreachable');
  });
});
