import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PilothouseError } from '../../errors';
import {
  fingerprintOf,
  judge,
  knownAlgorithms,
  knownSinceMs,
  nameOf,
  noteAccepted,
  otherNames,
  readKnownFiles,
  rememberKey
} from '.';
import { matches } from './names';
import { keyAlgorithm, parseKnownLines } from './lines';

let home: string;
const keys: Record<string, { text: string; blob: Buffer; fingerprint: string }> = {};
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'ph-'));
  const types = { a: 'ed25519', b: 'ed25519', rsa: 'rsa', ecdsa: 'ecdsa' };
  for (const [name, type] of Object.entries(types)) {
    const file = join(home, name);
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'made here', '-f', file]);
    const text = readFileSync(`${file}.pub`, 'utf8').trim().split(' ').slice(0, 2).join(' ');
    const fingerprint = execFileSync('ssh-keygen', ['-l', '-f', `${file}.pub`])
      .toString()
      .split(' ')[1];
    keys[name] = { text, blob: Buffer.from(text.split(' ')[1], 'base64'), fingerprint };
  }
});
afterAll(() => rmSync(home, { recursive: true }));

/** A file with these lines; `{a}` stands for the key a. */
const fileOf = (...lines: string[]): string => {
  const path = join(mkdtempSync(join(home, 'f-')), 'known_hosts');
  const filled = lines.map(line =>
    line.replace(/\{(\w+)\}/g, (_, name: string) => keys[name].text)
  );
  writeFileSync(path, filled.map(line => `${line}\n`).join(''));
  return path;
};
const machine = (host: string, port = 22, alias: string | null = null) => ({ host, port, alias });
const judged = async (file: string, host: string, key: string, port = 22): Promise<string> => {
  const told = judge(await readKnownFiles([file]), machine(host, port), keys[key].blob);
  const where = 'line' in told ? ` ${told.line}` : '';
  return `${told.kind}${where}${told.kind === 'new' && told.byAuthority ? ' by authority' : ''}`;
};

it('tells fingerprints as ssh-keygen does', () => {
  for (const { blob, fingerprint } of Object.values(keys)) {
    expect(fingerprintOf(blob)).toBe(fingerprint);
  }
});

describe('a key is', () => {
  const forms: [string, string[], string, string, number | undefined, string][] = [
    ['by its name', ['h.example {a}'], 'h.example', 'a', 22, 'known 1'],
    ['whatever the case', ['H.Example {a}'], 'h.eXample', 'a', 22, 'known 1'],
    ['with a comment and tabs', ['# c', '', 'h\t{a} me and you'], 'h', 'a', 22, 'known 3'],
    ['one of a list', ['x,h,y {a}'], 'h', 'a', 22, 'known 1'],
    ['by a pattern', ['*.example {a}'], 'h.example', 'a', 22, 'known 1'],
    ['by a question mark', ['h?.example {a}'], 'h1.example', 'a', 22, 'known 1'],
    ['not by a negated one', ['*.example,!h.example {a}'], 'h.example', 'a', 22, 'new'],
    ['at a port', ['[h]:2222 {a}'], 'h', 'a', 2222, 'known 1'],
    ['at any port', ['[h]:* {a}'], 'h', 'a', 2222, 'known 1'],
    ['not at another port', ['[h]:2222 {a}'], 'h', 'a', 2223, 'new'],
    ['not at 22', ['[h]:2222 {a}'], 'h', 'a', 22, 'new'],
    ['at a port as at 22', ['h {a}'], 'h', 'a', 2222, 'known 1'],
    ['new at a port, whatever is at 22', ['h {b}'], 'h', 'a', 2222, 'new'],
    ['new', ['other {a}'], 'h', 'a', 22, 'new'],
    ['changed', ['h {b}'], 'h', 'a', 22, 'changed 1'],
    ['changed: the line of its algorithm', ['h {rsa}', 'h {b}'], 'h', 'a', 22, 'changed 2'],
    ['changed to an unknown algorithm', ['h {rsa}'], 'h', 'a', 22, 'changed 1'],
    ['one of several login nodes', ['h {b}', 'h {a}'], 'h', 'a', 22, 'known 2'],
    ['revoked', ['@revoked * {a}', 'h {a}'], 'h', 'a', 22, 'revoked 1'],
    ['revoked after it', ['h {a}', '@revoked h {a}'], 'h', 'a', 22, 'revoked 2'],
    ['not revoked by another', ['@revoked * {b}', 'h {a}'], 'h', 'a', 22, 'known 2'],
    ['revoked at 22', ['h {a}', '@revoked h {a}'], 'h', 'a', 2222, 'revoked 2'],
    ['an authority, which is no key', ['@cert-authority * {a}'], 'h', 'a', 22, 'new by authority'],
    ['known beside an authority', ['@cert-authority * {b}', 'h {a}'], 'h', 'a', 22, 'known 2'],
    ['of a marker not known', ['@other h {a}'], 'h', 'a', 22, 'new'],
    ['of version 1', ['h 1024 35 1234567890'], 'h', 'a', 22, 'new'],
    ['cut', ['h ssh-ed25519 AAAA'], 'h', 'a', 22, 'new'],
    ['of another algorithm than it says', ['h ssh-rsa AAAAC3NzaC1lZDI1NTE5'], 'h', 'a', 22, 'new']
  ];
  it.each(forms)('%s', async (_, lines, host, key, port, expected) => {
    expect(await judged(fileOf(...lines), host, key, port)).toBe(expected);
  });

  it.each([
    ['h.example', 22],
    ['h.example', 2222],
    ['2001:db8::1', 22],
    ['[weird', 22]
  ])('known as ssh-keygen hashes it: %s %i', async (host, port) => {
    const name = nameOf(machine(host, port));
    const file = fileOf(`${name} {a}`, 'other {b}');
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
    expect(readFileSync(file, 'utf8')).not.toContain('example');
    expect(await judged(file, host, 'a', port)).toBe('known 1');
    expect(await judged(file, host, 'b', port)).toBe('changed 1');
  });

  it('told which one was expected, and in which file', async () => {
    const [user, system] = [fileOf('# mine'), fileOf('h {b}')];
    const told = judge(await readKnownFiles([user, system]), machine('h'), keys.a.blob);
    expect(told).toEqual({ kind: 'changed', file: system, line: 1, expected: keys.b.fingerprint });
  });

  it('looked up by its alias, without a port', async () => {
    const lines = await readKnownFiles([fileOf('cluster {a}')]);
    expect(judge(lines, machine('h', 2222, 'Cluster'), keys.a.blob).kind).toBe('known');
    expect(judge(lines, machine('cluster', 2222, 'other'), keys.a.blob).kind).toBe('new');
  });

  it('found where ssh-keygen finds it', async () => {
    const file = fileOf('*.example,!no.example {a}', '[h]:2222 {b}', 'x,y {rsa}', 'z {a}');
    for (const name of ['a.example', 'no.example', '[h]:2222', 'h', 'x', 'y', 'z', 'X', 'none']) {
      const found = spawnSync('ssh-keygen', ['-F', name, '-f', file]).status === 0;
      const meant = name.startsWith('[') ? machine('h', 2222) : machine(name);
      const lines = await readKnownFiles([file]);
      const ours = Object.values(keys).some(key => judge(lines, meant, key.blob).kind === 'known');
      expect([name, ours]).toEqual([name, found]);
    }
  });
});

