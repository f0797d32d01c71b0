import { expect, test } from '@jupyterlab/galata';
import { writeFileSync } from 'node:fs';
import {
  LOAD,
  cell,
  endPilots,
  holding,
  notebookWith,
  openPanel,
  run,
  select,
  start,
  strip
} from './steps';

/** An app that prints a line and ends when its file is there. */
const SAY = [
  'from parsl import python_app',
  '',
  '@python_app',
  'def say(number, until):',
  '    import os, time',
  '    while not os.path.exists(until):',
  '        time.sleep(0.05)',
  '    print("line", number)'
].join('\n');

test.afterEach(async ({ page }) => {
  await endPilots(page);
});

test('strips can be switched off and on again', async ({ page, tmpPath }) => {
  const app = 'from parsl import python_app\n\n@python_app\ndef one():\n    return 1';
  await notebookWith(page, tmpPath, 'off.ipynb', [LOAD, app, 'one().result()']);
  await run(page, 0, 1, 2);
  await expect(strip(page, 2)).toContainText(/one\s*1 done/);

  await page.menu.clickMenuItem('Settings>Settings Editor');
  const editor = page.locator('.jp-SettingsPanel');
  await page.locator('.jp-PluginList').getByRole('searchbox').fill('Pilothouse');
  const shown = editor.getByRole('checkbox', { name: 'Show strips in cells' });
  await expect(shown).toBeChecked();
  await shown.uncheck();
  await page.activity.activateTab('off.ipynb');
  await expect(strip(page, 2)).toHaveCount(0);

  await page.activity.activateTab('Settings');
  await shown.check();
  await page.activity.activateTab('off.ipynb');
  await expect(strip(page, 2)).toContainText(/one\s*1 done/);
});

test.describe('with kernels as they are', () => {
  // Galata's stand-in for them reads the empty answer to an interrupt as JSON, and fails.
  test.use({ kernels: null });

  test('the button that interrupts the kernel stops the cell and nothing else', async ({
    page,
    tmpPath
  }, info) => {
    const until = info.outputPath('until');
    const [load, hold, calls] = holding(until, 6);
    await notebookWith(page, tmpPath, 'interrupt.ipynb', [
      load,
      hold,
      `${calls}\n[call.result() for call in calls]`,
      '[call.exception() for call in calls]'
    ]);
    const panel = await openPanel(page);
    await run(page, 0, 1);
    await start(page, 2);
    const running = /0 of 6 · 2 running on 2 pilots .* · 4 waiting/;
    await expect(strip(page, 2)).toContainText(running);

    await page.getByRole('button', { name: 'Interrupt the kernel' }).click();
    await expect(cell(page, 2)).toContainText('KeyboardInterrupt');
    await expect(cell(page, 2).locator('.jp-InputPrompt')).toHaveText('[3]:');
    await expect(strip(page, 2)).toContainText(running);
    await expect(panel.getByText('2 busy', { exact: true })).toBeVisible();

    writeFileSync(until, '');
    await run(page, 3);
    await expect(cell(page, 3)).toContainText('[None, None, None, None, None, None]');
    await expect(strip(page, 2)).toContainText(/hold\s*6 done/);
  });
});

test('an opened strip shows new lines as they come, and a pilot’s row what it runs', async ({
  page,
  tmpPath
}, info) => {
  const untils = [0, 1, 2].map(number => info.outputPath(`until${number}`));
  await notebookWith(page, tmpPath, 'lines.ipynb', [
    LOAD,
    SAY,
    `calls = [say(number, until) for number, until in enumerate(${JSON.stringify(untils)})]`,
    `many = [say(number, ${JSON.stringify(untils[2])}) for number in range(3, 40)]`
  ]);
  const panel = await openPanel(page);
  await run(page, 0, 1, 2);
  const pilots = panel.getByRole('list', { name: 'Pilots of This computer' });
  await expect(pilots.getByRole('listitem').filter({ hasText: /busy\s*say/ })).toHaveCount(2);

  await strip(page, 2).getByRole('button').first().click();
  const lines = strip(page, 2).getByRole('listitem');
  await expect(lines).toHaveCount(2);
  await expect(lines.first()).toContainText(/call 1.*running/);
  writeFileSync(untils[0], '');
  await expect(lines.first()).toContainText('line 0');
  await expect(lines).toHaveCount(3);
  writeFileSync(untils[1], '');
  await expect(lines.nth(1)).toContainText('line 1');
  await expect(pilots.getByRole('listitem').filter({ hasText: /busy\s*say/ })).toHaveCount(1);

  // More lines than there is room for: the newest stay in sight.
  await run(page, 3);
  await select(page, 3);
  await strip(page, 3).getByRole('button').first().click();
  writeFileSync(untils[2], '');
  await expect(lines.nth(2)).toContainText('line 2');
  const many = strip(page, 3).getByRole('listitem');
  await expect(many).toHaveCount(37);
  await expect(many.last()).toContainText('line 39');
  await expect(many.last()).toBeInViewport();
  await expect(pilots.getByRole('listitem').filter({ hasText: 'busy' })).toHaveCount(0);
  await page.screenshot({ path: info.outputPath('lines.png') });
});
