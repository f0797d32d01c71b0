import { expect, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openPanel, reload } from './steps';

const FOLDER = 'twisted\u202efolder';
const LONG = `${'very '.repeat(48)}long.txt`;
/** What files may be called, and how JupyterLab has it. */
const NAMES = [
  ['invoice\u202efdp.txt', 'invoice⟨U+202E⟩fdp.txt'],
  ['a\nb.txt', 'a⟨U+000A⟩b.txt'],
  ['bell\u0007.txt', 'bell⟨U+0007⟩.txt'],
  ['no\u200bthing.txt', 'no⟨U+200B⟩thing.txt'],
  [
    '<img src=x onerror=document.body.remove()>.txt',
    '<img src=x onerror=document.body.remove()>.txt'
  ],
  [LONG, LONG]
] as const;
/** What hides or turns in a text, but the line breaks between JupyterLab's own words. */
const MISLEADING = /[^\P{Cc}\n]|[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

test('a file’s name is what it looks like, wherever JupyterLab shows it', async ({
  page,
  tmpPath
}, info) => {
  const folder = path.join(process.env.PILOTHOUSE_TEST_ROOT ?? '', tmpPath, FOLDER);
  mkdirSync(folder, { recursive: true });
  NAMES.forEach(([name]) => writeFileSync(path.join(folder, name), 'x'));
  /** All that can be read or pointed at, and the window's title. */
  const seen = (): Promise<string> =>
    page.evaluate(() => {
      const titles = [...document.querySelectorAll('[title]')].map(one =>
        one.getAttribute('title')
      );
      return [document.title, document.body.textContent, ...titles].join('|');
    });

  await openPanel(page);
  const row = page.locator('[data-pilothouse-place="local"]');
  await row.getByRole('button', { name: 'Files of This computer' }).click();
  const region = page.getByRole('region', { name: 'Files of submit hosts' });
  await expect(region.locator('.jp-BreadCrumbs')).toContainText('local');
  await page.evaluate(
    at => window.jupyterapp.commands.execute('pilothouse:show-files', { path: at }),
    `local${folder.replace(FOLDER, 'twisted⟨U+202E⟩folder')}`
  );
  await expect(region.locator('.jp-BreadCrumbs')).toContainText('twisted⟨U+202E⟩folder');
  expect(await seen()).not.toMatch(MISLEADING);
  await page.screenshot({ path: info.outputPath('folder.png') });

  const item = (name: string): Locator =>
    region.locator('.jp-DirListing-item', { has: page.getByText(name, { exact: true }) });
  for (const [name, shown] of NAMES) {
    await item(shown).dblclick();
    const tab = page.getByRole('main').getByRole('tab', { name: shown, exact: true });
    await expect(tab).toBeVisible();
    const editor = page.locator('.jp-FileEditor .cm-content').filter({ visible: true });
    await expect(editor).toContainText('x');
    await editor.click();
    await page.keyboard.type('y');
    await page.keyboard.press('Control+s');
    await expect.poll(() => readFileSync(path.join(folder, name), 'utf8')).toContain('y');
    await page.screenshot({
      path: info.outputPath(`${NAMES.findIndex(([one]) => one === name)}.png`)
    });
  }
  expect(await seen()).not.toMatch(MISLEADING);
  expect(readdirSync(folder).sort()).toEqual(NAMES.map(([name]) => name).sort());

  await reload(page);
  const last = NAMES[NAMES.length - 1][1];
  await expect(page.getByRole('main').getByRole('tab', { name: last })).toBeVisible();
  await expect(page.getByRole('main').getByRole('tab', { name: 'a⟨U+000A⟩b.txt' })).toBeVisible();
  expect(await seen()).not.toMatch(MISLEADING);
  // What the page's address names is found, too.
  await expect(page.locator('.jp-Dialog')).toHaveCount(0);
  await page.screenshot({ path: info.outputPath('reloaded.png') });
});
