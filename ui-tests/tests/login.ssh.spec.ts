import { expect, test } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { faint } from './contrast';
import { Person } from './faces';
import type { IServer } from './server';
import { startServer } from './server';
import { EXAMPLE, openPanel } from './steps';
import { TURN_WITHIN_MS } from './testbed';

/** A place for each face: a host that nobody is logged in to, whatever another test did. */
const PLACES = {
  totp: 'Campus cluster',
  duo: 'OSPool',
  device: 'Big Red 200',
  any: 'Any way',
  jump: 'Two tabs',
  inactive: 'Not active yet',
  hasty: 'Hasty cluster',
  password: 'New machine',
  'key-password-totp': 'Changed machine',
  inner: 'Behind a jump host',
  wire: 'Bad line',
  several: 'Many questions'
} as const;
type Face = keyof typeof PLACES;

test.use({ autoGoto: false });

test.describe('at real submit hosts', () => {
  let person: Person;
  let server: IServer;

  test.beforeAll(async () => {
    test.setTimeout(TURN_WITHIN_MS);
    person = await Person.arrive();
    server = await startServer('lab', person.variables);
    addPlaces(server);
  });

  test.afterAll(async () => {
    await server.end();
    await person.leave();
  });

  const addPlaces = (to: IServer): void =>
    Object.entries(PLACES).forEach(([face, title]) => to.addPlace(person.profile(face, title)));
  const row = (page: Page, face: Face): Locator =>
    page.locator(`[data-pilothouse-place="${face}"]`);
  const dialog = (page: Page, face: Face): Locator =>
    page.getByRole('dialog', { name: `Log in to ${face}.testbed.invalid as ${person.user}` });
  const press = (part: Locator, name: string): Promise<void> =>
    part.getByRole('button', { name, exact: true }).click();
  const logIn = (page: Page, face: Face): Promise<void> =>
    press(row(page, face), `Log in to ${face}.testbed.invalid`);

  /** Types what is asked, without a mouse. */
  const answer = async (page: Page, label: string, text: string): Promise<void> => {
    const field = page.getByRole('dialog').getByLabel(label, { exact: true });
    await expect(field).toBeFocused();
    await page.keyboard.type(text);
    expect(await page.content()).not.toContain(person.password);
    await page.keyboard.press('Enter');
  };

  test('a password and a code, wrong and right', async ({ page }, info) => {
    await page.goto(`${server.url}/lab`);
    await openPanel(page);
    await expect(row(page, 'totp')).toContainText(`totp · ${person.user} · not logged in`);
    await logIn(page, 'totp');
    const asks = dialog(page, 'totp');
    await expect(asks).toContainText(person.fingerprint('totp'));
    await answer(page, 'Password:', 'not this one');
    await answer(page, 'Verification code:', '000000');
    await expect(asks.getByRole('alert')).toContainText('The answer was refused');
    await page.screenshot({ path: info.outputPath('again.png') });
    await answer(page, 'Password:', person.password);
    await answer(page, 'Verification code:', person.code);
    await expect(asks).toHaveCount(0);
    await expect(row(page, 'totp')).toContainText(/totp · \S+ · connected \d+\ss/);
    await row(page, 'totp')
      .getByRole('button', { name: /connected/ })
      .click();
    for (const fact of [person.fingerprint('totp'), 'keyboard-interactive', /\d of \d/]) {
      await expect(row(page, 'totp')).toContainText(fact);
    }
    await row(page, 'totp').scrollIntoViewIfNeeded();
    await page.screenshot({ path: info.outputPath('connected.png') });
    const kept = (): Promise<string> =>
      page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    expect(await kept()).not.toContain(person.password);
    await press(row(page, 'totp'), 'Log out of totp.testbed.invalid');
    await expect(row(page, 'totp')).toContainText('not logged in');
  });

  test('a list of ways to prove who one is, and a link to do it elsewhere', async ({
    page
  }, info) => {
    await page.goto(`${server.url}/lab`);
    await openPanel(page);
    await logIn(page, 'duo');
    await answer(page, 'Password:', person.password);
    const duo = dialog(page, 'duo');
    await expect(duo).toContainText('Duo two-factor login for pilothouse-tester');
    await expect(duo).toContainText('1. Duo Push to XXX-XXX-1234');
    await page.screenshot({ path: info.outputPath('duo.png') });
    await answer(page, 'Passcode or option (1-2):', '7');
    await expect(duo).toContainText('Incorrect passcode. Please try again.');
    await answer(page, 'Passcode or option (1-2):', '1');
    await expect(row(page, 'duo')).toContainText('connected');

    await logIn(page, 'device');
    await answer(page, 'Password:', person.password);
    const link = dialog(page, 'device').getByRole('link');
    await expect(link).toHaveAttribute(
      'href',
      'https://login.testbed.invalid/device?user_code=QXT-RRL-ZHK'
    );
    await expect(link).toHaveAttribute('rel', 'noopener noreferrer');
    await expect(link).toHaveAttribute('target', '_blank');
    await page.screenshot({ path: info.outputPath('device.png') });
    await answer(page, 'Type return when you have approved it:', '');
    await expect(row(page, 'device')).toContainText('connected');

    await page.sidebar.openTab('jp-running-sessions');
    const running = page.locator('#jp-running-sessions');
    await expect(running).toContainText('Pilothouse connections');
    await expect(running).toContainText(/duo\s*\d+\s[sm]/);
    await page.screenshot({ path: info.outputPath('running.png') });
  });

  test('several questions at once, and a login that is given up', async ({ page }, info) => {
    await page.goto(`${server.url}/lab`);
    await openPanel(page);
    await logIn(page, 'several');
    const asks = dialog(page, 'several');
    await expect(asks.locator('input')).not.toHaveCount(1);
    await expect(asks.locator('input').first()).toBeFocused();
    await page.screenshot({ path: info.outputPath('several.png') });
    await page.keyboard.press('Enter');
    await expect(asks.locator('input').nth(1)).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(asks).toHaveCount(0);
    await expect(row(page, 'several')).toContainText('not logged in');
    await expect(row(page, 'several')).not.toContainText('failed');
  });

  test('two tabs: asked in both, answered in either', async ({ page, context }, info) => {
    await page.goto(`${server.url}/lab`);
    await openPanel(page);
    const other = await context.newPage();
    await other.goto(`${server.url}/lab`);
    // The layout that is restored may have it open already, and a press would close it.
    await expect(async () => {
      if (!(await row(other, 'jump').isVisible())) {
        await other.locator('[data-id="jp-pilothouse-panel"]').click();
      }
      await expect(row(other, 'jump')).toBeVisible({ timeout: 3000 });
    }).toPass();

    await logIn(page, 'jump');
    await expect(dialog(page, 'jump')).toBeVisible();
    const needs = other.getByRole('region', { name: 'Needs you' });
    await expect(needs).toContainText('jump asks: Password');
    // Nothing opens in a tab whose person did not ask for it.
    await expect(dialog(other, 'jump')).toHaveCount(0);
    await other.screenshot({ path: info.outputPath('needs.png') });
    await press(needs, 'Answer the login to jump.testbed.invalid');
    await answer(other, 'Password:', person.password);
    await page.bringToFront();
    await answer(page, 'Verification code:', person.code);
    for (const one of [page, other]) {
      await expect(dialog(one, 'jump')).toHaveCount(0);
      await expect(row(one, 'jump')).toContainText('connected');
    }
    await other.close();
  });

  test('a machine that waits no longer', async ({ page }, info) => {
    await page.goto(`${server.url}/lab`);
    await openPanel(page);
    await logIn(page, 'hasty');
    const asks = dialog(page, 'hasty');
    await expect(page.getByLabel('Password:', { exact: true })).toBeFocused();
    const alert = asks.getByRole('alert');
    await expect(alert).toBeVisible();
    await page.screenshot({ path: info.outputPath('late.png') });
    await expect(alert).toContainText(/hasty|127\.0\.0\.1/);
    await press(asks, 'Try again');
    await answer(page, 'Password:', person.password);
    await answer(page, 'Verification code:', person.code);
    await expect(row(page, 'hasty')).toContainText('connected');
  });

  test('a machine that is new, and one that shows another key than it did', async ({
    page
  }, info) => {
    person.know('password', () => null);
    const other = person.keyLine('totp').split(' ').slice(1).join(' ');
    person.know('key-password-totp', line => `${line.split(' ')[0]} ${other}`);
    await page.goto(`${server.url}/lab`);
    await openPanel(page);

    await logIn(page, 'password');
    const asks = dialog(page, 'password');
    await expect(asks).toContainText(person.fingerprint('password'));
    await expect(asks).toContainText(person.knownHosts);
    await page.screenshot({ path: info.outputPath('new-key.png') });
    // Return that was meant for something else accepts nothing.
    await page.keyboard.press('Enter');
    await press(asks, 'Trust and continue');
    const asked = `${person.user}@127.0.0.1:${person.port('password')}'s password:`;
    await answer(page, asked, person.password);
    await expect(row(page, 'password')).toContainText('connected');
    expect(readFileSync(person.knownHosts, 'utf8')).toContain(`]:${person.port('password')} `);

    await logIn(page, 'key-password-totp');
    const alert = dialog(page, 'key-password-totp').getByRole('alert');
    await expect(alert).toContainText('shows another key than the one known');
    await expect(alert).toContainText(person.fingerprint('key-password-totp'));
    await expect(alert).toContainText(person.fingerprint('totp'));
    await expect(alert).toContainText(/remove line \d+ of/);
    await page.screenshot({ path: info.outputPath('changed-key.png') });
    await press(dialog(page, 'key-password-totp'), 'Close');
    await expect(row(page, 'key-password-totp')).toContainText('the last login failed');
  });

  test('an account that is not active yet', async ({ page }, info) => {
    await page.goto(`${server.url}/lab`);
    await openPanel(page);
    await logIn(page, 'inactive');
    await answer(page, 'Password:', person.password);
    const alert = dialog(page, 'inactive').getByRole('alert');
    await expect(alert).toContainText('does not let this account in');
    await expect(alert).toContainText('its project has not been approved');
    await page.screenshot({ path: info.outputPath('inactive.png') });
  });

  test('a jump host asks first, then the one behind it', async ({ page }, info) => {
    await page.goto(`${server.url}/lab`);
    await openPanel(page);
    await logIn(page, 'inner');
    const asks = dialog(page, 'inner');
    await expect(asks).toContainText('Hop 1 of 2:');
    await answer(page, 'Password:', person.password);
    await page.screenshot({ path: info.outputPath('hop.png') });
    await answer(page, 'Verification code:', person.code);
    await expect(asks).toContainText('Hop 2 of 2: inner.testbed.invalid');
    await answer(page, 'Password:', person.password);
    await answer(page, 'Verification code:', person.code);
    await expect(row(page, 'inner')).toContainText('connected');
  });

  test('a connection that breaks', async ({ page }, info) => {
    await page.goto(`${server.url}/lab`);
    await openPanel(page);
    await logIn(page, 'wire');
    await answer(page, 'Password:', person.password);
    await answer(page, 'Verification code:', person.code);
    await expect(row(page, 'wire')).toContainText('connected');
    person.wire.cut();
    await expect(row(page, 'wire')).toContainText(/connection lost \d+\ss ago/);
    const needs = page.getByRole('region', { name: 'Needs you' });
    await expect(needs).toContainText(/wire: connection lost \d+ s ago/);
    await page.screenshot({ path: info.outputPath('lost.png') });
    // Nothing logs in again by itself with what a person had to answer.
    await press(needs, 'Reconnect to wire.testbed.invalid');
    await answer(page, 'Password:', person.password);
    await answer(page, 'Verification code:', person.code);
    await expect(row(page, 'wire')).toContainText('connected');
    await expect(needs).toHaveCount(0);
  });

  test('by keyboard alone, in every theme and in a narrow window', async ({ page }, info) => {
    await page.goto(`${server.url}/lab`);
    await openPanel(page);
    const button = row(page, 'any').getByRole('button', { name: /^Log in/ });
    await button.focus();
    await page.keyboard.press('Enter');
    const asks = dialog(page, 'any');
    await expect(asks).toBeVisible();
    await expect(asks.locator('input')).toBeFocused();
    // All that can be reached is in the dialog, there and back.
    const reached = (): Promise<string> =>
      asks.evaluate(node =>
        node.contains(document.activeElement) ? (document.activeElement?.textContent ?? '') : '!'
      );
    const seen: string[] = [];
    for (const key of [...Array<string>(6).fill('Tab'), ...Array<string>(6).fill('Shift+Tab')]) {
      await page.keyboard.press(key);
      seen.push(await reached());
    }
    expect(seen).not.toContain('!');
    expect(seen).toEqual(expect.arrayContaining(['Answer later', 'Cancel', 'Continue']));

    const problems: Record<string, unknown> = {};
    for (const theme of ['JupyterLab Light', 'JupyterLab Dark', 'JupyterLab Dark High Contrast']) {
      await page.theme.setTheme(theme);
      await expect(asks).toBeVisible();
      await page.screenshot({ path: info.outputPath(`${theme.replaceAll(' ', '-')}.png`) });
      for (const [what, part] of [
        ['dialog', asks.locator('.jp-Dialog-content')],
        ['row', row(page, 'any')]
      ] as const) {
        const found = await faint(part);
        if (found.length > 0) {
          problems[`${theme}, ${what}`] = found;
        }
      }
    }
    await page.theme.setLightTheme();
    expect(problems).toEqual({});

    await page.setViewportSize({ width: 260, height: 600 });
    const box = await asks.locator('.jp-Dialog-content').boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(260);
    await expect(asks.getByRole('button', { name: 'Continue' })).toBeInViewport();
    await page.screenshot({ path: info.outputPath('narrow.png') });
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.keyboard.press('Escape');
    await expect(asks).toHaveCount(0);
    await expect(row(page, 'any')).toContainText('not logged in');
  });

  test('Jupyter Notebook has the dialog, too', async ({ context }, info) => {
    const notebook = await startServer('notebook', person.variables);
    const page = await context.newPage();
    try {
      addPlaces(notebook);
      copyFileSync(EXAMPLE, path.join(notebook.environment.PILOTHOUSE_TEST_ROOT, 'pi.ipynb'));
      await page.goto(`${notebook.url}/notebooks/pi.ipynb`);
      /* eslint-disable jupyter/galata-prefer-menu-helper -- Galata's helpers know JupyterLab alone. */
      await page.getByRole('menuitem', { name: 'View', exact: true }).click();
      for (const label of ['Left Sidebar', 'Show Pilothouse']) {
        await page.locator('.lm-Menu-item', { hasText: label }).click();
      }
      /* eslint-enable jupyter/galata-prefer-menu-helper */
      await logIn(page, 'totp');
      await answer(page, 'Password:', person.password);
      await page.screenshot({ path: info.outputPath('notebook7.png') });
      await answer(page, 'Verification code:', person.code);
      await expect(row(page, 'totp')).toContainText('connected');
    } finally {
      await page.close();
      await notebook.end();
    }
  });
});
