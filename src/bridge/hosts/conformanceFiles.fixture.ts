import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs';
import { join } from 'node:path';
import { errorOf, modeOf, type IHostUnderTest } from './hostUnderTest.fixture';
import type { IHost } from './tokens';

const OTHER_USER = 12345;

/** What every submit host does alike with files. */
export function keepsFiles(there: () => IHostUnderTest): void {
  let host: IHost;
  let home: string;
  beforeEach(() => {
    ({ host } = there());
    home = mkdtempSync(join(there().home, 'f-'));
  });
  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
  });

  describe('the folder for what is submitted', () => {
    /** A folder that all can write to, as people make them for their group. */
    const openFolder = (): string => {
      const folder = join(home, 'group');
      mkdirSync(folder);
      chmodSync(folder, 0o2777);
      return folder;
    };

    it('is made private, with those above it', async () => {
      const folder = join(home, 'a', "it's b");
      expect(await host.folder(folder)).toBe(folder);
      expect([modeOf(folder), modeOf(join(home, 'a'))]).toEqual([0o700, 0o700]);
    });

    it('is closed to others while it is empty', async () => {
      const folder = openFolder();
      await host.folder(folder);
      expect(modeOf(folder) & 0o077).toBe(0);
    });

    it('that others use is left to them, and refused', async () => {
      const folder = openFolder();
      writeFileSync(join(folder, 'theirs'), '');
      expect(await errorOf(host.folder(folder))).toEqual([
        'file_failed',
        {
          path: folder,
          problem: expect.stringMatching(
            /others can enter it \(mode 2777\): .* chmod 700$/
          ) as string
        }
      ]);
      expect(modeOf(folder)).toBe(0o2777);
    });

    it('that is private stays as it is, and is told without links', async () => {
      const folder = join(home, 'own');
      mkdirSync(folder, { mode: 0o700 });
      writeFileSync(join(folder, 'mine'), '');
      symlinkSync(folder, join(home, 'link'));
      expect(await host.folder(join(home, 'link'))).toBe(folder);
      expect(readdirSync(folder)).toEqual(['mine']);
    });

    it('does not lie where anybody may put another in its place', async () => {
      const above = openFolder();
      const folder = join(above, 'a', 'own');
      expect(await errorOf(host.folder(folder))).toEqual([
        'file_failed',
        {
          path: folder,
          problem: expect.stringContaining(`anybody may write to ${above},`) as string
        }
      ]);
      chmodSync(above, 0o1777);
      expect(await host.folder(folder)).toBe(folder);
      // Whom a group lets in is the group's matter.
      chmodSync(above, 0o2770);
      expect(await host.folder(folder)).toBe(folder);
    });

    it('is none that another user’s link leads to', async () => {
      const [own, link] = [join(home, 'own'), join(home, 'link')];
      mkdirSync(own, { mode: 0o700 });
      symlinkSync(own, link);
      lchownSync(link, OTHER_USER, OTHER_USER);
      const problem = expect.stringContaining(`user id ${OTHER_USER}`) as string;
      expect(await errorOf(host.folder(link))).toEqual(['file_failed', { path: link, problem }]);
    });

    it('is one of its own where none is named', async () => {
      const folder = await host.folder(undefined);
      expect(modeOf(folder)).toBe(0o700);
    });
  });

  describe('files of a submission', () => {
    const files = [
      { path: 'pilot.sh', content: '#!/bin/sh\n', mode: 0o700 as const },
      { path: '0/pilot.json', content: '{"ü":1}', mode: 0o600 as const },
      { path: '10/deep/x', content: Buffer.from([0, 1, 10, 255]), mode: 0o600 as const },
      { path: 'empty', content: '', mode: 0o600 as const }
    ];

    it('are written with their modes, into folders of their own', async () => {
      const folder = join(home, 's', "1 ' 2");
      await host.putFolder(folder, files);
      expect(readFileSync(join(folder, '0/pilot.json'), 'utf8')).toBe('{"ü":1}');
      expect([...readFileSync(join(folder, '10/deep/x'))]).toEqual([0, 1, 10, 255]);
      expect(readFileSync(join(folder, 'empty'), 'utf8')).toBe('');
      expect(
        ['', '0', '10', '10/deep', 'pilot.sh', '0/pilot.json'].map(p => modeOf(join(folder, p)))
      ).toEqual([0o700, 0o700, 0o700, 0o700, 0o700, 0o600]);
      expect(readdirSync(folder).sort()).toEqual(['0', '10', 'empty', 'pilot.sh']);
    });

    it('never go into a folder that is there', async () => {
      const folder = join(home, 'there');
      mkdirSync(folder);
      writeFileSync(join(folder, 'mine'), '1');
      expect((await errorOf(host.putFolder(folder, files)))[0]).toBe('file_failed');
      expect(readdirSync(folder)).toEqual(['mine']);
    });

    it('never go beside it', async () => {
      const folder = join(home, 'beside');
      const bad = [{ path: '../x', content: '', mode: 0o600 as const }];
      expect((await errorOf(host.putFolder(folder, bad)))[0]).toBe('file_failed');
      expect(existsSync(join(home, 'x'))).toBe(false);
    });
  });

  describe('a file that is brought there', () => {
    const bring = async (planted: number | null): Promise<[boolean, string, number]> => {
      const [local, path] = [join(home, 'agent'), join(home, 'd', 'agent-0.pyz')];
      writeFileSync(local, 'ours!');
      if (planted !== null) {
        mkdirSync(join(home, 'd'));
        writeFileSync(path, 'other');
        chmodSync(path, planted);
      }
      const { sent } = await host.putFile(local, path);
      return [sent, readFileSync(path, 'utf8'), modeOf(path)];
    };

    it('is there whole, for its owner', async () => {
      expect(await bring(null)).toEqual([true, 'ours!', 0o600]);
      expect(readdirSync(join(home, 'd'))).toEqual(['agent-0.pyz']);
    });

    it('is not sent again where one of its size is', async () => {
      expect(await bring(0o600)).toEqual([false, 'other', 0o600]);
    });

    it('takes the place of one that others can write to', async () => {
      expect(await bring(0o666)).toEqual([true, 'ours!', 0o600]);
    });

    it('may be large or empty', async () => {
      const local = join(home, 'big');
      for (const size of [0, 5_000_001]) {
        writeFileSync(local, '');
        truncateSync(local, size);
        await host.putFile(local, join(home, `there-${size}`));
        expect(statSync(join(home, `there-${size}`)).size).toBe(size);
      }
    });

    it('that is not here is told', async () => {
      expect((await errorOf(host.putFile(join(home, 'no'), join(home, 'there'))))[0]).toBe(
        'file_failed'
      );
    });

    it('does not replace a folder', async () => {
      writeFileSync(join(home, 'f'), '1');
      mkdirSync(join(home, 'folder'));
      expect((await errorOf(host.putFile(join(home, 'f'), join(home, 'folder'))))[0]).toBe(
        'file_failed'
      );
      expect(readdirSync(join(home, 'folder'))).toEqual([]);
    });

    it('may be asked for twice at once', async () => {
      writeFileSync(join(home, 'f'), 'x'.repeat(1_000_000));
      const to = join(home, 'to');
      await Promise.all([1, 2, 3].map(() => host.putFile(join(home, 'f'), to)));
      expect(statSync(to).size).toBe(1_000_000);
    });
  });

  describe('reading', () => {
    const file = (content: string | Buffer): string => {
      const path = join(home, "a file's name");
      writeFileSync(path, content);
      return path;
    };
    const text = async (path: string, offset: number, bytes: number): Promise<unknown> => {
      const piece = await host.read(path, offset, bytes);
      return piece === null ? null : [piece.bytes.toString('latin1'), piece.offset, piece.size];
    };

    it('gives pieces from the beginning and from the end', async () => {
      const path = file('0123456789');
      expect(await text(path, 0, 100)).toEqual(['0123456789', 0, 10]);
      expect(await text(path, 3, 4)).toEqual(['3456', 3, 10]);
      expect(await text(path, -4, 100)).toEqual(['6789', 6, 10]);
      expect(await text(path, -40, 2)).toEqual(['01', 0, 10]);
      expect(await text(path, 10, 5)).toEqual(['', 10, 10]);
      expect(await text(path, 99, 5)).toEqual(['', 10, 10]);
    });

    it('gives bytes as they are', async () => {
      const bytes = Buffer.from(Array.from({ length: 256 * 300 }, (_, n) => n % 256));
      const piece = await host.read(file(bytes), 1, bytes.length);
      expect(piece?.bytes.equals(bytes.subarray(1))).toBe(true);
    });

    it('follows no link, and opens nothing but files', async () => {
      const path = file('secret');
      mkdirSync(join(home, 'd'));
      symlinkSync(path, join(home, 'link'));
      symlinkSync(home, join(home, 'd', 'way'));
      await host.run({ argv: ['mkfifo', join(home, 'pipe')], timeoutMs: 60_000 });
      for (const name of ['link', "d/way/a file's name", 'pipe', 'd', 'no', 'no/x', 'link/x']) {
        expect([name, await text(join(home, name), 0, 10)]).toEqual([name, null]);
      }
    });

    it('tells sizes of many files in one question, of files alone', async () => {
      const paths = Array.from({ length: 300 }, (_, n) => join(home, `${n}`));
      paths.forEach((path, n) => {
        writeFileSync(path, 'x'.repeat(n));
      });
      mkdirSync(join(home, 'd'));
      symlinkSync(paths[7], join(home, 'link'));
      const others = ['no', 'd', 'link', 'no/x', '7/x'].map(name => join(home, name));
      const sizes = await host.sizes([...paths, ...others]);
      expect(sizes).toEqual(new Map(paths.map((path, n) => [path, n])));
      expect(await host.sizes([])).toEqual(new Map());
    });

    it('tells what is in a folder', async () => {
      const path = file('12');
      mkdirSync(join(home, '.d'));
      symlinkSync(path, join(home, '-link'));
      const found = [...(await host.list(home))].sort((a, b) => a.name.localeCompare(b.name));
      expect(found.map(({ name, kind }) => [name, kind]).sort()).toEqual([
        ['-link', 'other'],
        ['.d', 'folder'],
        ["a file's name", 'file']
      ]);
      const one = found.find(({ kind }) => kind === 'file');
      expect(one?.size).toBe(2);
      expect(Math.abs((one?.modifiedAtMs ?? 0) - statSync(path).mtimeMs)).toBeLessThan(2);
      expect(await host.list(join(home, 'no'))).toEqual([]);
      expect(await host.list(path)).toEqual([]);
    });
  });

  it('removes files and folders, and not what links lead to', async () => {
    mkdirSync(join(home, 'keep'));
    writeFileSync(join(home, 'keep', 'x'), '');
    mkdirSync(join(home, 'd', 'e'), { recursive: true });
    symlinkSync(join(home, 'keep'), join(home, 'd', 'link'));
    writeFileSync(join(home, '-f'), '');
    await host.remove(['d', '-f', 'no'].map(name => join(home, name)));
    expect(readdirSync(home)).toEqual(['keep']);
    expect(readdirSync(join(home, 'keep'))).toEqual(['x']);
    await host.remove([]);
  });
}
