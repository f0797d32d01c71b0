import { expect, test } from '@jupyterlab/galata';
import { writeFileSync } from 'node:fs';
import { endPilots, notebookWith, openPanel, run, start } from './steps';
import { withProfiles } from './profiles';

test('the log of a pilot that lives is followed and searched', async ({ page }, info) => {
  const until = info.outputPath('until');
  // Goes on writing after the pilot has begun.
  const workerInit = [
    'for number in $(seq 200); do echo "early line $number"; done',
    `(until [ -e '${until}' ]; do sleep 0.1; done; echo "a late line") &`
  ].join('\n');
  const talker = { name: 'talker', title: 'Talker', environment: { workerInit } };
  await withProfiles(page, { talker }, async () => {
    const panel = await openPanel(page);
    const wanted = panel.getByRole('textbox', { name: 'Pilots wanted in Talker' });
    await wanted.fill('1');
    await wanted.press('Enter');
    await expect(panel.getByText('1 idle', { exact: true })).toBeVisible();
    const pilots = panel.getByRole('list', { name: 'Pilots of Talker' });
    await pilots.getByRole('button').first().click();
    await pilots.getByRole('button', { name: 'Log', exact: true }).click();

    const log = page.getByRole('log');
    await expect(log).toContainText('early line 200');
    await expect(log).not.toContainText('a late line');
    const end = (): Promise<number> =>
      log.evaluate(node => node.scrollHeight - node.clientHeight - node.scrollTop);
    // It scrolls after what it shows.
    await expect.poll(end).toBeLessThan(5);
    writeFileSync(until, '');
    await expect(log).toContainText('a late line');
    await expect.poll(end).toBeLessThan(5);

    const find = page.getByRole('searchbox', { name: 'Find in this log' });
    await find.fill('line 17');
    await expect(page.getByText('11', { exact: true })).toBeVisible();
    await find.press('Enter');
    await expect(log.locator('mark.jp-mod-current')).toBeInViewport();
    await page.screenshot({ path: info.outputPath('log.png') });
    await page.theme.setDarkTheme();
    await page.screenshot({ path: info.outputPath('log-dark.png') });
  });
});

test('what tasks print is read while they run', async ({ page, tmpPath }, info) => {
  const until = info.outputPath('until');
  const app = [
    'from parsl import python_app',
    '',
    '@python_app',
    'def speak(until):',
    '    import os, time',
    '    print("a task speaks")',
    '    while not os.path.exists(until):',
    '        time.sleep(0.05)',
    '    print("and is done")'
  ].join('\n');
  const load = 'import pilothouse\n\npilothouse.load("local", blocks=1);';
  const call = `call = speak(${JSON.stringify(until)})`;
  await notebookWith(page, tmpPath, 'speak.ipynb', [load, app, call]);
  const panel = await openPanel(page);
  await run(page, 0, 1);
  await start(page, 2);
  const pilot = panel.getByRole('list', { name: 'Pilots of This computer' }).getByRole('listitem');
  await expect(pilot).toContainText('speak');
  await pilot.getByRole('button').first().click();
  await pilot.getByRole('button', { name: 'Log', exact: true }).click();

  const choice = page.getByRole('combobox', { name: 'Which log' });
  const worker = choice.locator('option', { hasText: /^worker 0, what its tasks printed/ });
  await expect(worker).toHaveCount(1, { timeout: 30_000 });
  await choice.selectOption(await worker.getAttribute('value'));
  const log = page.getByRole('log');
  await expect(log).toHaveText('a task speaks\n');
  await page.screenshot({ path: info.outputPath('worker.png') });
  writeFileSync(until, '');
  await expect(log).toContainText('and is done');
  await endPilots(page);
  // The file outlives its pilot.
  await expect(page.getByText(/^kept until /)).toBeVisible();
  await expect(log).toContainText('a task speaks');
});
