import {
  firstFree,
  folderOf,
  isName,
  joined,
  localOf,
  nameOf,
  plain,
  spotOf,
  stemOf
} from './paths';

it.each([
  ['', null],
  ['/', null],
  ['..', null],
  ['ospool', ['ospool', '/']],
  ['ospool/', ['ospool', '/']],
  ['ospool/home/alice', ['ospool', '/home/alice']],
  ['/ospool//home/./x/../alice/', ['ospool', '/home/alice']],
  // Nothing leads out of the drive, and `..` of a place is the drive.
  ['ospool/..', null],
  ['../../ospool/etc', ['ospool', '/etc']],
  ['ospool/a:b', ['ospool', '/a:b']],
  ['ospool/a⟨U+000A⟩b', ['ospool', '/a\nb']],
  ['ospool/a\nb', ['ospool', '/a\nb']],
  ['ospool/⟨U+002F⟩', ['ospool', '/⟨U+002F⟩']],
  ['-no place', null]
])('%j leads to %j', (path, expected) => {
  const spot = spotOf(path);
  expect(spot === null ? null : [spot.pool, spot.path]).toEqual(expected);
});

it('goes there and back', () => {
  expect(localOf(spotOf('ospool/home/alice')!)).toBe('ospool/home/alice');
  expect(localOf(spotOf('ospool')!)).toBe('ospool');
  expect([nameOf('a/b'), folderOf('a/b'), folderOf('a'), joined('a/', 'b')]).toEqual([
    'b',
    'a',
    '',
    'a/b'
  ]);
});

it.each([
  ['', ''],
  ['/x/..', ''],
  ['/-odd//', '-odd'],
  ['/ospool//a/./b', 'ospool/a/b'],
  ['ospool/a⟨U+000A⟩b', 'ospool/a⟨U+000A⟩b'],
  ['ospool/a\nb', 'ospool/a⟨U+000A⟩b']
])('%j is %j', (path, expected) => {
  expect(plain(path)).toBe(expected);
});

it.each([
  ['a', true],
  ['.a', true],
  ['a\nb', true],
  ['', false],
  ['.', false],
  ['..', false],
  ['a/b', false],
  ['../x', false],
  ['a\0', false]
])('%j is a name: %s', (name, expected) => {
  expect(isName(name)).toBe(expected);
});

it('names what is new', () => {
  const taken = new Set(['x.txt', 'x1.txt']);
  expect(firstFree(taken, n => `x${n === 0 ? '' : n}.txt`)).toBe('x2.txt');
  expect([stemOf('a.tar.gz'), stemOf('.bashrc'), stemOf('a')]).toEqual([
    ['a.tar', '.gz'],
    ['.bashrc', ''],
    ['a', '']
  ]);
});
