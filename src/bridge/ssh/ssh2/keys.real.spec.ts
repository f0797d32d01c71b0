import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeysRoom } from '../keys.fixture';
import { shellLine } from '../line';
import { type Person, textOf } from '../login.fixture';
import { securityKeyFile } from '../securityKey.fixture';
import { makeKey, startAgent, startSshd } from '../sshd.fixture';
import type { ITransport } from '../tokens';
import { ssh2Opener } from '.';

jest.setTimeout(60_000);

const PASSPHRASE = 'correct horse battery staple';
const room = new KeysRoom({
  opener: ssh2Opener,
  makeKeys: path => {
    for (const stranger of ['s1', 's2', 's3', 's4', 's5', 's6']) {
      makeKey(path(stranger));
    }
    return [
      makeKey(path('open')),
      makeKey(path('locked'), 'ed25519', PASSPHRASE),
      makeKey(path('rsa'), 'rsa'),
      makeKey(path('ecdsa'), 'ecdsa'),
      makeKey(path('pem'), 'rsa', PASSPHRASE, 'PEM')
    ];
  },
  lines: () => ['MaxAuthTries 6'],
  keyTypes: ['ed25519', 'rsa']
});
const { folder, key, person, opened, stops } = room;
const agentOf = async (...names: string[]): Promise<Record<string, string>> => {
  const agent = await startAgent(names.map(key));
  stops.push(agent.stop);
  return { SSH_AUTH_SOCK: agent.socket };
};
const says = async (transport: ITransport, script: string): Promise<string> => {
  const program = await transport.exec(shellLine(script));
  program.stderr.resume();
  return textOf(program.stdout);
};

describe('a key lets its owner in', () => {
  it.each(['open', 'rsa', 'ecdsa'])('from a file: %s', async name => {
    const who = person();
    const transport = await opened(who, { port: room.sshd.port, keyFile: key(name) });
    expect(transport.methods).toEqual(['publickey']);
    expect(transport.neededPerson).toBe(false);
    expect(await says(transport, 'echo $((6 * 7))')).toBe('42\n');
    expect([who.rounds, who.trusted]).toEqual([[], []]);
    expect(who.hops).toEqual([
      { address: '127.0.0.1', port: room.sshd.port, user: 'root', number: 1, of: 1 }
    ]);
  });

  it.each(['open', 'rsa', 'ecdsa'])('from an agent: %s', async name => {
    const who = person();
    who.environment = await agentOf(name);
    const transport = await opened(who, { port: room.sshd.port });
    expect([transport.methods, transport.neededPerson]).toEqual([['publickey'], false]);
  });

  it('where nobody is there to be asked', async () => {
    const who = person();
    who.persons = false;
    const transport = await opened(who, { port: room.sshd.port, keyFile: key('open') });
    expect(transport.neededPerson).toBe(false);
  });

  it('in the order of ssh: what the configuration names, the agent’s others, files', async () => {
    const who = person().config(`IdentityFile ${key('s3')}`, `IdentityFile ${key('open')}`);
    who.environment = await agentOf('s1', 's2', 'open');
    await opened(who, { port: room.sshd.port });
    expect(room.sshd.log()).not.toContain('maximum authentication attempts');
  });

  it('and no other of the agent’s is offered where only named ones may be', async () => {
    const who = person().config('IdentitiesOnly yes', `IdentityFile ${key('open')}.pub`);
    who.environment = await agentOf('s1', 's2', 's3', 's4', 's5', 's6', 'open');
    const transport = await opened(who, { port: room.sshd.port });
    expect(transport.methods).toEqual(['publickey']);
  });
});

describe('a passphrase', () => {
  it.each(['locked', 'pem'])('is asked for once: %s', async name => {
    const who = person(() => [PASSPHRASE]);
    const transport = await opened(who, { port: room.sshd.port, keyFile: key(name) });
    expect([transport.methods, transport.neededPerson]).toEqual([['publickey'], true]);
    expect(who.rounds).toEqual([
      {
        ...{ method: 'passphrase', name: '', instructions: '', again: false },
        prompts: [{ text: `Enter passphrase for key '${key(name)}': `, echo: false }]
      }
    ]);
  });

  it('is asked for again where it was wrong, and then no more', async () => {
    const right = person((_, number) => [number < 3 ? 'wrong' : PASSPHRASE]);
    await opened(right, { port: room.sshd.port, keyFile: key('locked') });
    expect(right.rounds.map(({ again }) => again)).toEqual([false, true, true]);

    const wrong = person(() => ['wrong']);
    const refused = await wrong.refusal({ port: room.sshd.port, keyFile: key('locked') });
    expect([refused.code, wrong.rounds.length]).toEqual(['login_refused', 3]);
  });

  it('is not asked for a key that the machine does not take', async () => {
    makeKey(key('locked-stranger'), 'ed25519', PASSPHRASE);
    const who = person(() => [PASSPHRASE]);
    const refused = await who.refusal({ port: room.sshd.port, keyFile: key('locked-stranger') });
    expect([refused.code, who.rounds]).toEqual(['login_refused', []]);
    expect(refused.data.words).toContain('publickey');
  });

  it('can be left unanswered', async () => {
    const who = person(() => 'cancel');
    const refused = await who.refusal({ port: room.sshd.port, keyFile: key('locked') });
    expect([refused.code, who.rounds.length]).toEqual(['login_cancelled', 1]);
  });

  it('is nothing that can be had without a person', async () => {
    const who = person();
    who.persons = false;
    const refused = await who.refusal({ port: room.sshd.port, keyFile: key('locked') });
    expect(refused.code).toBe('login_needed');
  });
});

