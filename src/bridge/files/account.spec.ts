import {
  appendFileSync,
  chmodSync,
  existsSync,
  lchownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join, relative } from 'node:path';
import { LIMITS } from '../../protocol';
import { errorOf, newHome } from '../hosts/conformance.fixture';
import { modeOf } from '../hosts/hostUnderTest.fixture';
import { elsewhere, here, shellOfNobody, type IWhere } from './where.fixture';

jest.setTimeout(120_000);

const HOSTILE = [
  'with space',
  "it's",
  '"$HOME" `id`',
  '-rf',
  '--help',
  ' ',
  'a\nb',
  '\n41ed 0 0 1 2026-01-01 00:00:00.0 +0000 .',
  'ends with newline\n',
  'Ünïcödé 🚀',
  '*',
  '\\n%s',
  '~',
  'x'.repeat(255),
  '\t\x1b[31m'
];

describe.each([
  ['another machine', elsewhere],
  ['this machine', here]
])('%s', (_, make) => {
  let where: IWhere;
  let at: (name: string) => string;
  beforeEach(() => {
    where = make();
    at = name => join(where.folder, name);
  });
  afterEach(() => {
    where.close();
  });
  const write = (path: string, text: string, more = {}) =>
    where.account.write(path, { content: Buffer.from(text), offset: 0, last: true, ...more });
  const text = async (path: string): Promise<string> =>
    Buffer.from((await where.account.read(path, 0, 1000)).content, 'base64').toString();

  it.each(HOSTILE)('a file of the name %j is a file as others are', async name => {
    const { account } = where;
    const { entry } = await write(at(name), name);
    expect(entry).toMatchObject({
      name,
      kind: 'file',
      size: Buffer.byteLength(name),
      writable: true
    });
    expect(readFileSync(at(name), 'utf8')).toBe(name);
    expect(await text(at(name))).toBe(name);
    const { entries } = await account.list(where.folder);
    expect(entries).toEqual([entry]);
    expect((await account.stat(at(name))).entry).toEqual(entry);
    expect(await account.rename(at(name), at('plain'))).toEqual({ ...entry, name: 'plain' });
    expect(await account.rename(at('plain'), at(name))).toEqual(entry);
    await account.remove(at(name));
    expect(readdirSync(where.folder)).toEqual([]);
    expect(await account.makeFolder(at(name))).toMatchObject({ name, kind: 'folder' });
    await account.remove(at(name));
    expect(readdirSync(where.folder)).toEqual([]);
  });

  it('links are shown as what they lead to', async () => {
    writeFileSync(at('file'), '12345');
    mkdirSync(at('folder'));
    symlinkSync('file', at('to file'));
    symlinkSync('folder', at('to folder'));
    symlinkSync('nowhere', at('broken'));
    const { path, entries, more } = await where.account.list(`${where.folder}/folder/..`);
    expect([path, more]).toEqual([where.folder, false]);
    expect(entries.map(({ name, kind }) => `${name}: ${kind}`).sort()).toEqual([
      'broken: other',
      'file: file',
      'folder: folder',
      'to file: file',
      'to folder: folder'
    ]);
    expect(entries.find(({ name }) => name === 'to file')?.size).toBe(5);
    expect((await where.account.stat(at('broken'))).entry?.kind).toBe('other');
  });

  it('more than a list holds are told as more', async () => {
    for (let n = 0; n <= LIMITS.entriesListed; n += 1) {
      linkOrWrite(at('0'), at(String(n)));
    }
    const { entries, more } = await where.account.list(where.folder);
    expect([entries.length, more]).toEqual([LIMITS.entriesListed, true]);
    rmSync(at('0'));
    expect((await where.account.list(where.folder)).more).toBe(false);
  });

  it('what is not there is no file, and nothing else', async () => {
    expect(await where.account.stat(at('no'))).toEqual({ path: at('no'), entry: null });
    expect(await where.account.stat(at('no/such'))).toEqual({ path: at('no/such'), entry: null });
    const problem = 'No such file or directory';
    const failed = (name: string) => ['file_failed', { path: at(name), problem }];
    expect(await errorOf(where.account.read(at('no'), 0, 1))).toEqual(failed('no'));
    expect(await errorOf(where.account.remove(at('no')))).toEqual(failed('no'));
    expect(await errorOf(where.account.rename(at('no'), at('x')))).toEqual(failed('no'));
    expect(await errorOf(write(at('no/file'), ''))).toEqual(failed('no/file'));
    expect((await errorOf(where.account.list(at('no'))))[0]).toBe('file_failed');
  });

  it('nothing is read but files', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const odd = (name: string) => ['file_failed', { path: at(name), problem: 'it is no file' }];
    expect(await errorOf(where.account.read(at('pipe'), 0, 1))).toEqual(odd('pipe'));
    expect(await errorOf(write(at('pipe'), 'x'))).toEqual(odd('pipe'));
    mkdirSync(at('folder'));
    expect(await errorOf(write(at('folder'), 'x'))).toEqual(odd('folder'));
    expect(await errorOf(where.account.read('a\0b', 0, 1))).toEqual([
      'file_failed',
      { path: '"a\\u0000b"', problem: 'a path cannot hold a NUL' }
    ]);
  });

  it('a piece of a file, to its end and not beyond', async () => {
    writeFileSync(at('file'), '0123456789');
    const piece = async (offset: number, bytes: number) => {
      const { content, size } = await where.account.read(at('file'), offset, bytes);
      return [Buffer.from(content, 'base64').toString(), size];
    };
    expect(await piece(3, 4)).toEqual(['3456', 10]);
    expect(await piece(8, 100)).toEqual(['89', 10]);
    expect(await piece(10, 1)).toEqual(['', 10]);
    expect(await piece(99, 1)).toEqual(['', 10]);
  });

  it('pieces tell of which file they are', async () => {
    const fileOf = async () => (await where.account.read(at('file'), 0, 1)).file;
    writeFileSync(at('file'), 'one');
    const first = await fileOf();
    appendFileSync(at('file'), ' and more');
    symlinkSync('file', at('link'));
    expect(await fileOf()).toBe(first);
    expect((await where.account.read(at('link'), 3, 1)).file).toBe(first);
    writeFileSync(at('other'), 'one and much more');
    renameSync(at('other'), at('file'));
    expect(await fileOf()).not.toBe(first);
  });

  describe('writing', () => {
    it('keeps the mode, and what a link is; a new file is its owner’s alone', async () => {
      await write(at('new'), 'x');
      expect(modeOf(at('new'))).toBe(0o600);
      writeFileSync(at('script'), 'old');
      chmodSync(at('script'), 0o755);
      mkdirSync(at('other'));
      symlinkSync('../script', at('other/link'));
      expect((await write(at('other/link'), 'new')).entry?.name).toBe('link');
      expect(readFileSync(at('script'), 'utf8')).toBe('new');
      expect([modeOf(at('script')), readdirSync(at('other'))]).toEqual([0o755, ['link']]);
    });

    it('is refused where somebody has changed it', async () => {
      const { entry } = await write(at('file'), 'one', { expectedModifiedAtMs: null });
      const seen = { expectedModifiedAtMs: entry?.modifiedAtMs };
      const changed = ['file_changed', { path: at('file') }];
      expect(await errorOf(write(at('file'), 'x', { expectedModifiedAtMs: null }))).toEqual(
        changed
      );
      await write(at('file'), 'two', seen);
      utimesSync(at('file'), 1, 1);
      expect(await errorOf(write(at('file'), 'x', seen))).toEqual(changed);
      expect(readFileSync(at('file'), 'utf8')).toBe('two');
      expect(readdirSync(where.folder)).toEqual(['file']);
    });

    it('in pieces takes its place with the last, and goes on from what has come', async () => {
      writeFileSync(at('file'), 'old');
      const piece = (content: string, offset: number, last = false) =>
        where.account.write(at('file'), { content: Buffer.from(content), offset, last });
      expect(await piece('abc', 0)).toEqual({ received: 3, entry: null });
      expect(modeOf(at('.file.pilothouse-part'))).toBe(0o600);
      expect(await piece('xyz', 6)).toEqual({ received: 3, entry: null });
      expect(readFileSync(at('file'), 'utf8')).toBe('old');
      expect(await piece('def', 3, true)).toMatchObject({ received: 6, entry: { size: 6 } });
      expect(readFileSync(at('file'), 'utf8')).toBe('abcdef');
      expect(readdirSync(where.folder)).toEqual(['file']);
    });

    it('gathers the pieces of two who write one file apart', async () => {
      const piece = (sender: string, content: string, offset: number, last = false) =>
        where.account.write(at('file'), { content: Buffer.from(content), offset, last, sender });
      await piece('one', 'abc', 0);
      await piece('two', 'xyz', 0);
      expect(await piece('one', 'def', 3, true)).toMatchObject({ entry: { size: 6 } });
      expect(readFileSync(at('file'), 'utf8')).toBe('abcdef');
      expect(await piece('two', '!', 3, true)).toMatchObject({ entry: { size: 4 } });
      expect(readFileSync(at('file'), 'utf8')).toBe('xyz!');
      expect(readdirSync(where.folder)).toEqual(['file']);
    });

    it('follows no link that somebody has put where it gathers', async () => {
      writeFileSync(at('theirs'), 'theirs');
      symlinkSync('theirs', at('.file.pilothouse-part'));
      const content = Buffer.from('x');
      await where.account.write(at('file'), { content, offset: 0, last: false });
      expect(readFileSync(at('theirs'), 'utf8')).toBe('theirs');
    });

    it('writes where the user’s own links lead, and not where another user’s do', async () => {
      writeFileSync(at('mine'), 'mine');
      symlinkSync('mine', at('link'));
      await write(at('link'), 'new');
      expect(readFileSync(at('mine'), 'utf8')).toBe('new');
      lchownSync(at('link'), 65_534, 65_534);
      const problem = 'the link that is there belongs to another user';
      expect(await errorOf(write(at('link'), 'x'))).toEqual([
        'file_failed',
        { path: at('link'), problem }
      ]);
      expect(readFileSync(at('mine'), 'utf8')).toBe('new');
    });

    it('what is renamed takes no other file’s place, and a full folder is not removed', async () => {
      writeFileSync(at('a'), 'a');
      symlinkSync('nowhere', at('b'));
      mkdirSync(at('folder'));
      for (const to of ['b', 'folder']) {
        const problem = 'something is there already';
        expect(await errorOf(where.account.rename(at('a'), at(to)))).toEqual([
          'file_failed',
          { path: at('a'), problem }
        ]);
      }
      writeFileSync(at('folder/x'), '');
      expect((await errorOf(where.account.remove(at('folder'))))[0]).toBe('file_failed');
      await where.account.remove(at('b'));
      expect(readdirSync(where.folder)).toEqual(['a', 'folder']);
    });

    it('on a full disk says so, and leaves the file and no litter', async () => {
      mkdirSync(at('disk'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at('disk')]);
      try {
        writeFileSync(at('disk/file'), 'old');
        const [code, params] = await errorOf(write(at('disk/file'), 'x'.repeat(200_000)));
        expect([code, params]).toEqual([
          'file_failed',
          { path: at('disk/file'), problem: 'No space left on device' }
        ]);
        expect(readdirSync(at('disk'))).toEqual(['file']);
        expect(readFileSync(at('disk/file'), 'utf8')).toBe('old');
      } finally {
        execFileSync('umount', [at('disk')]);
      }
    });
  });

  it('a path without / is meant from home', async () => {
    const home = where.link === null ? (process.env.HOME ?? '') : where.folder;
    expect((await where.account.stat(relative(home, where.folder) || '.')).path).toBe(where.folder);
  });
});

