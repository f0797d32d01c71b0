import { LIMITS } from '../../protocol';
import { NOW_MS } from '../testing';
import { HOME, refused, Submitting } from './drive.fixture';
import { OPENED_BYTES } from './reader';

let there: Submitting;
beforeEach(() => {
  there = new Submitting();
});
afterEach(() => there.leave());

describe('opening', () => {
  it.each([
    ['a text', 'a.txt', 'äöü\r\n', {}, ['file', 'text', 'äöü\r\n']],
    ['bytes', 'a.bin', new Uint8Array([255, 0]), {}, ['file', 'base64', '/wA=']],
    ['a text as bytes', 'a.txt', 'x', { format: 'base64' }, ['file', 'base64', 'eA==']],
    ['nothing', 'a.txt', '', {}, ['file', 'text', '']],
    [
      'a notebook',
      'a.ipynb',
      '{"cells":[{"source":["a\\n","b"]}],"nbformat":4}',
      {},
      ['notebook', 'json', { cells: [{ source: 'a\nb' }], nbformat: 4 }]
    ],
    [
      'a notebook in an editor',
      'a.ipynb',
      '{"nbformat":4}',
      { type: 'file', format: 'text' },
      ['file', 'text', '{"nbformat":4}']
    ]
  ] as const)('%s', async (_, name, content, asked, expected) => {
    there.file(`/home/alice/${name}`, content);
    const got = await there.drive.get(`${HOME}/${name}`, { ...asked, content: true });
    expect([got.type, got.format, got.content as unknown]).toEqual(expected);
  });

  it('comes in pieces, and as it was at one moment', async () => {
    const bytes = new Uint8Array(2 * LIMITS.fileBytes + 5).fill(97);
    there.file('/home/alice/a.txt', bytes);
    let pieces = 0;
    there.reading = path => {
      pieces += 1;
      if (pieces === 2) {
        // Another in its place, as large and as old.
        there.file(path, bytes.fill(98), { file: '1:2' });
      }
    };
    const got = await there.drive.get(`${HOME}/a.txt`, { content: true });
    expect(got.content).toBe('b'.repeat(bytes.length));
    there.reading = path => {
      pieces += 1;
      there.file(path, bytes, { modifiedAtMs: NOW_MS + pieces });
    };
    const [, words] = await refused(there.drive.get(`${HOME}/a.txt`, { content: true }));
    expect(words).toContain('/home/alice/a.txt');
  });

  it.each([
    ['too large', 'a.bin', new Uint8Array(OPENED_BYTES + 1), {}, /10 MiB.*download it instead/],
    ['no text', 'a.txt', new Uint8Array([255]), { format: 'text' }, /no text in UTF-8/],
    ['no notebook', 'a.ipynb', '{', {}, /no notebook/],
    ['no notebook either', 'a.ipynb', 'null', {}, /no notebook/],
    ['an old notebook', 'a.ipynb', '{"nbformat":3}', {}, /nbconvert/]
  ] as const)('what is %s is refused in words', async (_, name, content, asked, expected) => {
    there.file(`/home/alice/${name}`, content);
    const work = there.drive.get(`${HOME}/${name}`, { ...asked, type: undefined, content: true });
    const [status, words] = await refused(work);
    expect([status, words]).toEqual([400, expect.stringMatching(expected)]);
    expect(words).toContain(`/home/alice/${name}`);
    expect(there.asked.filter(method => method === 'files.read').length).toBeLessThan(2);
  });

  it('what is not there is a 404, by which JupyterLab knows it', async () => {
    for (const options of [{ content: true }, { content: false }]) {
      expect((await refused(there.drive.get(`${HOME}/no`, options)))[0]).toBe(404);
    }
  });
});
