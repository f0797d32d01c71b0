import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync
} from 'node:fs';
import { join } from 'node:path';
import { ShellTransport } from '../../ssh/connections/transport.fixture';
import { until } from '../../until.fixture';
import { errorOf, newHome } from '../conformance.fixture';
import { hostOver, TestLink } from './link.fixture';
import { sourceOf } from './files';
import { Gathered } from './gathered';

let home: string;
let own: string;
beforeEach(() => {
  home = newHome();
  own = join(home, 'home');
  mkdirSync(own);
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

const there = (shell = '/bin/sh', more: NodeJS.ProcessEnv = {}): ShellTransport =>
  new ShellTransport({ shell, environment: { HOME: own, PATH: '/usr/bin:/bin', ...more } });

describe('whatever the login shell is', () => {
  /** What people have in their start files. */
  const NOISE =
    'printf "\\033[31mWelcome\\033[0m\\n"; printf "no newline at the end"; echo oops >&2\n';
  it.each([
    ['/bin/sh', '.profile', `${NOISE}export SLURM_CONF=/site\n`],
    ['/bin/bash', '.bash_profile', `${NOISE}set -u\nexport SLURM_CONF=/site\nalias ls=false\n`],
    ['/usr/bin/zsh', '.zprofile', `${NOISE}setopt noclobber\nexport SLURM_CONF=/site\n`],
    ['/usr/bin/ksh', '.profile', `${NOISE}export SLURM_CONF=/site\n`],
    ['/usr/bin/tcsh', '.login', 'echo Welcome\nsetenv SLURM_CONF /site\n'],
    ['/usr/bin/fish', '.config/fish/config.fish', 'echo Welcome\nset -gx SLURM_CONF /site\n']
  ])('%s', async (shell, file, content) => {
    mkdirSync(join(own, file, '..'), { recursive: true });
    writeFileSync(join(own, file), content);
    const link = new TestLink(there(shell));
    const host = hostOver(link);
    const words = ["it's", '$HOME', '!!', 'a\nb', '"'];
    const argv = ['sh', '-c', 'printf "%s|" "$SLURM_CONF" "$@"; echo err >&2', 'sh', ...words];
    const said = await host.run({ argv, timeoutMs: 60_000 });
    expect(said).toEqual({
      exitCode: 0,
      signal: null,
      stdout: `/site|${words.join('|')}|`,
      stderr: 'err\n'
    });
    expect(await host.folder('~/a b')).toBe(join(own, 'a b'));
  });

  it('start files that hang or end the shell are done without', async () => {
    writeFileSync(join(own, '.profile'), 'echo bye; exit 1\n');
    const logged: string[] = [];
    const host = hostOver(new TestLink(there()), logged);
    const { stdout } = await host.run({ argv: ['echo', 'x'], timeoutMs: 60_000 });
    expect([stdout, logged]).toEqual(['x\n', ['host.login_environment']]);
  });

  it('is asked for its environment once for each connection', async () => {
    const transport = there();
    const link = new TestLink(transport);
    const host = hostOver(link);
    const run = () => host.run({ argv: ['true'], timeoutMs: 60_000 });
    await Promise.all([run(), run(), run()]);
    expect(transport.lines).toHaveLength(4);
    const second = there();
    link.connect(second);
    await run();
    expect(second.lines).toHaveLength(2);
  });
});

it('nothing that is asked stands in the words of its processes, which others can read', async () => {
  const transport = there('/bin/sh', { _condor_HUSH: 'a-secret-place' });
  const host = hostOver(new TestLink(transport));
  const all = 'for f in /proc/[0-9]*/cmdline; do tr "\\0" " " < $f; done 2>/dev/null';
  const script = `${all}; echo "[$_condor_HUSH]"`;
  const { stdout } = await host.run({ argv: ['sh', '-c', script], timeoutMs: 60_000 });
  expect(stdout.match(/a-secret-place/g)).toHaveLength(1);
  await host.list(own);
  await host.putFolder(join(home, 'new'), [{ path: 'x', content: 'x', mode: 0o600 }]);
  expect(new Set(transport.lines).size).toBe(1);
});

it('an answer in the smallest of pieces takes no more memory than a large one', () => {
  const gathered = new Gathered();
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, n) => n % 251));
  for (const [at] of bytes.entries()) {
    gathered.add(bytes.subarray(at, at + 1));
  }
  expect(gathered.bytes.equals(bytes)).toBe(true);
  expect(gathered.bytes.buffer.byteLength).toBeLessThanOrEqual(2 * bytes.length);
});

