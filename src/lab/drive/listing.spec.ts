import type { Contents } from '@jupyterlab/services';
import { ContentsManager } from '@jupyterlab/services';
import { NOW_MS } from '../testing';
import type { IListed } from './drive';
import { HOME, refused, Submitting } from './drive.fixture';

let there: Submitting;
beforeEach(() => {
  there = new Submitting();
});
afterEach(() => there.leave());

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
    const opening = refused(there.drive.get(`${HOME}/x.txt`, { content: true, type: 'file' }));
    await refused(there.drive.get(HOME, { content: true }));
    expect(heard.slice(1)).toEqual([[HOME, 'Nobody is logged in to h1. Log in.', false]]);
    there.drive.dispose();
    await opening;
  });
});
