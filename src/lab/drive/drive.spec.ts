import type { Contents } from '@jupyterlab/services';
import { ContentsManager, ServerConnection } from '@jupyterlab/services';
import { LIMITS, PoolName } from '../../protocol';
import { NOW_MS } from '../testing';
import { Submitting } from './drive.fixture';
import type { IListed } from './drive';
import { OPENED_BYTES } from './reader';
import type { FileFailure } from './failure';
import { Sending } from './pieces';
import { LEFT_MS } from './uploads';

const HOME = 'ospool/home/alice';

let there: Submitting;
beforeEach(() => {
  there = new Submitting();
});
afterEach(() => there.leave());

/** How it is refused, and in which words. */
async function refused(work: Promise<unknown>): Promise<[status: number, words: string]> {
  try {
    await work;
  } catch (error) {
    const { response, message } = error as FileFailure;
    expect(error).toBeInstanceOf(ServerConnection.ResponseError);
    return [response.status, message];
  }
  throw new Error('it was done');
}

const chunk = (content: Uint8Array, number: number): Partial<Contents.IModel> => ({
  type: 'file',
  format: 'base64',
  name: 'x',
  chunk: number,
  content: Buffer.from(content).toString('base64')
});

describe('listing', () => {
  it('begins with the places', async () => {
    const root = await there.drive.get('', { content: true });
    const names = (root.content as Contents.IModel[]).map(({ path, type }) => [path, type]);
    expect(names.sort()).toEqual([
      ['local', 'directory'],
      ['ospool', 'directory']
    ]);
    expect(root.writable).toBe(false);
    expect((await refused(there.drive.get('-odd')))[0]).toBe(404);
  });

  it('tells of files and folders as JupyterLab wants it', async () => {
    there.file('/home/alice/pi.ipynb', '{}', { writable: false });
    there.folders.add('/home/alice/data');
    // A machine that says that these are names.
    there.odd = ['..', 'a/b', ''].map(name => ({ ...there.entry('/home')!, name }));
    const home = await there.drive.get(HOME, { content: true });
    expect(home.path).toBe(HOME);
    expect(home.content).toMatchObject([
      { name: 'data', path: `${HOME}/data`, type: 'directory', writable: true },
      {
        ...{ name: 'pi.ipynb', path: `${HOME}/pi.ipynb`, type: 'notebook', writable: false },
        ...{ size: 2, last_modified: new Date(NOW_MS).toISOString() }
      }
    ]);
  });

  it('is validated by JupyterLab as its own', async () => {
    there.file('/home/alice/a:b', 'x');
    const manager = new ContentsManager();
    manager.addDrive(there.drive);
    const folder = await manager.get(`pilothouse:${HOME}`, { content: true });
    const [entry] = folder.content as Contents.IModel[];
    expect(entry.path).toBe(`pilothouse:${HOME}/a:b`);
    expect((await manager.get(entry.path)).content).toBe('x');
    expect(manager.resolvePath(folder.path, '..')).toBe('pilothouse:ospool/home');
    manager.dispose();
  });

  it('says to whoever shows it what came of it, and nothing of what documents ask', async () => {
    const heard: [string, string | null, boolean][] = [];
    there.drive.listed.connect((_: unknown, { localPath, failure, more }: IListed) => {
      heard.push([localPath, failure?.message ?? null, more]);
    });
    there.more = true;
    await there.drive.get(HOME, { content: true });
    expect(heard).toEqual([[HOME, null, true]]);
    there.away = 'login_needed';
    await refused(there.drive.get(`${HOME}/x.txt`, { content: true, type: 'file' }));
    await refused(there.drive.get(HOME, { content: true }));
    expect(heard.slice(1)).toEqual([[HOME, 'Nobody is logged in to h1. Log in.', false]]);
  });
});

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