describe('an answer that cannot be read', () => {
  const shell = (script: string): string => {
    const path = join(home, 'shell');
    writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
    return path;
  };

  it('is told with what was said in its place', async () => {
    const host = hostOver(
      new TestLink(there(shell('echo This account is not available.; exit 1')))
    );
    const [code, params] = await errorOf(host.folder(undefined));
    expect([code, params]).toEqual(['answer_unreadable', { command: '~/.pilothouse/test' }]);
  });

  it('is bounded', async () => {
    const host = hostOver(new TestLink(there(shell('exec yes'))));
    expect((await errorOf(host.folder(undefined)))[0]).toBe('answer_unreadable');
  });
});

describe('a connection that is not there', () => {
  it('is what everything fails with', async () => {
    const host = hostOver(new TestLink(null));
    const works: (() => Promise<unknown>)[] = [
      () => host.run({ argv: ['true'], timeoutMs: 1000 }),
      () => host.folder(undefined),
      () => host.putFolder('/x', []),
      () => host.putFile(__filename, '/x'),
      () => host.read('/x', 0, 1),
      () => host.sizes(['/x']),
      () => host.list('/x'),
      () => host.remove(['/x'])
    ];
    for (const work of works) {
      expect(await errorOf(work())).toEqual(['login_needed', { host: 'alice@there' }]);
    }
    expect(host.connected).toBe(false);
  });

  it('and one that breaks is told at once', async () => {
    const transport = there();
    const link = new TestLink(transport);
    const host = hostOver(link);
    await host.folder(undefined);
    const begun = join(home, 'begun');
    const argv = ['sh', '-c', `echo $$ > ${begun}; exec sleep 60`];
    const run = errorOf(host.run({ argv, timeoutMs: 60_000 }));
    await until('it runs', () => existsSync(begun) && readFileSync(begun, 'utf8') !== '');
    transport.cut();
    link.connect(null);
    expect(await run).toEqual(['host_lost', { host: 'alice@there' }]);
    process.kill(Number(readFileSync(begun, 'utf8')));
  });
});

describe('a file that broke off', () => {
  const SIZE = 3_000_000;
  let local: string;
  let to: string;
  beforeEach(() => {
    local = join(home, 'local');
    to = join(home, 'there', 'file');
    mkdirSync(join(home, 'there'));
    writeFileSync(local, Buffer.from(Array.from({ length: SIZE }, (_, n) => n % 251)));
  });
  const arrives = async (): Promise<boolean> => {
    await hostOver(new TestLink(there())).putFile(local, to);
    const same = readFileSync(to).equals(readFileSync(local));
    return same && readdirSync(join(home, 'there')).length === 1;
  };

  it('goes on from there', async () => {
    const { part } = await sourceOf(local, to);
    writeFileSync(part, readFileSync(local).subarray(0, 1_234_567));
    const before = statSync(part).ino;
    expect(await arrives()).toBe(true);
    expect(statSync(to).ino).toBe(before);
  });

  it('begins anew where what is there is something else', async () => {
    const { part } = await sourceOf(local, to);
    writeFileSync(part, readFileSync(local).subarray(0, 1000));
    appendFileSync(part, 'x');
    expect(await arrives()).toBe(true);
  });

  it('is whole after a part that is too long, or all that was to come', async () => {
    const { part } = await sourceOf(local, to);
    writeFileSync(part, readFileSync(local));
    expect(await arrives()).toBe(true);
    rmSync(to);
    writeFileSync(part, Buffer.concat([readFileSync(local), Buffer.from('x')]));
    expect(await arrives()).toBe(true);
  });

  it('is not there under its name before it is whole', async () => {
    // More than goes through between two looks.
    truncateSync(local, 120_000_000);
    const transport = there();
    const link = new TestLink(transport);
    const put = errorOf(hostOver(link).putFile(local, to));
    await until('it has begun', () => readdirSync(join(home, 'there')).length > 0);
    transport.cut();
    link.connect(null);
    await put;
    await transport.idle();
    expect(readdirSync(join(home, 'there'))).not.toContain('file');
    expect(await arrives()).toBe(true);
  });
});

