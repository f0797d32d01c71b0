import { expect, test } from '@jupyterlab/galata';
import { writeFileSync } from 'node:fs';
import { openPanel } from './steps';
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
    expect(await end()).toBeLessThan(5);
    writeFileSync(until, '');
    await expect(log).toContainText('a late line');
    expect(await end()).toBeLessThan(5);

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
