import {
  endOf,
  otherThanMissing,
  readEnvironment,
  readPieceWord,
  readPutState,
  readStat
} from './answers';
import { MarkedStream, newMarks } from './markers';
import { tarStream } from './tar';

const marks = { begin: 'N0NCE<', end: 'N0NCE>' };

/** What a stream makes of a text that comes in pieces of this size. */
function read(text: string, size: number): (string | null | boolean)[] {
  const body: Buffer[] = [];
  const stream = new MarkedStream(marks, piece => body.push(Buffer.from(piece)));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    stream.push(bytes.subarray(at, at + size));
  }
  return [Buffer.concat(body).toString(), stream.begun, stream.ended, stream.garbled];
}

describe('an answer between marks', () => {
  it.each([
    ['alone', 'N0NCE< 1 ok\nbodyN0NCE> 0\n', ['body', '1 ok', '0', false]],
    ['after noise', '\x1b[31mHi\nN0NCEN0NCE< 1 ok\nN0NCE> 0\n', ['', '1 ok', '0', false]],
    ['before noise', 'N0NCE< 1 ok\naN0NCE> 3\nlogout\nN0NCE< x\n', ['a', '1 ok', '3', false]],
    [
      'with what is like a mark',
      'N0NCE< 1 ok\nN0NCE<N0NCN0NCE> 0\n',
      ['N0NCE<N0NC', '1 ok', '0', false]
    ],
    ['that is not there', 'Welcome\n', ['', null, null, false]],
    [
      'that has no end',
      'N0NCE< 1 ok\nbody and more',
      [expect.stringMatching(/^body and/), '1 ok', null, false]
    ],
    ['with a mark that never ends', `N0NCE< ${'x'.repeat(300)}`, ['', null, null, true]],
    ['after too much noise', `${'x'.repeat(1_200_000)}N0NCE< 1 ok\n`, ['', null, null, true]]
  ] as [string, string, unknown[]][])('%s, in pieces of any size', (_, text, expected) => {
    for (const size of text.length > 1000 ? [65_536] : [1, 2, 5, 7, 64, 4096]) {
      expect(read(text, size)).toEqual(expected);
    }
  });

  it('has marks of its own each time', () => {
    expect(newMarks().begin).not.toBe(newMarks().begin);
  });
});

describe('what other machines print', () => {
  it.each([
    ['81a4 0 12 2026-11-21 20:25:42.123456789 +0000 ./a b', 'file', 12, './a b', 0o644, 0.123],
    ['41ed 1000 4096 2026-11-21 20:25:42.000000000 +0000 d', 'folder', 4096, 'd', 0o755, 0],
    ['a1ff 0 3 2026-11-21 20:25:42.5 +0000 l', 'other', 3, 'l', 0o777, 0.5]
  ])('%s', (line, kind, size, name, mode, fraction) => {
    const modifiedAtMs = Date.UTC(2026, 10, 21, 20, 25, 42) + 1000 * fraction;
    expect(readStat(line)).toMatchObject({ kind, size, name, mode, modifiedAtMs });
  });

  it.each(['', 'stat: x', '81a4 0 -1 a b c d', '81a4 0 12 2026-11-21 20:25:42', 'zz 0 1 a b c d'])(
    'no line of stat: %j',
    line => {
      expect(readStat(line)).toBeNull();
    }
  );

  it('a date that is none is no date', () => {
    expect(readStat('81a4 0 12 x y z n')?.modifiedAtMs).toBe(0);
  });

  it('words of tools about what is not there are no problem, others are', () => {
    const missing =
      "stat: cannot statx '/x': No such file or directory\nstat: '/y/z': Not a directory\n";
    expect(otherThanMissing(missing)).toBe('');
    const closed = "stat: cannot statx '/x': Permission denied";
    expect(otherThanMissing(`${missing}${closed}\n`)).toBe(closed);
  });

  const sha = 'a'.repeat(64);
  it.each([
    ['0||', { uid: 0, there: null, part: null }],
    [
      '5|81a4 5 12|',
      { uid: 5, there: { kind: 'file', size: 12, uid: 5, mode: 0o644 }, part: null }
    ],
    [`5||7 ${sha} `, { uid: 5, there: null, part: { bytes: 7, sha256: sha } }],
    ['5||7 ', { uid: 5, there: null, part: { bytes: 7, sha256: null } }],
    ['x||', null],
    ['', null],
    ['5|rm -rf|', null]
  ])('what there is of a file: %s', (word, expected) => {
    if (expected === null) {
      expect(readPutState(word)).toBeNull();
    } else {
      expect(readPutState(word)).toMatchObject(expected);
    }
  });

  it('where a piece begins', () => {
    expect(readPieceWord('3 10')).toEqual({ offset: 3, size: 10 });
    for (const word of ['', '3', 'a b', '-1 3', '3 10 x']) {
      expect(readPieceWord(word)).toBeNull();
    }
  });

  it('variables between marks, and nothing that is none', () => {
    const said = 'Welcome<<A=1\0B=x\ny=z\0BASH_FUNC_f%%=() {\0no\0=x\0>>bye';
    expect(readEnvironment(said, '<<', '>>')).toEqual({ A: '1', B: 'x\ny=z' });
    expect(readEnvironment('A=1\0', '<<', '>>')).toBeNull();
    expect(readEnvironment('<<A=1\0', '<<', '>>')).toBeNull();
  });

  it('exit codes and signals', () => {
    expect([0, 1, 127, 137, 143, 255].map(endOf)).toEqual([
      { exitCode: 0, signal: null },
      { exitCode: 1, signal: null },
      { exitCode: 127, signal: null },
      { exitCode: null, signal: 'SIGKILL' },
      { exitCode: null, signal: 'SIGTERM' },
      { exitCode: 255, signal: null }
    ]);
  });
});

it('a name that tar has no room for is refused', () => {
  const path = 'x'.repeat(101);
  expect(() => tarStream([{ kind: 'folder', path }])).toThrow(/longer than the 100 bytes/);
});