describe('a key that ssh2 has no use for', () => {
  it.each([
    ['readable', 'chmod 600'],
    ['certificate', 'the certificate'],
    ['beside', 'the certificate'],
    ['sk', 'the security key of']
  ])('is named in the refusal: %s', async (kind, words) => {
    const own = mkdtempSync(join(folder, 'unfit-'));
    const file = join(own, kind);
    makeKey(file);
    const lines = [`IdentityFile ${file}`];
    if (kind === 'readable') {
      chmodSync(file, 0o644);
    } else if (kind === 'certificate') {
      lines.push(`CertificateFile ${file}-cert.pub`);
    } else if (kind === 'beside') {
      const sign = ['-q', '-s', key('open'), '-I', 'test', '-n', 'root'];
      execFileSync('ssh-keygen', [...sign, `${file}.pub`]);
    } else {
      // No such device is here: the public half of one, as ssh-keygen writes it.
      writeFileSync(
        file,
        'sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIA== a\n'
      );
    }
    const refused = await person()
      .config(...lines)
      .refusal({ port: room.sshd.port });
    expect(refused.code).toBe('transport_unfit');
    expect(String(refused.data.params.what)).toContain(words);
  });

  it('is found by its usual name, too', async () => {
    const who = person();
    // Only without a binary do the usual names lie in this home, and not in that of passwd(5).
    who.ssh = null;
    writeFileSync(join(who.home, '.ssh', 'id_ed25519_sk'), securityKeyFile(), { mode: 0o600 });
    const refused = await who.config().refusal({ port: room.sshd.port });
    expect(refused.data).toMatchObject({
      code: 'transport_unfit',
      params: { what: `the security key of ${who.home}/.ssh/id_ed25519_sk` }
    });
  });
});

describe('the key of the machine', () => {
  const target = (): { port: number; keyFile: string } => ({
    port: room.sshd.port,
    keyFile: key('open')
  });
  const stranger = (): Person => {
    const who = person();
    rmSync(who.knownHosts);
    return who;
  };

  it('is shown, asked, and remembered', async () => {
    const who = stranger();
    const first = await opened(who, target());
    expect(who.trusted).toHaveLength(1);
    expect(who.trusted[0].file).toBe(who.knownHosts);
    expect(who.trusted[0].key.fingerprint).toBe(first.key.fingerprint);
    expect(first.neededPerson).toBe(false);
    expect(statSync(who.knownHosts).mode & 0o777).toBe(0o600);
    expect(readFileSync(who.knownHosts, 'utf8')).toBe(
      `[127.0.0.1]:${room.sshd.port} ${room.sshd.publicKeys.ed25519.split(' ').slice(0, 2).join(' ')}\n`
    );
    const again = await opened(who, target());
    expect(who.trusted).toHaveLength(1);
    expect(again.key.knownSinceMs).toBe(first.key.knownSinceMs);
    expect(who.keys.map(({ fingerprint }) => fingerprint)).toEqual([
      first.key.fingerprint,
      first.key.fingerprint
    ]);
  });

  it('is hashed where the configuration says so', async () => {
    const who = stranger().config('HashKnownHosts yes');
    await opened(who, target());
    expect(readFileSync(who.knownHosts, 'utf8')).toMatch(/^\|1\|/);
    await opened(who, target());
    expect(who.trusted).toHaveLength(1);
  });

  it('that is declined is not remembered, and ends the login', async () => {
    const who = stranger();
    who.trusts = false;
    expect((await who.refusal(target())).code).toBe('login_cancelled');
    expect(() => statSync(who.knownHosts)).toThrow('ENOENT');
  });

  it('that is new needs a person', async () => {
    const who = stranger();
    who.persons = false;
    const refused = await who.refusal(target());
    expect([refused.code, who.trusted]).toEqual(['login_needed', []]);
    expect(refused.data.words).toContain('SHA256:');
  });

  it('that is new is not even asked for where the configuration is strict', async () => {
    const who = stranger().config('StrictHostKeyChecking yes');
    const refused = await who.refusal(target());
    expect([refused.code, who.trusted]).toEqual(['host_unreachable', []]);
    expect(refused.data.words).toContain('StrictHostKeyChecking');
  });

  it('that a file of revoked keys may know is for OpenSSH', async () => {
    const who = person().config(`RevokedHostKeys ${key('revoked')}`);
    expect((await who.refusal(target())).code).toBe('transport_unfit');
  });

  it('that has changed stops it, and names what was expected and where', async () => {
    makeKey(key('other-host'));
    const other = readFileSync(`${key('other-host')}.pub`, 'utf8');
    const who = person().knows(`# mine\n[127.0.0.1]:${room.sshd.port} ${other}`);
    const refused = await who.refusal(target());
    expect(refused.data).toMatchObject({
      code: 'machine_key_changed',
      params: { file: who.knownHosts, line: 2, host: `127.0.0.1:${room.sshd.port}` }
    });
    expect(refused.data.params.expected).not.toBe(refused.data.params.fingerprint);
    expect(who.trusted).toEqual([]);
  });

  it('that is revoked stops it', async () => {
    const who = person().knows(
      `${room.sshd.knownLine}@revoked * ${room.sshd.publicKeys.ed25519}\n`
    );
    const refused = await who.refusal(target());
    expect(refused.data).toMatchObject({ code: 'machine_key_revoked', params: { line: 3 } });
  });

  it('is asked for in the algorithm that is known', async () => {
    const who = person().knows(`[127.0.0.1]:${room.sshd.port} ${room.sshd.publicKeys.rsa}\n`);
    const transport = await opened(who, target());
    expect([transport.key.algorithm, who.trusted]).toEqual(['ssh-rsa', []]);
  });

  it('known by an authority alone is for OpenSSH', async () => {
    const who = person().knows(`@cert-authority * ${room.sshd.publicKeys.rsa}\n`);
    expect((await who.refusal(target())).code).toBe('transport_unfit');
  });

  it('has no file to go to: asked each time', async () => {
    const who = stranger().config('UserKnownHostsFile none');
    await opened(who, target());
    await opened(who, target());
    expect(who.trusted).toHaveLength(2);
  });
});

