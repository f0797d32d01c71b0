import { expect, test } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Person } from './faces';
import type { IServer } from './server';
import { startServer } from './server';
import { holdingAt, notebookOf, openPanel, run, strip } from './steps';
import type { ITurn } from './testbed';
import { takeTurn, TURN_WITHIN_MS } from './testbed';

const TITLE = 'Campus cluster';
/** As long as a slow machine may take to give a new place its first pilot. */
const PILOT_WITHIN_MS = 90_000;

// The server is this test's own, and its kernels end with it.
test.use({ autoGoto: false, kernels: null, sessions: null, terminals: null });

test.describe('Slurm behind a submit host that asks for password and code', () => {
  let turn: ITurn;
  let person: Person;
  let server: IServer;

  test.beforeAll(async () => {
    test.setTimeout(TURN_WITHIN_MS);
    turn = await takeTurn('test', 'slurm');
    person = await Person.arrive();
    server = await startServer('lab', person.variables);
    server.addPlace({
      ...person.profile('wire', TITLE),
      scheduler: {
        kind: 'slurm',
        polling: { floorSeconds: 1, everySeconds: 1, ceilingSeconds: 2 }
      },
      pilot: { walltime: '30', memoryMiB: 500, cores: 1 },
      uplink: { kinds: ['submit-host'], submitHostAddress: '127.0.0.1' }
    });
  });

  test.afterAll(async () => {
    await server.end();
    await person.leave();
    await turn.leave();
  });

  const answer = async (page: Page, label: string, text: string): Promise<void> => {
    await expect(page.getByRole('dialog').getByLabel(label, { exact: true })).toBeFocused();
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
  };
  const logIn = async (page: Page, button: Locator): Promise<void> => {
    await button.click();
    await answer(page, 'Password:', person.password);
    await answer(page, 'Verification code:', person.code);
  };

  test('a notebook’s tasks run there, and go on after the connection broke', async ({
    page
  }, info) => {
    test.setTimeout(4 * PILOT_WITHIN_MS);
    // The tasks are another user's, who may not enter the folders of this test.
    const until = `/tmp/ph-until-${process.pid}`;
    notebookOf(
      path.join(server.environment.PILOTHOUSE_TEST_ROOT, 'far.ipynb'),
      holdingAt('wire', until, 10)
    );
    await page.goto(`${server.url}/lab`);
    await page.notebook.openByPath('far.ipynb');
    await page.notebook.activate('far.ipynb');
    await openPanel(page);
    const row = page.locator('[data-pilothouse-place="wire"]');
    await logIn(page, row.getByRole('button', { name: 'Log in to wire.testbed.invalid' }));
    await expect(row).toContainText('connected');

    const more = row.getByRole('button', { name: /^One pilot more/ });
    await more.click();
    await more.click();
    await expect(row).toContainText('2 idle', { timeout: PILOT_WITHIN_MS });
    await page.screenshot({ path: info.outputPath('idle.png') });

    await run(page, 0, 1, 2);
    const started = strip(page, 2);
    await expect(started).toContainText(/0 of 10 · 2 running on 2 pilots .* · 8 waiting/, {
      timeout: PILOT_WITHIN_MS
    });
    await expect(row).toContainText('2 busy');
    const pilots = page.getByRole('list', { name: `Pilots of ${TITLE}` });
    await expect(pilots.locator('> li')).toHaveCount(2);
    await expect(pilots.locator('> li').first()).toContainText('hold');
    await page.screenshot({ path: info.outputPath('busy.png') });

    person.wire.cut();
    const needs = page.getByRole('region', { name: 'Needs you' });
    await expect(needs).toContainText(/wire: connection lost \d+ s ago/);
    // Their way home went over it, too; until when their tasks go on is said.
    await expect(pilots.locator('> li').first()).toContainText(/lost/);
    await page.screenshot({ path: info.outputPath('lost.png') });
    await logIn(page, needs.getByRole('button', { name: 'Reconnect to wire.testbed.invalid' }));
    await expect(row).toContainText('2 busy', { timeout: PILOT_WITHIN_MS });
    await expect(needs).toHaveCount(0);

    writeFileSync(until, '');
    await expect(started).toContainText('10 done', { timeout: PILOT_WITHIN_MS });
    await expect(started).not.toContainText('retried');
    await page.screenshot({ path: info.outputPath('done.png') });
    rmSync(until);
  });
});
