import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { KeysRoom } from '../keys.fixture';
import type { Person } from '../login.fixture';
import { ssh2Opener } from '../ssh2';
import { makeKey, startSshd, type ISshd } from '../sshd.fixture';
import { openSshOpener } from '.';

jest.setTimeout(60_000);

/** Machines that prove themselves by a certificate, and what is made of a wrong one. */
const room = new KeysRoom({
  opener: openSshOpener,
  makeKeys: path => {
    makeKey(path('authority'));
    makeKey(path('other'));
    return [makeKey(path('open'))];
  }
});
const { key, person, opened, stops } = room;
const half = (name: string): string => readFileSync(`${key(name)}.pub`, 'utf8').trim();

/** A machine with a key of its own, and what its authority says of that (ssh-keygen(1), CERTIFICATES). */
async function machine(name: string, ...says: string[]): Promise<ISshd> {
  makeKey(key(name));
  const sign = ['-q', '-h', '-s', key('authority'), '-I', name, ...says];
  execFileSync('ssh-keygen', [...sign, `${key(name)}.pub`]);
  const lines = [`HostKey ${key(name)}`, `HostCertificate ${key(name)}-cert.pub`];
  const sshd = await startSshd([half('open')], lines, []);
  stops.push(() => sshd.stop());
  return sshd;
}

const target = ({ port }: ISshd): { port: number; keyFile: string } => ({
  port,
  keyFile: key('open')
});

/** Somebody who knows an authority and no machine. */
const who = (port: number, authority = 'authority', ...more: string[]): Person =>
  person().knows(
    [`@cert-authority [127.0.0.1]:${port} ${half(authority)}`, ...more, ''].join('\n')
  );

it('is believed where a known authority has signed for its name', async () => {
  const sshd = await machine('right', '-n', '127.0.0.1');
  const knows = who(sshd.port);
  const transport = await opened(knows, target(sshd));
  expect(transport.key.algorithm).toBe('ssh-ed25519-cert-v01@openssh.com');
  expect(knows.trusted).toEqual([]);
});

it.each([
  ['for another name', ['-n', 'elsewhere'], 'authority'],
  ['and not any more', ['-n', '127.0.0.1', '-V', '20200101:20210101'], 'authority'],
  ['whom nobody knows', ['-n', '127.0.0.1'], 'other']
])('is as any new machine where one has signed %s', async (why, says, known) => {
  const sshd = await machine(why.replaceAll(' ', '-'), ...says);
  const careful = who(sshd.port, known);
  careful.trusts = false;
  expect((await careful.refusal(target(sshd))).code).toBe('login_cancelled');
  expect(careful.trusted.map(({ key: shown }) => shown.algorithm)).toEqual(['ssh-ed25519']);
  const alone = who(sshd.port, known);
  alone.persons = false;
  expect((await alone.refusal(target(sshd))).code).toBe('login_needed');
});

it('is refused where its authority is revoked', async () => {
  const sshd = await machine('revoked', '-n', '127.0.0.1');
  const warned = who(sshd.port, 'authority', `@revoked * ${half('authority')}`);
  const refused = await warned.refusal(target(sshd));
  expect(refused.data).toMatchObject({
    code: 'machine_key_revoked',
    params: { line: 2, file: warned.knownHosts }
  });
});

it('is for OpenSSH, which is offered where Pilothouse’s own cannot', async () => {
  const sshd = await machine('offered', '-n', '127.0.0.1');
  const knows = who(sshd.port);
  knows.opener = ssh2Opener;
  const refused = await knows.refusal(target(sshd));
  expect(refused.code).toBe('transport_unfit');
  expect(refused.data.params.what).toContain('the certificate by which your known_hosts knows');
});
