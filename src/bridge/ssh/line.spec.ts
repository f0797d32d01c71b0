import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { QuoteError } from '../schedulers/quote';
import { LONGEST_SCRIPT_BYTES, shellLine, shellWords } from './line';
import { installed } from './debian.fixture';

const SHELLS = ['sh', 'bash', 'dash', 'ksh', 'zsh', 'tcsh', 'csh', 'fish'];
const PACKAGES = ['bash', 'dash', 'ksh', 'zsh', 'tcsh', 'csh', 'fish'];

beforeAll(() => installed(PACKAGES));

/** What a login shell makes of a line, run as sshd runs it: `shell -c line`. */
const runBy = (shell: string, script: string, input = ''): string => {
  const path = ['/bin', '/usr/bin'].map(folder => `${folder}/${shell}`).find(existsSync) ?? shell;
  const { stdout, stderr } = spawnSync(path, ['-c', shellLine(script)], { input });
  return `${stdout.toString()}${stderr.toString()}`;
};

const HOSTILE = [
  '',
  "it's",
  '$HOME `x` $(x)',
  'a\nb',
  '"',
  '\\',
  '\\\\n',
  '!!',
  '*',
  '-n',
  'ä €',
  '%',
  '#',
  '~'
];

describe.each(SHELLS)('a line for %s', shell => {
  it('passes every word as it is', () => {
    expect(runBy(shell, `printf '<%s>' ${shellWords(HOSTILE)}`)).toBe(
      HOSTILE.map(word => `<${word}>`).join('')
    );
  });

  it('passes standard input, several lines and the exit code', () => {
    expect(runBy(shell, 'read word\nif true; then\n  echo "got $word"\nfi', 'it\n')).toBe(
      'got it\n'
    );
    const { status } = spawnSync(shell, ['-c', shellLine('(exit 3); exit $?')]);
    expect(status).toBe(3);
  });

  it('holds the longest script', () => {
    const script = 'echo begun'.padEnd(LONGEST_SCRIPT_BYTES - 9, '\n') + '\necho end';
    expect(runBy(shell, script)).toBe('begun\nend\n');
  });
});

describe('what no line can hold', () => {
  it.each(['a\0b', '#'.repeat(LONGEST_SCRIPT_BYTES + 1), 'ä'.repeat(LONGEST_SCRIPT_BYTES / 2 + 1)])(
    'is refused',
    script => {
      expect(() => shellLine(script)).toThrow(QuoteError);
    }
  );
});
