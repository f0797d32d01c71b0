import { expect, test } from '@jupyterlab/galata';
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { faint } from './contrast';
import { startServer } from './server';
import { openPanel } from './steps';

test.use({ autoGoto: false });

test('without Node the panel says what is missing, and Start again works once it is there', async ({
  page
}, info) => {
  const node = info.outputPath('node');
  const server = await startServer('lab', { PILOTHOUSE_NODE: node });
  try {
    await page.goto(`${server.url}/lab`);
    await page.sidebar.openTab('jp-pilothouse-panel');
    const panel = page.getByRole('region', { name: 'Pilothouse', exact: true });
    const needs = panel.getByRole('region', { name: 'Needs you' });
    await expect(needs).toContainText('Node');
    await expect(needs).toContainText(node);
    await expect(needs).toContainText('22.13');
    await expect(panel).toContainText('Not known while the bridge is not there.');
    const answer = await page.request.post(`${server.url}/pilothouse/rpc/bridge.status`, {
      data: {}
    });
    expect(answer.status()).toBe(503);
    await page.screenshot({ path: info.outputPath('node-missing.png') });
    expect(await faint(panel)).toEqual([]);

    await needs.getByRole('button', { name: 'Start again' }).click();
    await expect(needs).toContainText(node);
    symlinkSync(path.resolve(execFileSync('which', ['node'], { encoding: 'utf8' }).trim()), node);
    await needs.getByRole('button', { name: 'Start again' }).click();
    await expect(needs).toHaveCount(0);
    await openPanel(page);
  } finally {
    await server.end();
  }
});
