import { expect, test } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync
} from 'node:fs';
import path from 'node:path';
import { faint } from './contrast';
import { Person } from './faces';
import type { IServer } from './server';
import { startServer } from './server';
import { openPanel, reload, run } from './steps';
import { TURN_WITHIN_MS } from './testbed';

const TITLE = 'Campus cluster';
const HOSTILE = ['a\nb', '\u202egpj.exe', '<b>bold', '"quoted" $HOME', 'it\u0007rings'];
/** A picture of one pixel. */
const DOT =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

test.use({ autoGoto: false });

test.describe('the files of a submit host', () => {
  let person: Person;
  let server: IServer;
  /** A folder there that only these tests use, and its owner. */
  let folder: string;
  let owner: string;

  test.beforeAll(async () => {
    test.setTimeout(TURN_WITHIN_MS);
    person = await Person.arrive();
    server = await startServer('lab', person.variables);
    server.addPlace(person.profile('totp', TITLE));
    server.addPlace(person.profile('wire', 'Bad line'));
    const [, , uid, gid, , home] = execFileSync('getent', ['passwd', person.user], {
      encoding: 'utf8'
    }).split(':');
    owner = `${uid}:${gid}`;
    folder = path.join(home, `pilothouse-ui-${process.pid}`);
    mkdirSync(folder);
    execFileSync('chown', [owner, folder]);
  });

  test.afterAll(async () => {
    await server.end();
    await person.leave();
    rmSync(folder, { recursive: true, force: true });
  });

  const region = (page: IJupyterLabPageFixture): Locator =>
    page.getByRole('region', { name: 'Files of submit hosts' });
  const item = (page: IJupyterLabPageFixture, name: string): Locator =>
    region(page).locator('.jp-DirListing-item').filter({ hasText: name });
  const button = (part: Locator, name: string): Locator =>
    part.getByRole('button', { name, exact: true });

  /** What the person there wrote with another program. */
  const there = (name: string, content: string | Buffer): string => {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    execFileSync('chown', [owner, file]);
    return file;
  };
  const refresh = (page: IJupyterLabPageFixture): Promise<void> =>
    region(page).getByTitle('Refresh the list of files').click();
  const answer = async (page: IJupyterLabPageFixture, label: string, text: string) => {
    const field = page.getByRole('dialog').getByLabel(label, { exact: true });
    await expect(field).toBeFocused();
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
  };
  const openFiles = async (page: IJupyterLabPageFixture, face: string, title: string) => {
    await page.goto(`${server.url}/lab`);
    await openPanel(page);
    const row = page.locator(`[data-pilothouse-place="${face}"]`);
    await button(row, title).click();
    await button(row, `Files of ${title}`).click();
  };
  /** Opens them, and logs in where nobody has yet. */
  const enter = async (page: IJupyterLabPageFixture, face: string, title: string) => {
    await openFiles(page, face, title);
    const login = button(region(page), `Log in to ${face}.testbed.invalid`);
    const mine = item(page, path.basename(folder));
    await expect(login.or(mine)).toBeVisible();
    if (await login.isVisible()) {
      await logIn(page, face);
    }
    await mine.dblclick();
    await expect(region(page).locator('.jp-BreadCrumbs')).toContainText(path.basename(folder));
  };
  const logIn = async (page: IJupyterLabPageFixture, face: string) => {
    await button(region(page), `Log in to ${face}.testbed.invalid`).click();
    await answer(page, 'Password:', person.password);
    await answer(page, 'Verification code:', person.code);
  };

  test('from the login to the last file', async ({ page }, info) => {
    test.setTimeout(240_000);
    await openFiles(page, 'totp', TITLE);
    await expect(region(page)).toContainText(`To see the files of ${TITLE}, log in`);
    await page.screenshot({ path: info.outputPath('login.png') });
    await logIn(page, 'totp');
    const crumbs = region(page).locator('.jp-BreadCrumbs');
    await expect(crumbs).toContainText(person.user);
    await page.screenshot({ path: info.outputPath('home.png') });

    await item(page, path.basename(folder)).dblclick();
    await expect(crumbs).toContainText(path.basename(folder));
    await region(page).getByTitle('New folder').click();
    const field = region(page).locator('.jp-DirListing-editor');
    await expect(field).toBeFocused();
    await field.fill('mine');
    await page.keyboard.press('Enter');
    await item(page, 'mine').dblclick();
    await expect(crumbs).toContainText('mine');

    const mine = path.join(folder, 'mine');
    // In one piece, and in several.
    const large = randomBytes(3_500_000);
    for (const [name, content] of [
      ['notes.txt', Buffer.from('first\n')],
      ['large.bin', large]
    ] as const) {
      const chooser = page.waitForEvent('filechooser');
      await region(page).getByTitle('Upload Files').click();
      await (
        await chooser
      ).setFiles({ name, mimeType: 'application/octet-stream', buffer: content });
      await expect(item(page, name)).toBeVisible();
    }
    expect(readFileSync(path.join(mine, 'large.bin')).equals(large)).toBe(true);

    await item(page, 'notes.txt').dblclick();
    const editor = page.locator('.jp-FileEditor .cm-content');
    await expect(editor).toContainText('first');
    await editor.click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('second');
    await page.keyboard.press('Control+s');
    const notes = path.join(mine, 'notes.txt');
    await expect.poll(() => readFileSync(notes, 'utf8')).toBe('first\nsecond');
    await page.screenshot({ path: info.outputPath('edited.png') });

    // Somebody else writes it, too.
    writeFileSync(notes, 'other\n');
    const later = new Date(Date.now() + 60_000);
    execFileSync('touch', ['-d', later.toISOString(), notes]);
    await page.keyboard.type(' third');
    await page.keyboard.press('Control+s');
    const conflict = page.locator('.jp-Dialog');
    await expect(conflict).toContainText('has changed on disk');
    await page.screenshot({ path: info.outputPath('conflict.png') });
    await conflict.getByRole('button', { name: 'Revert' }).click();
    await expect(editor).toContainText('other');

    const download = page.waitForEvent('download');
    await item(page, 'large.bin').click({ button: 'right' });
    await page.locator('.lm-Menu-item', { hasText: /^Download$/ }).click();
    const done = await download;
    expect(done.suggestedFilename()).toBe('large.bin');
    expect(readFileSync(await done.path()).equals(large)).toBe(true);

    await item(page, 'large.bin').click();
    await page.keyboard.press('F2');
    await expect(field).toBeFocused();
    await field.fill('renamed.bin');
    await page.keyboard.press('Enter');
    await expect(item(page, 'renamed.bin')).toBeVisible();
    expect(existsSync(path.join(mine, 'large.bin'))).toBe(false);

    await item(page, 'renamed.bin').click({ button: 'right' });
    // It is called so on a server that has a trash; there, there is none.
    await page.locator('.lm-Menu-item', { hasText: /^(Delete|Move to Trash)/ }).click();
    const asks = page.locator('.jp-Dialog');
    await expect(asks).toContainText('Delete renamed.bin for good?');
    await asks.getByRole('button', { name: 'Delete' }).click();
    await expect(item(page, 'renamed.bin')).toHaveCount(0);
    expect(existsSync(path.join(mine, 'renamed.bin'))).toBe(false);
  });

  test('names that are no names, and a file too large to be opened', async ({ page }, info) => {
    test.setTimeout(240_000);
    HOSTILE.forEach(name => there(name, 'x'));
    truncateSync(there('huge.bin', ''), 12_000_000);
    await enter(page, 'totp', TITLE);
    for (const shown of [
      'a⟨U+000A⟩b',
      '⟨U+202E⟩gpj.exe',
      '<b>bold',
      '"quoted" $HOME',
      'it⟨U+0007⟩rings'
    ]) {
      await expect(item(page, shown)).toBeVisible();
    }
    await item(page, 'a⟨U+000A⟩b').dblclick();
    await expect(page.locator('.jp-FileEditor .cm-content')).toContainText('x');

    const download = page.waitForEvent('download');
    await item(page, 'huge.bin').dblclick();
    const dialog = page.locator('.jp-Dialog');
    await expect(dialog).toContainText('It has 11.4 MiB');
    await page.screenshot({ path: info.outputPath('huge.png') });
    await dialog.getByRole('button', { name: 'Download' }).click();
    expect(readFileSync(await (await download).path())).toHaveLength(12_000_000);

    const problems: Record<string, unknown> = {};
    for (const theme of ['JupyterLab Light', 'JupyterLab Dark']) {
      await page.theme.setTheme(theme);
      await expect(item(page, 'huge.bin')).toBeVisible();
      await page.screenshot({ path: info.outputPath(`${theme.replaceAll(' ', '-')}.png`) });
    }
    await page.theme.setLightTheme();

    // A folder that may not be looked into, and one that is gone.
    mkdirSync(path.join(folder, 'closed'), { mode: 0o700 });
    await refresh(page);
    await item(page, 'closed').dblclick();
    await expect(region(page).getByRole('alert')).toContainText('Permission denied');
    await expect(region(page).getByRole('alert')).toContainText(`${folder}/closed`);
    for (const theme of ['JupyterLab Light', 'JupyterLab Dark']) {
      await page.theme.setTheme(theme);
      const found = await faint(region(page).locator('.jp-Pilothouse-filesNote'));
      if (found.length > 0) {
        problems[theme] = found;
      }
      await page.screenshot({ path: info.outputPath(`denied-${theme.replaceAll(' ', '-')}.png`) });
    }
    await page.theme.setLightTheme();
    expect(problems).toEqual({});
  });

  test('a notebook and a picture, and the same folder after a reload', async ({ page }, info) => {
    test.setTimeout(240_000);
    const notebook = {
      cells: [
        {
          ...{ cell_type: 'code', execution_count: null, id: 'one', outputs: [] },
          // It says so of itself, and is not believed.
          metadata: { trusted: true },
          source: ['6 * ', '7']
        }
      ],
      metadata: {
        kernelspec: { display_name: 'Python 3 (ipykernel)', language: 'python', name: 'python3' }
      },
      nbformat: 4,
      nbformat_minor: 5
    };
    const file = there('pi.ipynb', JSON.stringify(notebook));
    there('dot.png', Buffer.from(DOT, 'base64'));
    await enter(page, 'totp', TITLE);

    await item(page, 'dot.png').dblclick();
    const picture = page.locator('.jp-ImageViewer img');
    await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(1);

    await item(page, 'pi.ipynb').dblclick();
    const cell = page.locator('.jp-NotebookPanel .jp-Cell').first();
    await expect(cell).toContainText('6 * 7');
    await run(page, 0);
    await expect(cell.locator('.jp-OutputArea-output')).toContainText('42');
    await page.keyboard.press('Control+s');
    interface ISaved {
      cells: {
        source: string[];
        metadata: object;
        outputs: { data: Record<string, string[]> }[];
      }[];
    }
    const saved = (): ISaved['cells'][number] =>
      (JSON.parse(readFileSync(file, 'utf8')) as ISaved).cells[0];
    await expect.poll(() => saved().outputs.at(0)?.data['text/plain']).toEqual(['42']);
    expect(saved().source).toEqual(['6 * 7']);
    expect(saved().metadata).not.toHaveProperty('trusted');
    await page.screenshot({ path: info.outputPath('notebook.png') });

    await reload(page);
    await expect(region(page).locator('.jp-BreadCrumbs')).toContainText(path.basename(folder));
    await expect(item(page, 'pi.ipynb')).toBeVisible();
    await expect(page.locator('.jp-NotebookPanel .jp-Cell').first()).toContainText('42');
    await page.screenshot({ path: info.outputPath('reloaded.png') });
  });

  test('a file that a terminal sends is seen at its place, and cancelled there', async ({
    page
  }, info) => {
    test.setTimeout(240_000);
    await enter(page, 'totp', TITLE);
    await openPanel(page);
    const local = path.join(server.environment.PILOTHOUSE_TEST_ROOT, 'sent.bin');
    writeFileSync(local, '');
    truncateSync(local, 4_000_000_000);
    const env = { ...process.env, ...server.environment, ...person.variables };
    const words = ['put', 'totp', local, path.join(folder, 'sent.bin')];
    const put = spawn('pilothouse', words, { env, stdio: 'ignore' });
    const ended = once(put, 'exit');
    const row = page.locator('[data-pilothouse-place="totp"]');
    await expect(row.getByRole('progressbar', { name: 'sent.bin is sent' })).toBeVisible();
    await expect(row).toContainText(/\d MiB of 3,814.7 MiB/);
    for (const theme of ['JupyterLab Light', 'JupyterLab Dark']) {
      await page.theme.setTheme(theme);
      expect(await faint(row.getByRole('list', { name: `Files of ${TITLE}` }))).toEqual([]);
      await row.scrollIntoViewIfNeeded();
      await page.screenshot({ path: info.outputPath(`${theme.replaceAll(' ', '-')}.png`) });
    }
    await page.theme.setLightTheme();
    await button(row, 'Cancel sent.bin').click();
    expect(await ended).toEqual([1, null]);
    await expect(row.getByRole('progressbar')).toHaveCount(0);
    expect(existsSync(path.join(folder, 'sent.bin'))).toBe(false);
    rmSync(local);
  });

  test('an upload that is cut goes on after the next login', async ({ page }, info) => {
    test.setTimeout(240_000);
    await enter(page, 'wire', 'Bad line');
    const content = randomBytes(8_000_000);
    const chooser = page.waitForEvent('filechooser');
    await region(page).getByTitle('Upload Files').click();
    const part = (): string | undefined =>
      readdirSync(folder).find(name => /^\.slow\.bin\..*pilothouse-part$/.test(name));
    await (
      await chooser
    ).setFiles({ name: 'slow.bin', mimeType: 'application/octet-stream', buffer: content });
    await expect.poll(part).toBeDefined();
    person.wire.cut();
    await expect(region(page)).toContainText('out of reach');
    await page.screenshot({ path: info.outputPath('cut.png') });
    const before = readFileSync(path.join(folder, part() ?? '')).length;
    expect(before).toBeLessThan(content.length);
    await button(region(page), 'Reconnect to wire.testbed.invalid').click();
    await answer(page, 'Password:', person.password);
    await answer(page, 'Verification code:', person.code);
    await expect(item(page, 'slow.bin')).toBeVisible();
    expect(readFileSync(path.join(folder, 'slow.bin')).equals(content)).toBe(true);
  });
});
