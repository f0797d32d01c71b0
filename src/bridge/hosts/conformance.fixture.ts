import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../until.fixture';
import { keepsFiles } from './conformanceFiles.fixture';
import { errorOf, type IHostUnderTest } from './hostUnderTest.fixture';
import type { ICommand, IHost } from './tokens';

export { errorOf, newHome } from './hostUnderTest.fixture';
export type { IHostUnderTest } from './hostUnderTest.fixture';

/** What every submit host does alike. */
export function behavesAsHost(make: () => Promise<IHostUnderTest>): void {
  let there: IHostUnderTest;
  let host: IHost;
  let home: string;
  beforeAll(async () => {
    there = await make();
    host = there.host;
  });
  afterAll(() => there.close());
  beforeEach(() => {
    home = mkdtempSync(join(there.home, 'c-'));
  });
  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
  });
  const run = (argv: readonly string[], more: Partial<ICommand> = {}): ReturnType<IHost['run']> =>
    host.run({ argv, timeoutMs: 60_000, ...more });

  describe('a command', () => {
    it('gets its words as they are, whatever is in them', async () => {
      const words = [
        '',
        'a b',
        "it's",
        '"$HOME"',
        '`id`',
        '!x',
        '\\',
        'new\nline',
        '*',
        '-n',
        'ü',
        '%s'
      ];
      const { stdout } = await run([
        'sh',
        '-c',
        'for w; do printf "%s\\0" "$w"; done',
        'sh',
        ...words
      ]);
      expect(stdout.split('\0').slice(0, -1)).toEqual(words);
    });

    it('has its output byte for byte, on both streams, and its exit code', async () => {
      const said = await run(['sh', '-c', 'printf "\\n\\na\\n"; printf "e" >&2; exit 7']);
      expect(said).toEqual({ exitCode: 7, signal: null, stdout: '\n\na\n', stderr: 'e' });
    });

    it('reads its input', async () => {
      const input = `a\nb\n${'x'.repeat(300_000)}`;
      expect((await run(['cat'], { input })).stdout).toBe(input);
      expect((await run(['cat'])).stdout).toBe('');
    });

    it('need not read its input', async () => {
      const { exitCode } = await run(['true'], { input: 'x'.repeat(1_000_000) });
      expect(exitCode).toBe(0);
    });

    it('runs in a folder, and says where that is gone', async () => {
      expect((await run(['pwd'], { folder: home })).stdout).toBe(`${home}\n`);
      const folder = join(home, 'gone');
      expect(await errorOf(run(['true'], { folder }))).toEqual([
        'file_failed',
        { path: folder, problem: 'true was to be run there, and it is gone' }
      ]);
    });

    it('that is not there is told, with the PATH', async () => {
      expect(await errorOf(run(['no-such-program']))).toEqual([
        'command_missing',
        { command: 'no-such-program', tried: expect.stringContaining('/bin') as string }
      ]);
    });

    it('has an environment of a login, and nothing else', async () => {
      const { stdout } = await run(['env']);
      const names = stdout.split('\n').map(line => line.split('=')[0]);
      expect(names).toContain('PATH');
      const others = names.filter(
        name =>
          !/^(HOME|USER|LOGNAME|PATH|TMPDIR|SHELL|TZ|LANG|LC_\w+|SLURM_CONF|CONDOR_CONFIG|_condor_\w+|PWD|SHLVL|_|)$/i.test(
            name
          )
      );
      expect(others).toEqual([]);
    });

    it('that was ended by a signal has no exit code', async () => {
      expect(await run(['sh', '-c', 'kill -KILL $$'])).toMatchObject({
        exitCode: null,
        signal: 'SIGKILL'
      });
    });

    it('that takes too long is ended with all that it has started', async () => {
      const pids = join(home, 'pids');
      const script = `sleep 300 & echo $! > ${pids}; echo $$ >> ${pids}; echo said; wait`;
      const [code, params] = await errorOf(run(['sh', '-c', script], { timeoutMs: 1500 }));
      expect([code, params]).toEqual(['command_hangs', { command: 'sh', seconds: 1.5 }]);
      const alive = (): boolean =>
        readFileSync(pids, 'utf8')
          .trim()
          .split('\n')
          .some(pid => isAlive(Number(pid)));
      await until('it has ended', () => !alive());
    });

    it('that prints too much is ended', async () => {
      const [code, params] = await errorOf(run(['yes'], { mostBytes: 100_000 }));
      expect([code, params]).toEqual([
        'command_failed',
        { command: 'yes', problem: 'its output is more than 100000 bytes' }
      ]);
    });

    it('has ended when it has, whatever it leaves running with its output', async () => {
      const said = await run(['sh', '-c', 'sleep 300 & echo $!; exit 3']);
      process.kill(Number(said.stdout));
      expect(said.exitCode).toBe(3);
    });

    it('may print much', async () => {
      const argv = ['sh', '-c', 'head -c 20000000 /dev/zero | tr "\\0" x; echo end'];
      const { stdout } = await run(argv);
      expect([stdout.length, stdout.slice(-4)]).toEqual([20_000_004, 'end\n']);
    });
  });

  keepsFiles(() => there);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie has ended.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    if (['ESRCH', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      return false;
    }
    throw error;
  }
}
