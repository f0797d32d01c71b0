import { expect, test } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Person } from './faces';
import type { IServer } from './server';
import { startServer } from './server';
import { notebookOf, openPanel, reload } from './steps';
import { TURN_WITHIN_MS } from './testbed';

const ADDRESS = 'totp.testbed.invalid';

test.use({ autoGoto: false });

test.describe('documents of a submit host', () => {
  let person: Person;
  let server: IServer;
  let folder: string;

  test.beforeAll(async () => {
    test.setTimeout(TURN_WITHIN_MS);
    person = await Person.arrive();
    server = await startServer('lab', person.variables);
    server.addPlace(person.profile('totp', 'Campus cluster'));
    folder = mkdtempSync('/tmp/ph-restored-');
    writeFileSync(path.join(folder, 'notes.txt'), 'written there\n');
    notebookOf(path.join(folder, 'pi.ipynb'), ['6 * 7']);
    execFileSync('chown', ['-R', `${person.user}:`, folder]);
  });

  test.afterAll(async () => {
    await server.end();
    await person.leave();
    rmSync(folder, { recursive: true, force: true });
  });

  const told = (page: IJupyterLabPageFixture): Locator =>
    page
      .locator('.Toastify__toast')
      .filter({ hasText: `Nobody is logged in to ${person.user}@${ADDRESS}.` });
  const tab = (page: IJupyterLabPageFixture, name: string): Locator =>
    page.getByRole('main').getByRole('tab', { name, exact: true });
  const logIn = async (page: IJupyterLabPageFixture): Promise<void> => {
    await told(page).getByRole('button', { name: 'Log in' }).click();
    const answers = [
      ['Password:', () => person.password],
      ['Verification code:', () => person.code]
    ] as const;
    for (const [label, text] of answers) {
      await expect(page.getByRole('dialog').getByLabel(label, { exact: true })).toBeFocused();
      await page.keyboard.type(text());
      await page.keyboard.press('Enter');
    }
    await expect(told(page)).toHaveCount(0);
  };

  test('wait for a login, and are there again when the page is loaded', async ({ page }, info) => {
    test.setTimeout(240_000);
    await page.goto(`${server.url}/lab`);
    await openPanel(page);
    for (const name of ['pi.ipynb', 'notes.txt']) {
      await page.evaluate(
        at => void window.jupyterapp.commands.execute('docmanager:open', { path: at }),
        `pilothouse:totp${folder}/${name}`
      );
      await expect(tab(page, name)).toBeVisible();
    }
    await expect(told(page)).toContainText('Documents wait for it.');
    await page.screenshot({ path: info.outputPath('waiting.png') });
    await logIn(page);
    const text = page.locator('.jp-FileEditor .cm-content');
    const cell = page.locator('.jp-NotebookPanel .jp-Cell').first();
    await expect(text).toContainText('written there');
    await tab(page, 'pi.ipynb').click();
    await expect(cell).toContainText('6 * 7');
    await tab(page, 'notes.txt').click();

    await page.getByRole('button', { name: `Log out of ${ADDRESS}` }).click();
    await expect(page.getByRole('button', { name: `Log in to ${ADDRESS}` }).first()).toBeVisible();
    await reload(page);
    await expect(told(page)).toBeVisible();
    await expect(tab(page, 'notes.txt')).toBeVisible();
    await expect(tab(page, 'pi.ipynb')).toBeVisible();
    await page.screenshot({ path: info.outputPath('restored.png') });
    await logIn(page);
    await expect(text).toContainText('written there');
    await tab(page, 'pi.ipynb').click();
    await expect(cell).toContainText('6 * 7');
    await expect(page.locator('.jp-Dialog')).toHaveCount(0);
    await page.screenshot({ path: info.outputPath('opened.png') });
  });
});
