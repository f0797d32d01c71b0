import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Profile } from '../../protocol';
import { pilotScript, SCRIPT_EXIT, SETUP_OUTPUT_BYTES } from './pilotScript';
import { QuoteError } from './quote';
import { ScriptFixture, SHELLS } from './script.fixture';

let pilot: ScriptFixture;
beforeEach(() => {
  pilot = new ScriptFixture();
});
afterEach(() => {
  pilot.dispose();
});

describe.each(SHELLS.map(shell => [shell.join(' '), shell] as const))(
  'the pilot script, %s',
  (_, shell) => {
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
        /worker_init failed: its last command ended with exit code [12]/
      ],
      [
        'stops at a worker_init that exits',
        'exit 3',
        'echo AGENT',
        SCRIPT_EXIT.workerInitFailed,
        /left the script with exit code 3/
      ],
      [
        'stops at a worker_init that exits with 0',
        'trap "echo x" EXIT; exit 0',
        'echo AGENT',
        SCRIPT_EXIT.workerInitFailed,
        /left the script with exit code 0/
      ],
      [
        'stops at a worker_init that becomes another program',
        'exec true',
        'echo AGENT',
        SCRIPT_EXIT.workerInitFailed,
        /left the script with exit code 0/
      ],
      [
        'stops at a worker_init that is no shell',
        'if then )',
        'echo AGENT',
        SCRIPT_EXIT.workerInitFailed,
        /syntax error/i
      ],
      [
        'stops at a worker_init that is killed',
        'sh -c "kill -9 \\$PPID"',
        'echo AGENT',
        SCRIPT_EXIT.workerInitFailed,
        /left the script with exit code 137/
      ],
      [
        'takes a here-document without an end as worker_init alone',
        'cat <<E',
        'exit 5',
        5,
        /begin/
      ],
      [
        'goes on after set -euxf, cd, IFS, functions and a trap of worker_init',
        'set -euf\nIFS=/\ncd /\nprintf() { exit 9; }\ncd() { exit 8; }\ntrap "echo x" EXIT TERM',
        'exit 41',
        41,
        /begin/
      ],
      [
        'goes on where worker_init leaves no PATH and closes what it finds open',
        'PATH=/no/such; exec 3>&- 4>&- 5>&- 8>&- 9>&-',
        'exit 7',
        7,
        /exit code 0/
      ],
      ['takes a last line without an end as it is', 'true # no newline', 'exit 5', 5, /begin/]
    ])('%s', (_title, workerInit, agent, code, output) => {
      const done = pilot.run(pilot.write({ workerInit }, agent), shell);
      expect(done.output).toMatch(output);
      expect(done.code).toBe(code);
      expect(done.exit).toBe(`${code}\n`);
      expect(done.output).not.toContain('AGENT');
    });

    it('says which Python is missing and what to do', () => {
      const done = pilot.run(pilot.write({}, '', { python: '/no/python' }), shell);
      expect(done.code).toBe(SCRIPT_EXIT.pythonMissing);
      expect(done.output).toMatch(/no program \/no\/python on .*worker_init/);
    });

    it('gives the agent its folder, what worker_init exports, and the umask it leaves', () => {
      const done = pilot.run(
        pilot.write(
          { workerInit: "export COLOUR='deep blue'; umask 027" },
          'echo "$1|$COLOUR|$(umask)"'
        ),
        shell
      );
      expect(done.output).toContain(`${pilot.folder}|deep blue|0027\n`);
      expect(statSync(join(pilot.folder, 'exit')).mode & 0o777).toBe(0o600);
    });

    it('ends a setup that hangs, whatever it does about it, and says what it waited for', () => {
      const done = pilot.run(
        pilot.write(
          { workerInit: 'trap "" TERM\nsleep 4711 & sleep 4712', setupSeconds: 10 },
          'echo AGENT'
        ),
        shell
      );
      expect(done.code).toBe(SCRIPT_EXIT.setupHangs);
      expect(done.output).toMatch(/worker_init end .*not done after 10 seconds/);
      expect(done.output).toContain('sleep 4712');
      expect(done.output).toMatch(/setup hangs: .*more seconds/);
    }, 40_000);

    it('keeps the beginning and the end of a flood, and goes on', () => {
      const done = pilot.run(
        pilot.write(
          {
            workerInit:
              'echo FIRST; dd if=/dev/zero bs=65536 count=400 2>/dev/null | tr "\\000" x; echo; echo LAST'
          },
          'exit 6'
        ),
        shell
      );
      expect(done.code).toBe(6);
      expect(done.output).toMatch(/FIRST[^]*what follows is left out but for its last MiB/);
      expect(done.output.length).toBeLessThan(2 * SETUP_OUTPUT_BYTES + 2000);
      expect(done.output.length).toBeGreaterThan(SETUP_OUTPUT_BYTES);
    }, 20_000);
  }
);