describe('saving', () => {
  const path = `${HOME}/a.txt`;
  const text = (content: string): Partial<Contents.IModel> => ({
    type: 'file',
    format: 'text',
    content
  });

  it('a text, whole', async () => {
    const long = 'é'.repeat(LIMITS.fileBytes);
    const saved = await there.drive.save(path, text(long));
    expect(there.text('/home/alice/a.txt')).toBe(long);
    expect([saved.name, saved.content]).toEqual(['a.txt', null]);
    await there.drive.save(path, text(''));
    expect(there.text('/home/alice/a.txt')).toBe('');
  });

  it('a notebook as nbformat writes it', async () => {
    const content = { cells: [{ source: 'a\nb' }], nbformat: 4 };
    await there.drive.save(`${HOME}/a.ipynb`, { type: 'notebook', format: 'json', content });
    expect(there.text('/home/alice/a.ipynb')).toBe(
      '{\n "cells": [\n  {\n   "source": [\n    "a\\n",\n    "b"\n   ]\n  }\n ],\n "nbformat": 4\n}\n'
    );
  });

  it('what was written between look and save is not lost', async () => {
    there.file('/home/alice/a.txt', 'old');
    await there.drive.get(path, { content: false });
    there.file('/home/alice/a.txt', 'of others', { modifiedAtMs: NOW_MS + 400 });
    const [, words] = await refused(there.drive.save(path, text('mine')));
    expect(words).toContain('has been changed by somebody else');
    expect(there.text('/home/alice/a.txt')).toBe('of others');
    // Who has been told and looks again overwrites it.
    await there.drive.get(path, { content: false });
    await there.drive.save(path, text('mine'));
    // A look of long ago says nothing.
    await there.drive.get(path, { content: false });
    there.file('/home/alice/a.txt', 'of others', { modifiedAtMs: NOW_MS + 999 });
    there.clock.pass(60_000);
    await there.drive.save(path, text('mine'));
    expect(there.text('/home/alice/a.txt')).toBe('mine');
  });

  it('tells JupyterLab', async () => {
    const heard: unknown[] = [];
    there.drive.fileChanged.connect((_: unknown, { type, oldValue, newValue }) => {
      heard.push([type, oldValue?.path, newValue?.path]);
    });
    await there.drive.save(path, text('x'));
    await there.drive.rename(path, `${HOME}/b.txt`);
    await there.drive.delete(`${HOME}/b.txt`);
    await there.drive.newUntitled({ path: HOME, type: 'directory' });
    expect(heard).toEqual([
      ['save', undefined, path],
      ['rename', path, `${HOME}/b.txt`],
      ['delete', `${HOME}/b.txt`, undefined],
      ['new', undefined, `${HOME}/Untitled Folder`]
    ]);
  });
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

describe('the rest', () => {
  it('makes new files with JupyterLab’s names', async () => {
    there.file('/home/alice/untitled.txt', '');
    const made = async (options: Contents.ICreateOptions): Promise<string> =>
      (await there.drive.newUntitled({ path: HOME, ...options })).name;
    expect(await made({ type: 'file', ext: 'txt' })).toBe('untitled1.txt');
    expect(await made({ type: 'notebook' })).toBe('Untitled.ipynb');
    expect(await made({ type: 'notebook' })).toBe('Untitled1.ipynb');
    expect(JSON.parse(there.text('/home/alice/Untitled.ipynb')!)).toMatchObject({ cells: [] });
  });

  it('copies in a place, and nothing between places', async () => {
    there.file('/home/alice/a.txt', 'x');
    there.folders.add('/home/alice/d');
    expect((await there.drive.copy(`${HOME}/a.txt`, HOME)).name).toBe('a-Copy1.txt');
    expect((await there.drive.copy(`${HOME}/a.txt`, `${HOME}/d`)).path).toBe(`${HOME}/d/a.txt`);
    const moved = there.drive.rename(`${HOME}/a.txt`, 'local/home/a.txt');
    expect((await refused(moved))[1]).toContain('downloaded and uploaded');
  });

  it('does nothing to a place or the drive itself', async () => {
    for (const path of ['', 'ospool', 'ospool/', 'ospool/x/..']) {
      await refused(there.drive.delete(path));
      await refused(there.drive.rename(path, `${HOME}/x`));
      await refused(there.drive.rename(`${HOME}/x`, path));
      await refused(there.drive.save(path, { type: 'file', format: 'text', content: '' }));
    }
    await refused(there.drive.newUntitled({ type: 'file' }));
    expect(there.asked).toEqual([]);
  });

  it('names the route of a download, whatever the file is called', async () => {
    expect(await there.drive.getDownloadUrl(`${HOME}/a b?#%\n"/../x'`)).toBe(
      "http://localhost:8888/user/x/pilothouse/files/ospool/home/alice/x'"
    );
    expect(await there.drive.getDownloadUrl(`${HOME}/a b?#%\n"`)).toBe(
      'http://localhost:8888/user/x/pilothouse/files/ospool/home/alice/a%20b%3F%23%25%0A%22'
    );
    document.cookie = '_xsrf=2|abc|def';
    expect(await there.drive.getDownloadUrl(`${HOME}/a`)).toMatch(/\?_xsrf=2%7Cabc%7Cdef$/);
    document.cookie = '_xsrf=; expires=Thu, 01 Jan 1970 00:00:00 GMT';
  });

  it('has no checkpoints', async () => {
    expect(await there.drive.listCheckpoints()).toEqual([]);
    await there.drive.createCheckpoint();
    await refused(there.drive.restoreCheckpoint(`${HOME}/a`));
  });
});