describe('what else is known of a machine', () => {
  it('algorithms, and other names of a key', async () => {
    const file = fileOf('h,i {a}', 'h {rsa}', '@revoked h {ecdsa}', '*.x,!y {a}', '|1|a|b {a}');
    const lines = await readKnownFiles([file]);
    expect([...knownAlgorithms(lines, machine('h'))]).toEqual(['ssh-ed25519', 'ssh-rsa']);
    expect(otherNames(lines, machine('h'), keys.a.blob)).toEqual(['i', '*.x']);
  });

  it('since when, where it was accepted here', async () => {
    const state = join(home, 'state');
    expect(await knownSinceMs(state, 'h', 'SHA256:x')).toBeNull();
    await noteAccepted(state, 'h', 'SHA256:x', 5);
    await noteAccepted(state, 'i', 'SHA256:x', 6);
    expect(await knownSinceMs(state, 'h', 'SHA256:x')).toBe(5);
    writeFileSync(join(state, 'machine-keys.json'), '{');
    expect(await knownSinceMs(state, 'h', 'SHA256:x')).toBeNull();
    expect(statSync(join(state, 'machine-keys.json')).mode & 0o777).toBe(0o600);
  });
});

describe('a key that is remembered', () => {
  it('is found by us and by ssh-keygen', async () => {
    const file = join(home, 'new', 'known_hosts');
    await rememberKey(file, nameOf(machine('h', 2222)), keys.a.blob, false);
    await rememberKey(file, nameOf(machine('i')), keys.b.blob, true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, 'new')).mode & 0o777).toBe(0o700);
    expect(await judged(file, 'h', 'a', 2222)).toBe('known 1');
    expect(await judged(file, 'i', 'b')).toBe('known 2');
    expect(readFileSync(file, 'utf8')).toMatch(/^\[h\]:2222 .*\n\|1\|.*\n$/);
    for (const name of ['[h]:2222', 'i']) {
      expect(spawnSync('ssh-keygen', ['-F', name, '-f', file]).status).toBe(0);
    }
  });

  it('has a line of its own, and leaves what is there', async () => {
    const file = fileOf('h {a}');
    appendFileSync(file, '# no newline');
    await rememberKey(file, 'i', keys.b.blob, false);
    expect(readFileSync(file, 'utf8')).toMatch(/^h .*\n# no newline\ni .*\n$/);
    expect(await judged(file, 'i', 'b')).toBe('known 3');
  });

  it('and cannot be, is an error that names the file', async () => {
    writeFileSync(join(home, 'plain'), '');
    const work = rememberKey(join(home, 'plain', 'known_hosts'), 'h', keys.a.blob, false);
    await expect(work).rejects.toBeInstanceOf(PilothouseError);
    await expect(readKnownFiles([home])).rejects.toMatchObject({ code: 'file_failed' });
    expect(await readKnownFiles([join(home, 'none')])).toEqual([]);
  });
});

describe('what somebody else wrote', () => {
  it('is read in bounded time', () => {
    expect(matches(`${'*a'.repeat(2000)}b`, 'a'.repeat(2000))).toBe(false);
    expect(parseKnownLines('\0\n@\n@revoked\nh\nh ssh-rsa\n'.repeat(1000), 'f')).toEqual([]);
  });
});

it.each([
  ['ssh-ed25519', 'ssh-ed25519'],
  ['sk-ssh-ed25519@openssh.com', 'sk-ssh-ed25519@openssh.com'],
  ['ssh-rsa\n* ssh-rsa', null],
  ['\x1b[2Jssh', null],
  ['a,b', null],
  ['', null],
  ['x'.repeat(101), null]
])('a key that calls itself %p is %p', (name, algorithm) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  expect(keyAlgorithm(Buffer.concat([length, Buffer.from(name)]))).toBe(algorithm);
});
