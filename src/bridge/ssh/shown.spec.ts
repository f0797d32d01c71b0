import { shown } from './shown';

describe("a machine's text for a person", () => {
  it.each([
    ['plain', 'Password: ', 'Password: '],
    ['several lines', 'a\r\nb\rc\n\td', 'a\nb\nc\n\td'],
    ['colours', '\x1b[1;31mRed\x1b[0m', 'Red'],
    ['a cleared screen', '\x1b[2J\x1b[HHello', 'Hello'],
    ['a title of the window', '\x1b]0;evil\x07Hello', 'Hello'],
    ['a title without an end', '\x1b]0;evil', ''],
    ['a set of characters', '\x1b(BHello', 'Hello'],
    ['bells and backspaces', 'a\x07b\x08c\x00d\x7f', 'abcd'],
    ['C1 controls', 'a\x9b31mb', 'a31mb'],
    ['text turned round', 'a\u202eb\u2066c', 'abc'],
    [
      'a link and other alphabets',
      'https://example.org/?a=b&c ä €',
      'https://example.org/?a=b&c ä €'
    ]
  ])('%s', (_, text, expected) => {
    expect(shown(text, 100)).toBe(expected);
  });

  it('is cut', () => {
    expect(shown('x'.repeat(1000), 10)).toBe('xxxxxxxxxx');
  });
});
