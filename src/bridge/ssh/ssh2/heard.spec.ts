import { Duplex } from 'node:stream';
import { LIMITS } from '../../../protocol';
import { Heard } from './heard';

describe('what a machine says without asking', () => {
  it('comes with its next question, once', () => {
    const heard = new Heard();
    expect(heard.add('Wrong\x07 code\r\n', false)).toBe('Wrong code\n');
    expect(heard.add('For everybody', true)).toBe('For everybody');
    expect(heard.instructions('Now')).toBe('Wrong code\n\nNow');
    expect(heard.instructions('Then')).toBe('Then');
    expect(heard.since).toBe('Wrong code\n\nFor everybody');
    heard.turn();
    expect(heard.since).toBe('');
  });

  it('is forgotten beyond a limit', () => {
    const heard = new Heard();
    let kept = 0;
    for (let n = 0; n < 1000; n += 1) {
      kept += heard.add('x'.repeat(100_000), true)?.length ?? 0;
    }
    expect(kept).toBeLessThan(LIMITS.wordsChars * 6);
    expect(heard.since.length).toBeLessThan(LIMITS.wordsChars * 6);
  });

  it('is nothing where it is blank', () => {
    expect(new Heard().add(' \x1b[0m\r\n', false)).toBeNull();
  });
});

describe('the first bytes of a connection', () => {
  const greetingOf = (...chunks: string[]): string => {
    const heard = new Heard();
    const stream = new Duplex({ read: () => undefined, write: () => undefined });
    heard.listen(stream);
    chunks.forEach(chunk => stream.emit('data', Buffer.from(chunk)));
    return heard.greeting;
  };
  it.each([
    [['SSH-2.0-OpenSSH_9.2\r\n', 'more'], ''],
    [['Not allowed', ' at this time\r\n'], 'Not allowed at this time\r\n']
  ])('%j', (chunks, expected) => {
    expect(greetingOf(...chunks)).toBe(expected);
  });

  it('are kept as far as they can be words', () => {
    expect(greetingOf(...Array<string>(100).fill('x'.repeat(1000)))).toHaveLength(
      LIMITS.wordsChars
    );
  });
});
