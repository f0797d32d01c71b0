/* eslint-disable jupyter/galata-prefer-menu-helper -- Galata's helpers know JupyterLab alone. */
import { expect, test } from '@playwright/test';
import type { Locator } from '@playwright/test';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startServer } from './server';
import { EXAMPLE } from './steps';

test('Jupyter Notebook has the strips and the panel, too', async ({ page }, info) => {
  const server = await startServer('notebook');
  try {
    const file = path.join(server.environment.PILOTHOUSE_TEST_ROOT, 'pi.ipynb');
    writeFileSync(file, readFileSync(EXAMPLE));
    const problems: string[] = [];
    page.on('console', message => {
      if (message.type() === 'error' && /pilothouse/i.test(message.text())) {
        problems.push(message.text());
      }
    });
    await page.goto(`${server.url}/notebooks/pi.ipynb`);
    // What is run before there is a kernel is not run at all.
    await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor();
    await page.getByRole('menuitem', { name: 'Run', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Run All Cells', exact: true }).click();
    const strips = page.getByRole('group', { name: 'Tasks of this cell' });
    await expect(strips).toContainText(/pi\s*3 done/, { timeout: 60000 });

    await page.getByRole('menuitem', { name: 'View', exact: true }).click();
    const item = (label: string): Locator => page.locator('.lm-Menu-item', { hasText: label });
    await item('Left Sidebar').click();
    await item('Show Pilothouse').click();
    const panel = page.getByRole('region', { name: 'Pilothouse', exact: true });
    await expect(panel.getByText('4 idle', { exact: true })).toBeVisible();

    // The main area is the notebook's; logs and forms come below it.
    const pilots = panel.getByRole('list', { name: 'Pilots of This computer' });
    await pilots.getByRole('button').first().click();
    await pilots.getByRole('button', { name: 'Script', exact: true }).click();
    const log = page.getByRole('log');
    await expect(log).toContainText('#!/bin/sh');
    await expect.poll(async () => (await log.boundingBox())?.height).toBeGreaterThan(150);
    await panel.getByRole('button', { name: 'Add a place' }).click();
    await page.getByRole('button', { name: /^Campus cluster/ }).click();
    await expect(page.getByLabel('Partition')).toBeVisible();
    await page.screenshot({ path: info.outputPath('notebook7.png') });
    expect(problems).toEqual([]);
  } finally {
    await server.end();
  }
});
