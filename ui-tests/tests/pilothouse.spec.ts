import { expect, test } from '@jupyterlab/galata';
import { writeFileSync } from 'node:fs';
import { crowd } from './crowd';
import { withProfiles } from './profiles';
import {
  EXAMPLE,
  LOAD,
  cell,
  endPilots,
  holding,
  notebookWith,
  openPanel,
  reload,
  run,
  select,
  strip
} from './steps';

test.afterEach(async ({ page }) => {
  await endPilots(page);
});

test('the panel opens with this computer', async ({ page }) => {
  const panel = await openPanel(page);
  await expect(panel.getByText('no pilots')).toBeVisible();
  await expect(panel.getByRole('textbox', { name: 'Pilots wanted in This computer' })).toHaveValue(
    '0'
  );
});

test('the buttons and the field change how many pilots there are', async ({ page }) => {
  const panel = await openPanel(page);
  const wanted = panel.getByRole('textbox', { name: 'Pilots wanted in This computer' });
  await panel.getByRole('button', { name: /^One pilot more/ }).click();
  await expect(wanted).toHaveValue('1');
  await expect(panel.getByText('1 idle', { exact: true })).toBeVisible();
  await expect(
    page.getByRole('button', { name: 'Pilothouse: one pilot. Open the panel.' })
  ).toBeVisible();
  await wanted.fill('3');
  await wanted.press('Enter');
  await expect(panel.getByText('3 idle', { exact: true })).toBeVisible();
  await panel.getByRole('button', { name: /^One pilot fewer/ }).click();
  await expect(panel.getByText('2 idle', { exact: true })).toBeVisible();
  await wanted.fill('-3');
  await expect(panel.getByRole('alert')).toContainText('negative');
  await wanted.press('Escape');
  await expect(wanted).toHaveValue('2');
});

test('the example shows in each cell and in the panel what it started', async ({
  page,
  tmpPath
}, info) => {
  await page.contents.uploadFile(EXAMPLE, `${tmpPath}/pi.ipynb`);
  await page.notebook.openByPath(`${tmpPath}/pi.ipynb`);
  await page.notebook.activate('pi.ipynb');
  const panel = await openPanel(page);
  await page.menu.clickMenuItem('Run>Run All Cells');

  const calls = strip(page, 5);
  await expect(calls).toContainText(/pi\s*3 done/);
  await expect(calls).toContainText(/mean\s*1 done/);
  await expect(strip(page, 1)).toHaveCount(0);
  await expect(cell(page, 7)).toContainText(/average: 3\.1/);
  await expect(cell(page, 7)).toContainText(/values:\s+3\.1\d* 3\.1\d* 3\.1/);

  const tasks = panel.getByRole('list').filter({ hasText: '×3' });
  await expect(tasks).toContainText('pi');
  await expect(tasks).toContainText('mean');
  await expect(panel.getByText('4 idle', { exact: true })).toBeVisible();

  await cell(page, 7).scrollIntoViewIfNeeded();
  await page.screenshot({ path: info.outputPath('light.png') });
  await page.theme.setDarkTheme();
  await page.screenshot({ path: info.outputPath('dark.png') });
  await calls.getByRole('button').first().click();
  await expect(calls).toContainText('call 1');
});

test('a tab that is reloaded while tasks run shows the same picture', async ({
  page,
  tmpPath
}, info) => {
  const until = info.outputPath('until');
  await notebookWith(page, tmpPath, 'reload.ipynb', holding(until, 40));
  const panel = await openPanel(page);
  await run(page, 0, 1, 2);
  const running = /0 of 40 · 2 running on 2 pilots .* · 38 waiting/;
  await expect(strip(page, 2)).toContainText(running);
  await expect(panel.getByText('2 busy', { exact: true })).toBeVisible();
  await page.screenshot({ path: info.outputPath('running.png') });

  await reload(page);
  await expect(strip(page, 2)).toContainText(running);
  await openPanel(page);
  await expect(panel.getByText('2 busy', { exact: true })).toBeVisible();
  await expect(panel.getByText('×40')).toBeVisible();

  writeFileSync(until, '');
  await expect(strip(page, 2)).toContainText('40 done');
  const finished = await strip(page, 2).innerText();
  await reload(page);
  await expect(strip(page, 2)).toHaveText(finished, { useInnerText: true });
});