describe('jump hosts', () => {
  it('are logged in to one after the other, each with its own key', async () => {
    const inner = await startSshd([readFileSync(`${key('rsa')}.pub`, 'utf8').trim()]);
    stops.push(() => inner.stop());
    const who = person().config(
      `Host first`,
      '  HostName 127.0.0.1',
      `  Port ${room.sshd.port}`,
      `  IdentityFile ${key('open')}`,
      `Host 127.0.0.1`,
      `  IdentityFile ${key('rsa')}`
    );
    const transport = await opened(who, { port: inner.port, jumpHosts: ['root@first'] });
    expect(who.hops).toEqual([
      { address: '127.0.0.1', port: room.sshd.port, user: 'root', number: 1, of: 2 },
      { address: '127.0.0.1', port: inner.port, user: 'root', number: 2, of: 2 }
    ]);
    expect(who.trusted).toHaveLength(1);
    expect(await says(transport, 'echo inside')).toBe('inside\n');
    const lost = new Promise(resolve => transport.onLost(resolve));
    await inner.stop();
    expect(await lost).toMatchObject({ code: 'host_lost' });
  });

  it('that do not reach the next say so', async () => {
    const who = person().config('Host first', 'HostName 127.0.0.1', `IdentityFile ${key('open')}`);
    const target = { port: 9, jumpHosts: [`root@first:${room.sshd.port}`] };
    const refused = await who.refusal(target);
    const params = { address: '127.0.0.1' };
    expect(refused.data).toMatchObject({ code: 'host_unreachable' });
    // The machine before it has answered.
    expect(refused.data.params).toEqual(params);
    expect(refused.data.words).toContain('through the machine before it');
  });
});

describe('what ssh2 cannot do at all', () => {
  it('is a ProxyCommand', async () => {
    const refused = await person()
      .config('ProxyCommand nc %h %p')
      .refusal({ port: room.sshd.port });
    expect(refused.data).toMatchObject({ code: 'transport_unfit' });
    expect(refused.data.params.what).toContain('ProxyCommand');
  });

  it('is a key exchange that the configuration alone wants', async () => {
    const who = person().config('KexAlgorithms sntrup761x25519-sha512@openssh.com');
    const refused = await who.refusal({ port: room.sshd.port });
    expect(refused.data).toMatchObject({ code: 'transport_unfit' });
  });

  it('is one that the machine alone wants', async () => {
    const odd = await startSshd([], ['KexAlgorithms sntrup761x25519-sha512@openssh.com']);
    stops.push(() => odd.stop());
    const refused = await person().refusal({ port: odd.port });
    expect(refused.data).toMatchObject({ code: 'transport_unfit' });
    expect(refused.data.params.what).toContain('key exchange');
  });
});

describe('too many keys of an agent', () => {
  it('are refused by the machine in its own words, once', async () => {
    const who = person();
    who.environment = await agentOf('s1', 's2', 's3', 's4', 's5', 's6');
    const refused = await who.refusal({ port: room.sshd.port });
    expect(refused.code).toBe('login_refused');
    expect(refused.data.words).toContain('Too many authentication failures');
  });
});
