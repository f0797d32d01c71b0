import { expect, test } from '@jupyterlab/galata';
import { rmSync } from 'node:fs';
import { openPanel } from './steps';
import { profileFile, withProfiles, writeProfiles } from './profiles';

test('a profile that somebody breaks, mends and removes in an editor is followed by the panel', async ({
  page
}, info) => {
  await withProfiles(page, { big: { name: 'big', title: 'Big place' } }, async () => {
    const panel = await openPanel(page);
    const needs = panel.getByRole('region', { name: 'Needs you' });
    await expect(panel.getByText('Big place')).toBeVisible();
    await expect(needs).toHaveCount(0);

    writeProfiles({ big: '{"name": "big", "title": "Big place",' });
    await expect(needs).toContainText('big.json cannot be used');
    await expect(needs).toContainText('The file is no JSON.');
    await expect(needs).toContainText(profileFile('big'));
    await expect(needs).toContainText('Correct the file, or remove it');
    await expect(panel.getByText('Big place')).toHaveCount(0);
    // The sections make room for it.
    const below = (): Promise<number> =>
      panel.evaluate(node => {
        const last = [...node.querySelectorAll('.jp-Pilothouse-section')].pop();
        return (last ?? node).getBoundingClientRect().bottom - node.getBoundingClientRect().bottom;
      });
    await expect.poll(below).toBeLessThan(2);

    writeProfiles({ big: { name: 'big', pilot: { walltime: 'soon' } } });
    await expect(needs).toContainText('pilot.walltime');
    await expect(needs).not.toContainText('The file is no JSON.');
    await page.screenshot({ path: info.outputPath('broken.png') });

    writeProfiles({ big: { name: 'big', title: 'Big place' } });
    await expect(needs).toHaveCount(0);
    await expect(panel.getByText('Big place')).toBeVisible();

    writeProfiles({ other: '' });
    await expect(needs).toContainText('other.json cannot be used');
    rmSync(profileFile('other'));
    await expect(needs).toHaveCount(0);
  });
});
