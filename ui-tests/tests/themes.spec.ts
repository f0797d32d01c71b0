import { expect, test } from '@jupyterlab/galata';
import { writeFileSync } from 'node:fs';
import { faint } from './contrast';
import { withProfiles } from './profiles';
import { holding, notebookWith, openPanel, run, strip } from './steps';

const THEMES = [
  ['light', 'JupyterLab Light'],
  ['dark', 'JupyterLab Dark'],
  ['high-contrast', 'JupyterLab Dark High Contrast']
] as const;
const FAIL =
  'from parsl import python_app\n\n@python_app\ndef fail():\n    return open("/nowhere")';

test('what is too faint is found', async ({ page }) => {
  const colours = ['#777', 'rgb(0 0 0 / 54%)', 'color(srgb 0 0 0 / 0.5)', '#000'];
  await page.evaluate(all => {
    const probe = Object.assign(document.createElement('div'), { id: 'probe' });
    probe.style.background = 'white';
    for (const color of all) {
      const line = Object.assign(document.createElement('p'), { textContent: color });
      line.style.color = color;
      probe.append(line);
    }
    document.body.append(probe);
  }, colours);
  expect(await faint(page.locator('#probe'))).toEqual([
    { text: '#777', ratio: 4.48 },
    { text: 'color(srgb 0 0 0 / 0.5)', ratio: 4 }
  ]);
});

test('every text of panel and strips stands out in every theme', async ({
  page,
  tmpPath
}, info) => {
  const until = info.outputPath('until');
  await withProfiles(
    page,
    { broken: '{', sick: { name: 'sick', title: 'Sick place' } },
    async () => {
      await notebookWith(page, tmpPath, 'themes.ipynb', [
        ...holding(until, 40),
        FAIL,
        'try:\n    fail().result()\nexcept OSError:\n    pass'
      ]);
      const panel = await openPanel(page);
      await run(page, 0, 1, 2, 3);
      await expect(strip(page, 2)).toContainText('2 running');
      writeFileSync(until, '');
      await run(page, 4);
      await expect(strip(page, 4)).toContainText('1 failed');
      const pilots = panel.getByRole('list', { name: 'Pilots of This computer' });
      await pilots.getByRole('button').first().click();
      await panel
        .getByRole('button', { name: /^fail ×1/ })
        .first()
        .click();
      await strip(page, 4).getByRole('button').first().click();

      const problems: Record<string, unknown> = {};
      for (const [name, theme] of THEMES) {
        await page.theme.setTheme(theme);
        await page.screenshot({ path: info.outputPath(`${name}.png`) });
        for (const [where, part] of [
          ['panel', panel],
          ['running strip', strip(page, 2)],
          ['failed strip', strip(page, 4)]
        ] as const) {
          const found = await faint(part);
          if (found.length > 0) {
            problems[`${name}, ${where}`] = found;
          }
        }
      }
      await page.theme.setLightTheme();
      await page.emulateMedia({ forcedColors: 'active' });
      await page.screenshot({ path: info.outputPath('forced-colours.png') });
      expect(problems).toEqual({});
    }
  );
});
