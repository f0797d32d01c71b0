import type { Contents } from '@jupyterlab/services';
import { LIMITS, PoolName } from '../../protocol';
import { NOW_MS } from '../testing';
import { HOME, refused, Submitting } from './drive.fixture';
import { Sending } from './pieces';
import { LEFT_MS } from './uploads';

let there: Submitting;
beforeEach(() => {
  there = new Submitting();
});
afterEach(() => there.leave());

const chunk = (content: Uint8Array, number: number): Partial<Contents.IModel> => ({
  type: 'file',
  format: 'base64',
  name: 'x',
  chunk: number,
  content: Buffer.from(content).toString('base64')
});

describe('uploading', () => {
  const path = `${HOME}/up.bin`;
  const bytes = new Uint8Array(2 * LIMITS.fileBytes + 7).map((_, n) => n % 251);
  const pieces = [0, 1, 2].map(n =>
    bytes.subarray(n * LIMITS.fileBytes, (n + 1) * LIMITS.fileBytes)
  );
  const there64 = (): string =>
    Buffer.from(there.files.get('/home/alice/up.bin')!.bytes).toString('base64');
  const all = Buffer.from(bytes).toString('base64');

  it('in pieces, over what is there, whatever was looked at', async () => {
    there.file('/home/alice/up.bin', 'old');
    await there.drive.get(path, { content: false });
    there.file('/home/alice/up.bin', 'newer', { modifiedAtMs: NOW_MS + 9 });
    await there.drive.save(path, chunk(pieces[0], 1));
    await there.drive.save(path, chunk(pieces[1], 2));
    expect(there.text('/home/alice/up.bin')).toBe('newer');
    const { size } = await there.drive.save(path, chunk(pieces[2], -1));
    expect([size, there64() === all]).toEqual([bytes.length, true]);
  });

  it('beside one of another tab to the same place, is not mixed with it', async () => {
    const spot = { pool: PoolName.parse('ospool'), path: '/home/alice/up.bin' };
    const other = new Sending(there.model, there.clock, spot);
    const none = new Uint8Array(LIMITS.fileBytes);
    await there.drive.save(path, chunk(pieces[0], 1));
    await other.add(none, false);
    await there.drive.save(path, chunk(pieces[1], 2));
    await other.add(none, false);
    await there.drive.save(path, chunk(pieces[2], -1));
    expect(there64() === all).toBe(true);
  });

  it('beside another of the same name in this tab, is not mixed with it', async () => {
    const others = pieces.map(piece => new Uint8Array(piece.length));
    await there.drive.save(path, chunk(pieces[0], 1));
    const [status, words] = await refused(there.drive.save(path, chunk(others[0], 1)));
    expect([status, words]).toEqual([400, expect.stringMatching(/up\.bin.*under way/)]);
    // Nor is one mixed in while a chunk is on its way, by whatever path.
    await Promise.all([
      there.drive.save(path, chunk(pieces[1], 2)),
      refused(there.drive.save(`/${path}`, chunk(others[0], 1))),
      refused(there.drive.save(path, chunk(others[2], -1)))
    ]);
    // What is no chunk of it does not end it.
    await refused(there.drive.save(path, chunk(others[1], 2)));
    await there.drive.save(path, chunk(pieces[2], -1));
    expect(there64() === all).toBe(true);
    await there.drive.save(path, chunk(others[0], 1));
  });

  it('one that was left half done is in nobody’s way', async () => {
    await there.drive.save(path, chunk(new Uint8Array(LIMITS.fileBytes), 1));
    there.clock.pass(LEFT_MS + 1);
    for (const [n, piece] of pieces.entries()) {
      await there.drive.save(path, chunk(piece, n === 2 ? -1 : n + 1));
    }
    expect(there64() === all).toBe(true);
  });

  it('what had arrived of it is gone: a file that is as large is not taken for it', async () => {
    const old = new Uint8Array(bytes.length);
    there.file('/home/alice/up.bin', old);
    await there.drive.save(path, chunk(pieces[0], 1));
    await there.drive.save(path, chunk(pieces[1], 2));
    there.parts.clear();
    const [, words] = await refused(there.drive.save(path, chunk(pieces[2], -1)));
    expect(words).toMatch(/up\.bin.*what had arrived of it is gone/);
    expect(there.files.get('/home/alice/up.bin')?.bytes).toBe(old);
  });

  it('a small one at once', async () => {
    await there.drive.save(path, { ...chunk(pieces[2], 1), chunk: undefined });
    expect(there.files.get('/home/alice/up.bin')?.bytes).toEqual(pieces[2]);
  });

  it.each([
    ['the first', 0, 0],
    ['the second', 1, 1000],
    ['the second, of which all had come', 1, LIMITS.fileBytes],
    ['the last', 2, 3],
    ['the last, of which all had come', 2, 7]
  ])('cut in %s, goes on after the next login', async (_, cut, arrived) => {
    for (const [n, piece] of pieces.entries()) {
      if (n === cut) {
        there.cutAfter = arrived;
      }
      const saving = there.drive.save(path, chunk(piece, n === 2 ? -1 : n + 1));
      if (n === cut) {
        await there.pass(10_000);
        there.now('connected');
        await there.pass(2000);
      }
      await saving;
    }
    expect(there64() === all).toBe(true);
  });

  it('ends where somebody logs out, and where nobody logs in', async () => {
    await there.drive.save(path, chunk(pieces[0], 1));
    there.cutAfter = 1;
    let ended = refused(there.drive.save(path, chunk(pieces[1], 2)));
    await there.pass(3000);
    there.now('away');
    await there.pass(3000);
    expect((await ended)[0]).toBe(503);
    // It is not gone on with as if nothing had been.
    there.now('connected');
    expect((await refused(there.drive.save(path, chunk(pieces[2], -1))))[1]).toContain('beginning');

    await there.drive.save(path, chunk(pieces[0], 1));
    there.cutAfter = 1;
    ended = refused(there.drive.save(path, chunk(pieces[1], 2)));
    for (let minutes = 0; minutes < 20; minutes += 1) {
      await there.pass(60_000);
    }
    expect((await ended)[1]).toContain('broke');
  });
});
