import { expect, test } from '@jupyterlab/galata';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { faint } from './contrast';
import { Person } from './faces';
import type { IServer } from './server';
import { startServer } from './server';
import { openPanel } from './steps';
import { TURN_WITHIN_MS } from './testbed';

const TITLE = 'Campus cluster';
const THEMES = [
  ['light', 'JupyterLab Light'],
  ['dark', 'JupyterLab Dark']
] as const;
/** A relay is tried for seconds, and one that is started on a busy machine takes some. */
const TRIED_WITHIN_MS = 60_000;

test.use({ autoGoto: false });

test.describe('ways home at a real submit host', () => {
  let person: Person;
  let server: IServer;

  test.beforeAll(async () => {
    test.setTimeout(TURN_WITHIN_MS);
    person = await Person.arrive();
    server = await startServer('lab', person.variables);
    const secret = path.join(server.environment.PILOTHOUSE_TEST_ROOT, 'relay-secret');
    writeFileSync(secret, 'a'.repeat(64), { mode: 0o600 });
    server.addPlace({
      ...person.profile('totp', TITLE),
      uplink: {
        kinds: ['relay', 'submit-host'],
        submitHostAddress: '127.0.0.1',
        // Nobody listens there.
        relay: '127.0.0.1:9',
        relaySecretFile: secret
      }
    });
  });

  test.afterAll(async () => {
    await server.end();
    await person.leave();
  });

  test('are tried after a yes, and the order that is found is used', async ({ page }, info) => {
    test.setTimeout(4 * TRIED_WITHIN_MS);
    await page.goto(`${server.url}/lab`);
    const panel = await openPanel(page);
    const row = page.locator('[data-pilothouse-place="totp"]');
    const dialog = page.getByRole('dialog');
    const found = page.getByRole('region', { name: `Ways home of ${TITLE}` });
    await row.getByRole('button', { name: 'Log in to totp.testbed.invalid' }).click();
    for (const [label, text] of [
      ['Password:', () => person.password],
      ['Verification code:', () => person.code]
    ] as const) {
      await expect(dialog.getByLabel(label, { exact: true })).toBeFocused();
      await page.keyboard.type(text());
      await page.keyboard.press('Enter');
    }
    await expect(row).toContainText('connected');

    const begin = row.getByRole('button', { name: `Try the ways home of ${TITLE}` });
    if (!(await begin.isVisible())) {
      await row.getByRole('button', { name: TITLE, exact: true }).click();
    }
    await begin.click();
    await expect(dialog).toContainText('On totp.testbed.invalid, over your login, Python starts');
    await expect(dialog).toContainText('This machine dials 127.0.0.1:9');
    for (const [name, theme] of THEMES) {
      await page.theme.setTheme(theme);
      await page.screenshot({ path: info.outputPath(`asks-${name}.png`) });
      expect(await faint(dialog)).toEqual([]);
    }
    await page.theme.setLightTheme();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect(begin).toBeEnabled();
    await expect(found).toHaveCount(0);

    await begin.click();
    await dialog.getByRole('button', { name: 'Try them' }).click();
    const ways = found.locator('.jp-Pilothouse-way');
    await expect(ways.first()).toContainText('relay does not work', { timeout: TRIED_WITHIN_MS });
    await expect(ways.first()).toContainText('ECONNREFUSED');
    await expect(ways.last()).toContainText('submit-host works', { timeout: TRIED_WITHIN_MS });
    await expect(ways.last()).toContainText(/dials 127\.0\.0\.1:\d+, and this bridge answers/);
    await expect(found).toContainText('Use submit-host alone.');
    for (const [name, theme] of THEMES) {
      await page.theme.setTheme(theme);
      await found.scrollIntoViewIfNeeded();
      await page.screenshot({ path: info.outputPath(`panel-${name}.png`) });
      expect(await faint(panel)).toEqual([]);
    }
    await page.theme.setLightTheme();

    await found.getByRole('button', { name: 'Change it…: submit-host' }).click();
    const form = page.getByRole('form', { name: 'The place' });
    const section = form.getByRole('region', { name: 'Way home', exact: true });
    await section.getByRole('button', { name: 'Try ways home…' }).click();
    await dialog.getByRole('button', { name: 'Try them' }).click();
    const use = section.getByRole('button', { name: 'Use this order: submit-host' });
    await expect(use).toBeVisible({ timeout: TRIED_WITHIN_MS });
    for (const [name, theme] of THEMES) {
      await page.theme.setTheme(theme);
      await use.scrollIntoViewIfNeeded();
      await page.screenshot({ path: info.outputPath(`form-${name}.png`) });
      expect(await faint(section)).toEqual([]);
    }
    await use.click();
    await expect(section).toContainText('Use submit-host, as it is.');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const file = path.join(server.environment.JUPYTER_CONFIG_DIR, 'pilothouse/profiles/totp.json');
    await expect
      .poll(() => (JSON.parse(readFileSync(file, 'utf8')) as { uplink: unknown }).uplink)
      .toMatchObject({ kinds: ['submit-host'], relay: '127.0.0.1:9' });
  });
});