describe('the pilot script', () => {
  it('holds worker_init byte for byte, line by line, each naming its field', () => {
    const code = `echo 'a\\tb' "$HOME" \`true\` # ä\n\techo \\\n  two\nEND_OF_WORKER_INIT`;
    const lines = pilotScript(
      Profile.parse({ name: 'x', environment: { workerInit: code, modules: ["it's/1"] } }),
      {
        header: [{ text: '#SBATCH --mem=5', field: 'pilot.memoryMiB' }],
        prelude: ['pilothouse_folder=/f', 'pilothouse_home=/h'],
        makings: { agent: 'agent', python: 'python3', minor: '3.11', runtime: null }
      }
    );
    const of = (field: string) => lines.filter(line => line.field === field).map(l => l.text);
    expect(of('environment.workerInit').join('\n')).toBe(code);
    expect(of('environment.modules')).toEqual([expect.stringContaining("'it'\\''s/1'")]);
    expect(lines.slice(0, 2).map(line => line.text)).toEqual(['#!/bin/sh', '#SBATCH --mem=5']);
    expect(lines.every(line => !line.text.includes('\n'))).toBe(true);
  });

  it.each(['dash', 'bash'])('goes on in bash, where there is one (%s)', shell => {
    const workerInit = "source /dev/stdin <<< 'export FROM=source'\n[[ $FROM == s* ]]";
    const script = pilot.write({ workerInit }, 'echo "AGENT $FROM ${PILOTHOUSE_SHELL-unset}"');
    const done = pilot.run(script, [shell], { ...process.env, PILOTHOUSE_SHELL: '' });
    expect(done.output).toContain('AGENT source unset');
    expect(done.code).toBe(0);
  });

  it('goes on in sh where there is no bash', () => {
    const bin = join(pilot.folder, 'bin');
    mkdirSync(bin);
    for (const name of readdirSync('/bin')) {
      if (name !== 'bash') {
        symlinkSync(join('/bin', name), join(bin, name));
      }
    }
    const script = pilot.write({ workerInit: 'PATH=/usr/bin:/bin' }, 'echo "AGENT $0"');
    const done = pilot.run(script, ['/bin/dash'], { PATH: bin, PILOTHOUSE_SHELL: '' });
    expect(done.output).toContain('AGENT');
    expect(done.code).toBe(0);
  });

  it('refuses a NUL', () => {
    expect(() => pilot.write({ workerInit: 'a\0b' }, '')).toThrow(QuoteError);
  });

  it('leaves no file of its setup', () => {
    const done = pilot.run(pilot.write({ workerInit: ':' }, 'ls -A'));
    expect(done.output).toMatch(/^setup$/m);
    expect(() => statSync(join(pilot.folder, 'setup'))).toThrow('ENOENT');
  });

  it.each(['sh', 'bash'])('passes SIGTERM on to the agent and waits for it (%s)', async shell => {
    const script = pilot.write(
      { workerInit: 'set -eu' },
      'trap "sleep 0.2; echo cleaned; exit 43" TERM\necho ready\nwhile :; do sleep 0.05; done'
    );
    const done = await signalled(shell, script, 'ready');
    expect(done.output).toContain('cleaned');
    expect(done.code).toBe(43);
    expect(readFileSync(join(pilot.folder, 'exit'), 'utf8')).toBe('43\n');
  });

  it.each(['sh', 'bash'])('ends at once when its setup is told to end (%s)', async shell => {
    const script = pilot.write({ workerInit: 'echo ready; sleep 4713' }, 'echo AGENT');
    const done = await signalled(shell, script, 'ready');
    expect(done.code).toBe(143);
    expect(done.output).not.toContain('AGENT');
  });
});

/** Sends SIGTERM to a script once it has said a word, and waits for its end. */
async function signalled(
  shell: string,
  script: string,
  word: string
): Promise<{ code: number | null; output: string }> {
  const child = spawn(shell, [script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PILOTHOUSE_SHELL: shell }
  });
  let output = '';
  await new Promise<void>(resolve => {
    child.stdout.on('data', (bytes: Buffer) => {
      output += bytes.toString();
      if (output.includes(word) && !child.killed) {
        child.kill('SIGTERM');
      }
    });
    child.on('close', () => resolve());
  });
  return { code: child.exitCode, output };
}
