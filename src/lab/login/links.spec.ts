import { piecesOf } from './links';

const linksOf = (text: string): (string | null)[] =>
  piecesOf(text)
    .map(({ url }) => url)
    .filter(url => url !== null);

describe('links in what a machine says', () => {
  it('cuts a text at its addresses and loses nothing of it', () => {
    const text = 'Go to https://example.org/device?code=AB-12, then press Return.\n  1. Push';
    expect(piecesOf(text)).toEqual([
      { text: 'Go to ', url: null },
      {
        text: 'https://example.org/device?code=AB-12',
        url: 'https://example.org/device?code=AB-12'
      },
      { text: ', then press Return.\n  1. Push', url: null }
    ]);
  });

  it.each([
    ['see (https://example.org/a)', ['https://example.org/a']],
    ['see https://example.org/a_(b).', ['https://example.org/a_(b)']],
    ['“http://example.org”', ['http://example.org/']],
    ['<https://example.org/x>', ['https://example.org/x']],
    ['HTTPS://EXAMPLE.ORG/X', ['https://example.org/X']],
    ['https://a.example https://b.example', ['https://a.example/', 'https://b.example/']]
  ])('finds those of %j', (text, links) => expect(linksOf(text)).toEqual(links));

  it.each([
    'javascript:alert(1)',
    'data:text/html,<b>x</b>',
    'file:///etc/passwd',
    'ssh://example.org',
    'https://',
    'https://bank.example@elsewhere.example/',
    'no address at all',
    ''
  ])('makes none of %j', text => {
    expect(linksOf(text)).toEqual([]);
    expect(
      piecesOf(text)
        .map(piece => piece.text)
        .join('')
    ).toBe(text);
  });
});
