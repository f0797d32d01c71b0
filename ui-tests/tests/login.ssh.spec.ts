import { expect, test } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Person } from './faces';
import type { IServer } from './server';
import { startServer } from './server';
import { openPanel } from './steps';
import { TURN_WITHIN_MS } from './testbed';

/** A place for each face: a host that nobody is logged in to, whatever another test did. */
const PLACES = {
  totp: 'Campus cluster',
  duo: 'OSPool',
  device: 'Big Red 200',
  any: 'Two tabs',
  hasty: 'Hasty cluster',
  password: 'New machine',
  'key-password-totp': 'Changed machine',
  inner: 'Behind a jump host',
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
    const folder = path.join(server.environment.JUPYTER_CONFIG_DIR, 'pilothouse', 'profiles');
    mkdirSync(folder, { recursive: true });
    for (const [face, title] of Object.entries(PLACES)) {
      writeFileSync(path.join(folder, `${face}.json`), JSON.stringify(person.profile(face, title)));
    }
  });

  test.afterAll(async () => {
    await server.end();
    await person.leave();
  });

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
    await expect(page.getByLabel(label, { exact: true })).toBeFocused();
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
    await expect(row(page, 'totp')).toContainText(/totp · \S+ · connected \d+ s/);
    await row(page, 'totp')
      .getByRole('button', { name: /connected/ })
      .click();
    for (const fact of [person.fingerprint('totp'), 'keyboard-interactive', /\d of \d/]) {
      await expect(row(page, 'totp')).toContainText(fact);
    }
    await page.screenshot({ path: info.outputPath('connected.png') });
    await press(row(page, 'totp'), 'Disconnect from totp.testbed.invalid');
    await expect(row(page, 'totp')).toContainText('not logged in');
  });
});