it('what a user may not do there is told', async () => {
  const home = newHome();
  chmodSync(home, 0o755);
  const where = elsewhere(shellOfNobody(home));
  const at = (name: string): string => join(where.folder, name);
  chmodSync(join(where.folder, '..'), 0o755);
  chmodSync(where.folder, 0o755);
  mkdirSync(at('closed'), { mode: 0o700 });
  writeFileSync(at('closed/file'), '');
  writeFileSync(at('secret'), '', { mode: 0o600 });
  writeFileSync(at('open'), '');
  chmodSync(at('open'), 0o646);
  const content = Buffer.from('x');
  const { account } = where;
  const works: (() => Promise<unknown>)[] = [
    () => account.list(at('closed')),
    () => account.stat(at('closed/file')),
    () => account.read(at('secret'), 0, 1),
    () => account.write(at('new'), { content, offset: 0, last: true }),
    () => account.makeFolder(at('new')),
    () => account.rename(at('secret'), at('new')),
    () => account.remove(at('secret'))
  ];
  for (const work of works) {
    const [code, params] = await errorOf(work());
    expect([code, (params as { problem: string }).problem]).toEqual([
      'file_failed',
      'Permission denied'
    ]);
  }
  const { entries } = await account.list(where.folder);
  expect(entries.filter(({ writable }) => writable).map(({ name }) => name)).toEqual(['open']);
  where.close();
  rmSync(home, { recursive: true });
});

it('nobody is logged in', async () => {
  const where = elsewhere();
  where.link?.connect(null);
  expect((await errorOf(where.account.list('.')))[0]).toBe('login_needed');
  where.close();
});

function linkOrWrite(first: string, path: string): void {
  if (existsSync(first)) {
    linkSync(first, path);
  } else {
    writeFileSync(path, '');
  }
}
