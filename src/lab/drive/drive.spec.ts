import type { Contents } from '@jupyterlab/services';
import { HOME, refused, Submitting } from './drive.fixture';

let there: Submitting;
beforeEach(() => {
  there = new Submitting();
});
afterEach(() => there.leave());

describe('the drive', () => {
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

  it.each([
    ['a\nb.txt', 'a⟨U+000A⟩b.txt'],
    ['\u202egpj.exe', '⟨U+202E⟩gpj.exe'],
    ['⟨U+000A⟩', '⟨U+27E8⟩U+000A⟩'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>']
  ])('%j is %s in JupyterLab, and itself on its machine', async (name, shown) => {
    there.file(`/home/alice/${name}`, 'x');
    const folder = await there.drive.get(HOME, { content: true });
    const [listed] = folder.content as Contents.IModel[];
    expect([listed.name, listed.path]).toEqual([shown, `${HOME}/${shown}`]);
    const opened = await there.drive.get(listed.path, { content: true });
    expect([opened.name, opened.path, opened.content]).toEqual([shown, listed.path, 'x']);
    const download = await there.drive.getDownloadUrl(listed.path);
    expect(decodeURIComponent(download)).toContain(`/home/alice/${name}`);
    await there.drive.save(listed.path, { type: 'file', format: 'text', content: 'y' });
    expect(there.text(`/home/alice/${name}`)).toBe('y');
    const copied = await there.drive.copy(listed.path, HOME);
    expect(copied.name).toMatch(/-Copy1/);
    // Of what is no more, it is said which that was.
    await there.drive.delete(listed.path);
    expect((await refused(there.drive.get(listed.path)))[1]).toContain(`/home/alice/${shown}`);
    await there.drive.rename(copied.path, listed.path);
    expect(there.text(`/home/alice/${name}`)).toBe('y');
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
