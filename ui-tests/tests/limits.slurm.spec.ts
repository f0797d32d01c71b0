import { expect, test } from '@jupyterlab/galata';
import { control, fromTemplate, newPlace, openSections } from './form';
import type { IServer } from './server';
import { startServer } from './server';
import { openPanel } from './steps';
import type { ITurn } from './testbed';
import { takeTurn, TURN_WITHIN_MS } from './testbed';

test.use({ autoGoto: false });

test.describe('beside a real Slurm', () => {
  let turn: ITurn;
  let server: IServer;

  test.beforeAll(async () => {
    test.setTimeout(TURN_WITHIN_MS);
    turn = await takeTurn('test', 'slurm');
    server = await startServer('lab', { SLURM_CONF: turn.environment.SLURM_CONF });
  });

  test.afterAll(async () => {
    await server.end();
    await turn.leave();
  });

  test('its partitions and their limits are offered, and hold at the field', async ({
    page
  }, info) => {
    await page.goto(`${server.url}/lab`);
    await openPanel(page);
    const form = await newPlace(page);
    await fromTemplate(form, 'Slurm');
    await openSections(form, 'Scheduler', 'Project', 'Each pilot');
    await expect(form.getByText(/Partitions, accounts and limits are those of/)).toBeVisible();
    const offers = form.getByLabel('Partition', { exact: true });
    const offered = async (): Promise<(string | null)[]> =>
      page
        .locator(`[id="${await offers.getAttribute('list')}"] option`)
        .evaluateAll(all => all.map(one => one.getAttribute('value')));
    await expect.poll(offered).toEqual(expect.arrayContaining(['general', 'debug']));
    const save = form.getByRole('button', { name: 'Save', exact: true });
    const alert = form
      .locator('.jp-Pilothouse-field')
      .filter({ has: page.getByLabel('Walltime', { exact: true }) })
      .getByRole('alert');
    await control(form, 'Partition').fill('general');
    await control(form, 'Walltime').fill('8-00:00:00');
    await expect(alert).toContainText('general allows at most 7 days');
    await expect(save).toBeDisabled();
    await page.screenshot({ path: info.outputPath('limits.png') });
    await control(form, 'Partition').fill('debug');
    await control(form, 'Walltime').fill('5:00:00');
    await expect(alert).toContainText('debug allows at most 4 h');
    await control(form, 'Walltime').fill('4:00:00');
    await expect(alert).toHaveCount(0);
    await form.getByRole('button', { name: 'Check', exact: true }).click();
    await expect(form.getByRole('region', { name: 'What the check found' })).toContainText(
      'Every field can be used.'
    );
    await page.screenshot({ path: info.outputPath('checked.png') });
  });
});
