import { spawnSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Profile, textOf } from '../../protocol';
import { pilotScript, SCRIPT_EXIT } from './pilotScript';
import { QuoteError, quoteForShell } from './quote';

describe('quoting for a shell', () => {
  it.each(['', 'plain', "it's", '$(rm -rf /)', '`x`', 'a\nb', '"', '\\', '!', '*', '-n', 'ä €'])(
    'gives %p back as one word',
    text => {
      const { stdout } = spawnSync('sh', ['-c', `printf %s ${quoteForShell(text)}`]);
      expect(stdout.toString()).toBe(text);
    }
  );

  it('refuses a NUL', () => {
    expect(() => quoteForShell('a\0b')).toThrow(QuoteError);
  });
});

describe('the pilot script', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'ph-')), "it's a folder");
    mkdirSync(folder);
  });
  afterEach(() => {
    rmSync(join(folder, '..'), { recursive: true });
  });

  const write = (workerInit: string, agent: string, python = '/bin/sh'): string => {
    const agentFile = join(folder, 'agent');
    writeFileSync(agentFile, agent);
    const script = join(folder, 'pilot.sh');
    const profile = Profile.parse({ name: 'test', environment: { workerInit } });
    const lines = pilotScript(profile, {
      header: [],
      prelude: [
        `pilothouse_folder=${quoteForShell(folder)}`,
        `pilothouse_home=${quoteForShell(folder)}`
      ],
      makings: { agent: 'agent', python, minor: '3.11', runtime: null }
    });
    writeFileSync(script, textOf({ path: 'pilot.sh', language: 'shell', lines }));
    return script;
  };
  const run = (workerInit: string, agent = 'exit 0', python?: string) => {
    const done = spawnSync('/bin/sh', [write(workerInit, agent, python)], { encoding: 'utf8' });
    const exit = join(folder, 'exit');
    return {
      code: done.status,
      output: done.stdout + done.stderr,
      exit: existsSync(exit) ? readFileSync(exit, 'utf8') : null
    };
  };

  it.each([
    [
      'ends as its agent does',
      '',
      'exit 40',
      40,
      /worker_init begin .*\n.*worker_init end .* exit code 0/
    ],
    [
      'stops at a worker_init that fails',
      'ls /no/such',
      'echo AGENT',
      SCRIPT_EXIT.workerInitFailed,
      /worker_init failed/
    ],
    [
      'stops at a worker_init that exits',
      'exit 3',
      'echo AGENT',
      SCRIPT_EXIT.workerInitFailed,
      /exit code 3/
    ],
    [
      'stops at a worker_init that exits with 0',
      'exit 0',
      'echo AGENT',
      SCRIPT_EXIT.workerInitFailed,
      /left the script/
    ],
    [
      'stops at a worker_init that never ends',
      'cat <<E',
      'echo AGENT',
      SCRIPT_EXIT.workerInitFailed,
      /left the script/
    ],
    [
      'goes on after set -e, cd and a trap of worker_init',
      'set -e\ncd /\ntrap "echo x" EXIT',
      'exit 41',
      41,
      /begin/
    ],
    ['takes a last line without an end as it is', 'true # no newline', 'exit 5', 5, /begin/]
  ])('%s', (_, workerInit, agent, code, output) => {
    const done = run(workerInit, agent);
    expect(done.output).toMatch(output);
    expect(done.code).toBe(code);
    expect(done.exit).toBe(`${code}\n`);
    expect(done.output).not.toContain('AGENT');
  });

  it('says which Python is missing and what to do', () => {
    const done = run('', '', '/no/python');
    expect(done.code).toBe(SCRIPT_EXIT.pythonMissing);
    expect(done.output).toMatch(/no program \/no\/python on .*worker_init/);
  });

  it('gives the agent its folder and what worker_init exports, and the umask it leaves', () => {
    const done = run("export COLOUR='deep blue'; umask 027", 'echo "$1|$COLOUR"; umask');
    expect(done.output).toContain(`${folder}|deep blue\n0027`);
    expect(statSync(join(folder, 'exit')).mode & 0o777).toBe(0o600);
  });

  it('holds worker_init byte for byte', () => {
    const code = `echo 'a\\tb' "$HOME" \`true\` # ä\n\techo \\\n  two`;
    expect(readFileSync(write(code, ''), 'utf8')).toContain(`\n${code}\n`);
  });

  it.each(['sh', 'bash'])('passes SIGTERM on to the agent and waits for it (%s)', async shell => {
    const script = write(
      'set -eu',
      'trap "sleep 0.2; echo cleaned; exit 43" TERM\necho ready\nwhile :; do sleep 0.05; done'
    );
    const child = spawn(shell, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    await new Promise<void>(resolve => {
      child.stdout.on('data', (bytes: Buffer) => {
        output += bytes.toString();
        if (output.includes('ready') && !child.killed) {
          child.kill('SIGTERM');
        }
      });
      child.on('close', () => resolve());
    });
    expect(output).toContain('cleaned');
    expect(child.exitCode).toBe(43);
    expect(readFileSync(join(folder, 'exit'), 'utf8')).toBe('43\n');
  });
});
