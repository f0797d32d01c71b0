import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCRIPT_EXIT } from './pilotScript';
import { ScriptFixture, SHELLS, type IScriptRun } from './script.fixture';

/** What the agent's archive is here: it says with what it runs. */
const AGENT = `
import os, sys, parsl, zmq
print("AGENT", sys.executable, parsl.__file__, os.environ.get("PILOTHOUSE_TASKS_PYTHONPATH"), os.environ.get("PYTHONHOME"))
`;

interface IMade {
  readonly hash: string;
  readonly path: string;
  readonly name: string;
}
const python = execFileSync('python', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8'
}).trim();
const minor = execFileSync(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
  encoding: 'utf8'
}).trim();

let archives: string;
let bare: IMade;
let whole: IMade;
const make = (...more: string[]): IMade =>
  JSON.parse(
    execFileSync(python, ['-m', 'pilothouse.runtime', archives, ...more], { encoding: 'utf8' })
  ) as IMade;
beforeAll(() => {
  archives = mkdtempSync(join(tmpdir(), 'ph-'));
  bare = make();
  whole = make('--python');
}, 120_000);
afterAll(() => {
  rmSync(archives, { recursive: true });
});

let pilot: ScriptFixture;
let node: string;
let path: string;
beforeEach(() => {
  pilot = new ScriptFixture();
  node = mkdtempSync(join(tmpdir(), 'ph-'));
  // A machine without any Python.
  path = join(node, 'bin');
  mkdirSync(path);
  for (const folder of ['/usr/bin', '/bin', '/usr/sbin', '/sbin']) {
    for (const name of readdirSync(folder)) {
      if (!name.startsWith('python') && !existsSync(join(path, name))) {
        symlinkSync(join(folder, name), join(path, name));
      }
    }
  }
  mkdirSync(join(node, 'tmp'));
});
afterEach(() => {
  pilot.dispose();
  rmSync(node, { recursive: true });
});

const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: path,
  HOME: node,
  TMPDIR: join(node, 'tmp'),
  ...more
});
const script = (made: IMade, workerInit = '', more: { python?: string; hash?: string } = {}) => {
  const home = pilot.folder;
  if (!existsSync(join(home, made.name))) {
    symlinkSync(made.path, join(home, made.name));
  }
  return pilot.write({ workerInit }, AGENT, {
    python: more.python ?? null,
    minor,
    runtime: { name: made.name, hash: more.hash ?? made.hash }
  });
};
const shared = (): string => join(node, 'tmp', `pilothouse-${process.getuid?.() ?? 0}`, 'runtimes');
const run = (
  text: string,
  more: NodeJS.ProcessEnv = {},
  shell: readonly string[] = ['sh']
): IScriptRun =>
  pilot.run(
    text,
    shell.map(word => (word === 'sh' ? '/bin/sh' : word)),
    environment(more)
  );

// A login shell sets its own PATH.
it.each(
  SHELLS.filter(shell => !shell.some(word => word === '-l')).map(
    shell => [shell.join(' '), shell] as const
  )
)(
  'a machine without Python runs the runtime’s own, unpacked once (%s)',
  (_, shell) => {
    const text = script(whole, 'export PYTHONPATH=/shared/lib PYTHONHOME=/nowhere');
    const [program = '', ...words] = shell;
    const first = pilot.run(text, [join(path, program), ...words], environment());
    expect(first.output).toMatch(/runtime: unpacking .*\n/);
    expect(first.output).toMatch(/python: the runtime's own/);
    expect(first.output).toContain(
      `AGENT ${shared()}/${whole.hash}/tree/python/bin/python3 ${shared()}/${whole.hash}/tree/site/parsl/__init__.py /shared/lib None`
    );
    expect(first.code).toBe(0);
    const second = pilot.run(text, [join(path, program), ...words], environment());
    expect(second.output).toMatch(/runtime: .* found/);
    expect(second.code).toBe(0);
  },
  60_000
);

it('a Python of the site that fits is taken, with the kernel’s Parsl in front', () => {
  const text = script(bare, `PATH="$PATH:${join(python, '..')}"`);
  const done = run(text);
  expect(done.output).toMatch(new RegExp(`python: .*/python${minor}\n`));
  expect(done.output).toContain(`${shared()}/${bare.hash}/tree/site/parsl/__init__.py`);
  expect(done.code).toBe(0);
});

it('files that a person brings along are not in the way of the look for one', () => {
  writeFileSync(join(pilot.folder, 'ctypes.py'), '1/0');
  const done = run(script(bare, `PATH="$PATH:${join(python, '..')}"`));
  expect(done.output).toMatch(new RegExp(`python: .*/python${minor}\n`));
});

it('says that there is no Python, and what was found instead', () => {
  const other = join(path, 'python3');
  writeFileSync(other, '#!/bin/sh\necho cpython-36m-x86_64-linux-gnu 3.6.1\n');
  chmodSync(other, 0o755);
  const done = run(script(bare));
  expect(done.code).toBe(SCRIPT_EXIT.pythonMissing);
  expect(done.output).toMatch(/has no Python .*no python3\..*python3 says cpython-36m/);
  const named = run(script(bare, '', { python: other }));
  expect(named.code).toBe(SCRIPT_EXIT.pythonMissing);
  expect(named.output).toContain(`${other} of the profile's environment is no usable Python`);
});

it('many pilots that start at once unpack once', async () => {
  const text = script(whole);
  const outputs = await Promise.all(
    Array.from({ length: 20 }, async (_, number) => {
      const folder = join(pilot.folder, String(number));
      mkdirSync(folder);
      const own = join(folder, 'pilot.sh');
      writeFileSync(
        own,
        readFileSync(text, 'utf8').replace(
          /^pilothouse_folder=.*$/m,
          `pilothouse_folder='${folder.replaceAll("'", "'\\''")}'`
        )
      );
      const child = spawn('/bin/sh', [own], {
        env: environment(),
        stdio: ['ignore', 'pipe', 'pipe']
      });
      let output = '';
      child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
      child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()));
      await new Promise(resolve => child.on('close', resolve));
      return output;
    })
  );
  expect(outputs.filter(output => output.includes('AGENT'))).toHaveLength(20);
  expect(outputs.filter(output => output.includes('unpacking'))).toHaveLength(1);
}, 120_000);

