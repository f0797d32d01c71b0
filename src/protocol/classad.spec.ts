import { checkExpression } from './classad';

/** What condor_submit 23.9.6 said of `requirements = …`: all of these were tried there. */
const TAKEN = [
  "a =?= 'x'",
  'a ? 1 : 2',
  'a ? b ? 1 : 2 : 3',
  '[a=1].a',
  '{1,2}[0]',
  'f(1,2)',
  'f()',
  'a is undefined',
  'a isnt 3',
  '-1 + +2',
  '!a',
  '~1',
  'a /* x */ == 1',
  'TARGET.x =!= MY.y',
  'a ?: b',
  'a == "x\\"y"',
  'regexp("a.*", B)',
  '1 < 2 << 3 >>> 1 & 4 | 5 ^ 6 % 2',
  'a.b.c',
  '.a',
  'a[1]',
  'error',
  'true',
  'a == "é"',
  "'quoted attr' == 1",
  'HAS_SINGULARITY =?= True && (OSGVO_OS_STRING == "RHEL 9")'
];

const REFUSED: readonly (readonly [string, number, RegExp])[] = [
  ['', 0, /missing at the end/],
  ['a ==', 4, /missing at the end/],
  ['&& a', 0, /missing before &&/],
  ['a b', 2, /operator/],
  ['a == 1)', 6, /no bracket/],
  ['a) || (b', 1, /no bracket/],
  ['(a == 1', 0, /not closed/],
  ['(a == 1]', 7, /closed by \)/],
  ['"abc', 0, /quote is not closed/],
  ['a == "x', 5, /quote is not closed/],
  ['a == "x\\\\"', 5, /quote is not closed/],
  ['a ? 1', 5, /other value/],
  ['a = 1', 2, /==/],
  ['a // x', 2, /comment/],
  ['a /* x', 2, /comment is not closed/],
  ['1.5e3 > 2K', 9, /no unit/],
  ['x == 0x1F', 6, /no unit/],
  ['1a', 1, /no unit/],
  ['a; b', 1, /no meaning/],
  ['a,b', 1, /no meaning/],
  ['$x', 0, /\$/],
  ['a@b', 1, /"@"/],
  ['a#b', 1, /"#"/],
  ['é == 1', 0, /"é"/],
  ['()', 1, /value is missing/],
  ['a=>1', 1, />=/],
  ['a =< 1', 2, /<=/],
  ['a <> 1', 2, /!=/],
  ['a === 1', 2, /=\?=/],
  ['a !== 1', 2, /=!=/],
  ['{1,2', 0, /not closed/],
  ['[a=1', 0, /not closed/],
  ['a==1 b==2', 5, /operator/],
  ['"a" "b"', 4, /operator/],
  ['a\n&& b', 1, /one line/],
  ['a == "\0"', 6, /one line/]
];

describe('the writing of a ClassAd expression', () => {
  it.each(TAKEN)('%s', text => {
    expect(checkExpression(text)).toBeNull();
  });

  it.each(REFUSED)('not %j', (text, at, message) => {
    expect(checkExpression(text)).toEqual({
      at,
      message: expect.stringMatching(message) as string
    });
  });

  it.each(['(', '{', 'a[', '[a=', 'f('])('has an end to how deep %s stands', open => {
    expect(checkExpression(open.repeat(2500))?.message).toMatch(/more than 200 deep/);
  });

  it('takes ten thousand characters as fast as it is typed', () => {
    const long = Array.from({ length: 1000 }, (_, n) => `(a${n} == 1)`).join(' && ');
    expect(checkExpression(long)).toBeNull();
    expect(checkExpression(`${long} &&`)?.at).toBe(long.length + 3);
  });
});