test('beside the status item Galata’s own runCell finds the kernel idle', async ({
  page,
  tmpPath
}) => {
  await notebookWith(page, tmpPath, 'kernel.ipynb', [LOAD, '6 * 7']);
  const panel = await openPanel(page);
  await run(page, 0);
  await expect(panel.getByText('2 idle', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Pilothouse: 2 pilots.' })).toBeVisible();
  expect(await page.notebook.runCell(1, true)).toBe(true);
  await expect(cell(page, 1)).toContainText('42');
});

test('an app that fails shows its error beside the cell and its traceback', async ({
  page,
  tmpPath
}, info) => {
  await notebookWith(page, tmpPath, 'fails.ipynb', [
    LOAD,
    [
      'from parsl import python_app',
      '',
      '@python_app',
      'def read(name):',
      '    print("about to open", name)',
      '    return open(name).read()'
    ].join('\n'),
    'future = read("/nowhere/a.csv")\nprint(type(future.exception()).__name__)'
  ]);
  const panel = await openPanel(page);
  await run(page, 0, 1, 2);
  await expect(cell(page, 2)).toContainText('FileNotFoundError');
  const failed = strip(page, 2);
  await expect(failed).toContainText('1 failed');
  await expect(failed).toContainText('FileNotFoundError');

  const group = panel.getByRole('listitem').filter({ hasText: 'FileNotFoundError' }).first();
  await expect(group).toContainText('read');
  await group.getByRole('button').first().click();
  await group.getByRole('button', { name: /call 1/ }).click();
  await expect(group.getByLabel('Traceback', { exact: true })).toContainText('/nowhere/a.csv');
  await expect(group.getByLabel('Traceback', { exact: true })).toContainText('in read');
  await expect(group.getByLabel('Printed', { exact: true })).toContainText(
    'about to open /nowhere/a.csv'
  );
  await page.screenshot({ path: info.outputPath('failed.png') });
});

test('a place that fails stops, says why, and goes on when it is told to', async ({
  page
}, info) => {
  const mended = info.outputPath('mended');
  const workerInit = `echo loading modules; [ -e '${mended}' ] || exit 7`;
  const sick = { name: 'sick', title: 'Sick place', environment: { workerInit } };
  await withProfiles(page, { sick }, async () => {
    const panel = await openPanel(page);
    const needs = panel.getByRole('region', { name: 'Needs you' });
    const wanted = panel.getByRole('textbox', { name: 'Pilots wanted in Sick place' });
    await wanted.fill('1');
    await wanted.press('Enter');
    await expect(needs).toContainText(/Sick place: 3 pilots in a row failed/);
    await expect(needs).toContainText('loading modules');
    await expect(needs).toContainText('exit code 7');
    await expect(panel.getByText('no pilots · stopped')).toBeVisible();

    writeFileSync(mended, '');
    await needs.getByRole('button', { name: 'Try again' }).click();
    await expect(panel.getByText('1 idle', { exact: true })).toBeVisible();
    await expect(needs).toHaveCount(0);
  });
});

test('a strip goes with its cell: deleted, brought back, moved, run again', async ({
  page,
  tmpPath
}) => {
  const app = 'from parsl import python_app\n\n@python_app\ndef one():\n    return 1';
  await notebookWith(page, tmpPath, 'cells.ipynb', [LOAD, app, 'call = one()', 'call.result()']);
  await run(page, 0, 1, 2, 3);
  await expect(strip(page, 2)).toContainText(/one\s*1 done/);

  await select(page, 2);
  await page.menu.clickMenuItem('Edit>Delete Cell');
  await expect(page.getByRole('group', { name: 'Tasks of this cell' })).toHaveCount(0);
  // First of all changes: what follows another within half a second is undone together with it.
  await page.menu.clickMenuItem('Edit>Undo Cell Operation');
  await expect(strip(page, 2)).toContainText(/one\s*1 done/);

  await select(page, 2);
  await page.menu.clickMenuItem('Edit>Move Cell Down');
  await expect(strip(page, 3)).toContainText(/one\s*1 done/);
  await expect(strip(page, 2)).toHaveCount(0);

  await select(page, 3);
  await page.keyboard.press('Control+Enter');
  await expect(cell(page, 3).locator('.jp-InputPrompt')).toHaveText('[5]:');
  await expect(strip(page, 3)).toContainText(/one\s*1 done/);
});

test.describe('before JupyterLab is opened', () => {
  test.use({ autoGoto: false });

  test('ten thousand pilots and two thousand groups leave the panel quick', async ({ page }) => {
    await page.routeWebSocket(/\/pilothouse\/stream/, socket => {
      socket.send(JSON.stringify(crowd(10_000, 2_000)));
    });
    // Galata's: done when the layout is restored, which would close a panel opened before.
    await page.goto();
    const panel = await openPanel(page);
    await expect(panel.getByText('10,000 idle', { exact: true })).toBeVisible();
    const pilots = panel.getByRole('list', { name: 'Pilots of This computer' });
    await expect(pilots.locator('> li')).toHaveCount(100);
    await expect(
      panel.getByRole('button', { name: 'Show more (1,900 are not shown)' })
    ).toBeVisible();
    await panel.getByLabel('App, notebook or error').fill('app 1999');
    await expect(panel.getByText('app 1999')).toBeVisible();
    await expect(panel.getByText('app 1998')).toHaveCount(0);
  });
});

test('a bridge that is gone is said, and comes back', async ({ page }, info) => {
  const panel = await openPanel(page);
  await panel.getByRole('button', { name: /^One pilot more/ }).click();
  await expect(panel.getByText('1 idle', { exact: true })).toBeVisible();
  const status = await page.request.post('pilothouse/rpc/bridge.status', { data: {} });
  const { result } = (await status.json()) as { result: { pid: number } };
  process.kill(result.pid, 'SIGKILL');
  await expect(panel.getByText(/Reconnecting|not there|does not answer/).first()).toBeVisible();
  await page.screenshot({ path: info.outputPath('gone.png') });
  await expect(panel.getByText(/Reconnecting|not there|does not answer/)).toHaveCount(0);
  await expect(panel.getByText('1 idle', { exact: true })).toBeVisible();
});