describe('another user who is quicker', () => {
  /** A tool that another user comes before, or after, each time it is run. */
  const beaten = (tool: string, script: string): ShellTransport => {
    mkdirSync(join(own, 'bin'));
    writeFileSync(join(own, 'bin', tool), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return there('/bin/sh', { PATH: `${join(own, 'bin')}:/usr/bin:/bin` });
  };

  it('and makes the folder first does not get what is put there', async () => {
    const folder = join(home, 'wanted');
    const theirs = `/bin/mkdir -m 777 '${folder}' && : > '${folder}/theirs'`;
    const host = hostOver(new TestLink(beaten('mkdir', `${theirs}; exec /bin/mkdir "$@"`)));
    const [code, params] = await errorOf(host.folder(folder));
    expect(code).toBe('file_failed');
    expect(params).toMatchObject({
      problem: expect.stringContaining('others can enter it') as string
    });
  });

  it('and puts a link in a file’s place does not have another one read', async () => {
    const [secret, path] = [join(home, 'secret'), join(home, 'output')];
    writeFileSync(secret, 'the secret');
    writeFileSync(path, 'the output');
    const swap = `/bin/rm -f '${path}'; /bin/ln -s '${secret}' '${path}'`;
    const host = hostOver(new TestLink(beaten('stat', `${swap}; exec /usr/bin/stat "$@"`)));
    expect(await host.read(path, 0, 100)).toBeNull();
  });

  it('and makes the part of a file first does not get its bytes', async () => {
    const [local, to] = [join(home, 'local'), join(home, 'file')];
    writeFileSync(local, 'secret');
    const { part } = await sourceOf(local, to);
    const host = hostOver(new TestLink(beaten('rm', `/bin/rm "$@"; : > '${part}'`)));
    expect((await errorOf(host.putFile(local, to)))[0]).toBe('file_failed');
    expect(readFileSync(part, 'utf8')).toBe('');
  });
});

it('names that lead out of a folder are none of its entries', async () => {
  mkdirSync(join(own, 'bin'));
  const line = '81a4 0 1 2026-01-01 00:00:00.000000000 +0000';
  const names = ['./../../.ssh/authorized_keys', './..', './fine', '/etc/passwd'];
  const printed = names.map(name => `${line} ${name}\n`).join('');
  writeFileSync(join(own, 'bin', 'find'), `#!/bin/sh\nprintf '${printed}'\n`, { mode: 0o755 });
  const PATH = `${join(own, 'bin')}:/usr/bin:/bin`;
  const listed = await hostOver(new TestLink(there('/bin/sh', { PATH }))).list(home);
  expect(listed.map(({ name }) => name)).toEqual(['fine']);
});

it('a folder that does not come whole is not there', async () => {
  const transport = there();
  const link = new TestLink(transport);
  const host = hostOver(link);
  const content = Buffer.alloc(30_000_000);
  const put = errorOf(host.putFolder(join(home, 's'), [{ path: 'big', content, mode: 0o600 }]));
  await until('it has begun', () => readdirSync(home).includes('s'));
  transport.cut();
  link.connect(null);
  expect((await put)[0]).toBe('host_lost');
  await transport.idle();
  await until('it is gone', () => !readdirSync(home).includes('s'));
});
