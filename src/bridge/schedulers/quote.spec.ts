import { spawnSync } from 'node:child_process';
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