it('an unpacker that was killed blocks nobody, and what it left is removed', async () => {
  mkdirSync(join(shared(), 'new.0.1', 'tree'), { recursive: true, mode: 0o700 });
  const killed = spawn('flock', [join(shared(), 'lock'), 'sleep', '300'], { detached: true });
  await new Promise(resolve => setTimeout(resolve, 300));
  process.kill(-(killed.pid ?? 0), 'SIGKILL');
  const done = run(script(bare, `PATH="$PATH:${join(python, '..')}"`));
  expect(done.code).toBe(0);
  expect(readdirSync(shared()).sort()).toEqual([bare.hash, 'lock'].sort());
});

it('a runtime that lost files is unpacked again', () => {
  const text = script(bare, `PATH="$PATH:${join(python, '..')}"`);
  expect(run(text).code).toBe(0);
  rmSync(join(shared(), bare.hash, 'tree', 'site', 'parsl', '__init__.py'));
  const done = run(text);
  expect(done.output).toContain('unpacking');
  expect(done.code).toBe(0);
});

it('runtimes that nobody has used for long are removed, those in use are not', () => {
  const old = ['a', 'b'].map(name => join(shared(), name));
  old.forEach(folder => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'used'), '');
    utimesSync(join(folder, 'used'), 0, 0);
  });
  const user = spawn('flock', ['-s', join(old[0] ?? '', 'used'), 'sleep', '300'], {
    detached: true
  });
  try {
    execFileSync('sh', [
      '-c',
      `until ! flock -n "$1" true; do :; done`,
      'sh',
      join(old[0] ?? '', 'used')
    ]);
    expect(run(script(bare, `PATH="$PATH:${join(python, '..')}"`)).code).toBe(0);
    expect(old.map(existsSync)).toEqual([true, false]);
  } finally {
    process.kill(-(user.pid ?? 0), 'SIGKILL');
  }
});

it.each([
  [
    'is another’s or open to others',
    () => mkdirSync(join(shared(), '..'), { mode: 0o755 }),
    /not a folder of this user alone/
  ],
  [
    'is a link',
    () => {
      mkdirSync(join(node, 'x'), { mode: 0o700 });
      symlinkSync(join(node, 'x'), join(shared(), '..'));
    },
    /not a folder of this user alone/
  ],
  ['can be renamed by others', () => chmodSync(join(node, 'tmp'), 0o777), /others could rename/],
  [
    'lies in another’s',
    () => {
      chmodSync(join(node, 'tmp'), 0o1777);
      chownSync(join(node, 'tmp'), 1, 1);
    },
    /others could rename/
  ]
])('where the node’s folder %s the pilot’s own is taken, and left empty', (_, prepare, words) => {
  prepare();
  const done = run(script(bare, `PATH="$PATH:${join(python, '..')}"`));
  expect(done.output).toMatch(words);
  expect(done.output).toContain(`${pilot.folder}/runtimes/${bare.hash}/tree/site/parsl`);
  expect(done.code).toBe(0);
  expect(existsSync(join(pilot.folder, 'runtimes'))).toBe(false);
});

it('an archive that is damaged, short or missing is said', () => {
  const text = script(whole, '', { hash: 'f'.repeat(32) });
  const damaged = run(text);
  expect(damaged.code).toBe(SCRIPT_EXIT.runtimeFailed);
  expect(damaged.output).toMatch(/damaged: its content is not that of its name/);
  const copy = join(pilot.folder, whole.name);
  writeFileSync(`${copy}.new`, readFileSync(copy));
  rmSync(copy);
  execFileSync('mv', [`${copy}.new`, copy]);
  truncateSync(copy, 5_000_000);
  expect(run(script(whole)).output).toMatch(/damaged/);
  truncateSync(copy, 0);
  const empty = run(script(whole));
  expect(empty.code).toBe(SCRIPT_EXIT.runtimeFailed);
  expect(empty.output).toMatch(/cannot be read/);
  rmSync(copy);
  expect(run(pilot.write({}, AGENT, { python: null, minor, runtime: whole })).output).toMatch(
    /there is no archive/
  );
}, 30_000);

it.each([
  [
    'an older glibc',
    'getconf',
    'echo glibc 2.3',
    /needs glibc 2\.\d+ or newer and this machine has 2\.3/
  ],
  ['no glibc', 'getconf', 'exit 1', /does not say that it has any/],
  [
    'another architecture',
    'uname',
    'echo riscv64',
    /is made for \S+ machines and this one is riscv64/
  ]
])('a machine with %s is refused in words', (_, name, text, words) => {
  for (const program of name === 'getconf' ? ['getconf', 'ldd'] : [name]) {
    rmSync(join(path, program));
    writeFileSync(join(path, program), `#!/bin/sh\n${program === 'ldd' ? 'exit 1' : text}\n`);
    chmodSync(join(path, program), 0o755);
  }
  const done = run(script(whole));
  expect(done.output).toMatch(words);
  expect(done.code).toBe(SCRIPT_EXIT.runtimeUnfit);
  expect(existsSync(shared())).toBe(false);
});
