import { expect, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { faint } from './contrast';
import {
  control,
  formOf,
  fromTemplate,
  kept,
  newPlace,
  openSections,
  previewed,
  scripted
} from './form';
import { profileFile, withProfiles } from './profiles';
import { openPanel } from './steps';

const read = (name: string): unknown => JSON.parse(readFileSync(profileFile(name), 'utf8'));

/** What each template is called, what it is saved as, and what it leaves to the person. */
const TEMPLATES = [
  ['OSPool', 'ospool', { 'Project name': 'OSG-Staff' }],
  ['HTCondor of an experiment', 'experiment', { 'Project name': 'atlas' }],
  [
    'Campus cluster (Slurm)',
    'campus',
    { Account: 'physics', Partition: 'general', 'Mail to': 'ada@example.org' }
  ],
  ['Slurm', 'slurm', {}],
  ['HTCondor', 'htcondor', {}],
  ['This computer', 'computer', {}]
] as const;

test('each template makes a place whose preview is what would be submitted', async ({
  page
}, info) => {
  await withProfiles(page, {}, async () => {
    const panel = await openPanel(page);
    for (const [template, name, answers] of TEMPLATES) {
      const form = await newPlace(page);
      await fromTemplate(form, template);
      for (const [label, text] of Object.entries(answers)) {
        await control(form, label).fill(text);
      }
      await form.getByRole('button', { name: 'Save', exact: true }).click();
      await expect(form.getByText('Saved', { exact: true })).toBeVisible();
      const folder = info.outputPath(name);
      expect(await previewed(page, form)).toEqual(scripted(name, folder));
      await expect(form.getByText(profileFile(name), { exact: true })).toBeVisible();
      if (name === 'campus') {
        await page.screenshot({ path: info.outputPath('campus.png') });
      }
      await page.activity.closeAll();
      await expect(panel.locator(`[data-pilothouse-place="${name}"]`)).toBeVisible();
    }
    expect(read('ospool')).toMatchObject({
      scheduler: { kind: 'htcondor', projectName: 'OSG-Staff' }
    });
  });
});

test('what cannot be is refused at its field, and hostile text is text', async ({ page }, info) => {
  await withProfiles(page, {}, async () => {
    await openPanel(page);
    const form = await newPlace(page);
    await fromTemplate(form, 'Slurm');
    await openSections(form, 'Project', 'Each pilot', 'Environment', 'Anything else');
    const field = (label: string): Locator =>
      form.locator('.jp-Pilothouse-field').filter({ has: page.getByLabel(label, { exact: true }) });
    const save = form.getByRole('button', { name: 'Save', exact: true });

    for (const [label, wrong, says, right] of [
      ['Walltime', 'soon', 'minutes:seconds', '4:00'],
      ['Memory', '0', 'all of a node', '2 GiB'],
      ['Account', 'a b; rm -rf ~', 'no spaces', "o'hara;$(id)"],
      ['Name', '../evil', 'letters', 'hostile'],
      ['Further #SBATCH lines', '#SBATCH --array=1-9', 'one array', '#SBATCH --comment="a; b"']
    ] as const) {
      await control(form, label).fill(wrong);
      const alert = field(label).getByRole('alert');
      await expect(alert).toContainText(says);
      await expect(save).toBeDisabled();
      if (label === 'Account') {
        await page.screenshot({ path: info.outputPath('refused.png') });
        expect(await faint(form)).toEqual([]);
      }
      await control(form, label).fill(right);
      await expect(field(label).getByRole('alert')).toHaveCount(0);
    }
    await expect(field('Walltime')).toContainText('4 minutes');

    const hostile = 'echo "$HOME" `id` \\ \'x\' > /dev/null; # ünï';
    await control(form, 'worker_init').fill(hostile);
    await save.click();
    await expect(form.getByText('Saved', { exact: true })).toBeVisible();
    const files = await previewed(page, form);
    expect(files).toEqual(scripted('hostile', info.outputPath('hostile')));
    const [script] = Object.values(files);
    expect(script.split('\n')).toContain(hostile);
    expect(script).not.toMatch(/^#SBATCH .*\$\(id(?!.*["'])/m);
    expect(read('hostile')).toMatchObject({
      scheduler: { account: "o'hara;$(id)" },
      environment: { workerInit: hostile }
    });
  });
});

test('a place is changed, renamed, duplicated, exported, imported and deleted', async ({
  page
}, info) => {
  const site = { name: 'site', title: 'My site', pilot: { cores: 2 } };
  await withProfiles(page, { site }, async () => {
    const panel = await openPanel(page);
    const place = (name: string): Locator => panel.locator(`[data-pilothouse-place="${name}"]`);
    const choose = async (name: string, item: string): Promise<void> => {
      await place(name).click({ button: 'right' });
      await page.getByRole('menuitem', { name: item, exact: true }).click();
    };
    await choose('site', 'Edit Place…');
    const form = formOf(page);
    await openSections(form, 'Each pilot');
    await control(form, 'Cores').fill('4');
    await expect(form.getByText('Not saved yet')).toBeVisible();
    await page.keyboard.press('Control+s');
    await expect(form.getByText('Not saved yet')).toHaveCount(0);
    expect(read('site')).toEqual({ ...site, pilot: { cores: 4 } });

    await choose('site', 'Rename Place…');
    await expect(form.getByLabel('Name', { exact: true })).toBeFocused();
    await control(form, 'Name').fill('campus');
    await form.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(place('campus')).toBeVisible();
    await expect(place('site')).toHaveCount(0);
    const exported = await kept(page, form.getByRole('button', { name: 'Export' }));
    expect(JSON.parse(exported)).toEqual({ ...site, name: 'campus', pilot: { cores: 4 } });
    await page.activity.closeAll();

    await choose('campus', 'Duplicate Place');
    await expect(form.getByLabel('Name', { exact: true })).toHaveValue('campus-2');
    await form.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(place('campus-2')).toBeVisible();
    await form.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect(place('campus-2')).toHaveCount(0);
    await expect(form).toHaveCount(0);

    mkdirSync(info.outputDir, { recursive: true });
    const file = info.outputPath('given.json');
    writeFileSync(file, exported.replace('"campus"', '"given"'));
    const chooser = page.waitForEvent('filechooser');
    await newPlace(page);
    await form.getByRole('button', { name: 'Import a file…' }).click();
    await (await chooser).setFiles(file);
    await expect(form.getByLabel('Name', { exact: true }).last()).toHaveValue('given');
    await form.last().getByRole('button', { name: 'Save', exact: true }).click();
    await expect(place('given')).toBeVisible();
    expect(read('given')).toEqual({ ...site, name: 'given', pilot: { cores: 4 } });
  });
});

test('a place is made with the keyboard alone', async ({ page }, info) => {
  await withProfiles(page, {}, async () => {
    const panel = await openPanel(page);
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) {
        await page.keyboard.press(key);
      }
    };
    /** Goes on by Tab to what has this name. */
    const tabTo = async (name: RegExp): Promise<void> => {
      for (let steps = 0; steps < 60; steps += 1) {
        await press('Tab');
        const focused = page.locator(':focus');
        const said = await focused.evaluate(node => {
          const labels = 'labels' in node ? [...(node.labels as NodeListOf<Element>)] : [];
          const own = node.getAttribute('aria-label') ?? node.getAttribute('title');
          return [own, ...labels.map(label => label.textContent), node.textContent].join(' ');
        });
        if (name.test(said)) {
          return;
        }
      }
      throw new Error(`Tab does not come to ${String(name)}`);
    };
    await panel.getByRole('button', { name: /^One pilot more/ }).focus();
    await tabTo(/Add a place/);
    await press('Enter');
    await formOf(page).getByRole('list', { name: 'Templates' }).waitFor();
    await tabTo(/Pilots are processes of this machine/);
    await press('Enter');
    await tabTo(/^ *Name/);
    await press('Control+a');
    await page.keyboard.type('keys');
    await tabTo(/Each pilot/);
    await tabTo(/Cores/);
    await page.keyboard.type('2');
    await page.screenshot({ path: info.outputPath('keyboard.png') });
    await press('Control+s');
    await expect(panel.locator('[data-pilothouse-place="keys"]')).toBeVisible();
    expect(read('keys')).toMatchObject({ name: 'keys', pilot: { cores: 2 } });
  });
});

test('form and preview can be read in every theme', async ({ page }, info) => {
  await withProfiles(page, {}, async () => {
    await openPanel(page);
    const form = await newPlace(page);
    const problems: Record<string, unknown> = {};
    const look = async (what: string): Promise<void> => {
      for (const theme of ['Light', 'Dark', 'Dark High Contrast']) {
        await page.theme.setTheme(`JupyterLab ${theme}`);
        await page.screenshot({ path: info.outputPath(`${what} ${theme}.png`) });
        const found = await faint(form);
        if (found.length > 0) {
          problems[`${what}, ${theme}`] = found;
        }
      }
    };
    await look('templates');
    await fromTemplate(form, 'OSPool');
    await openSections(form, 'Project', 'Each pilot');
    await control(form, 'Requirements').fill('(HAS_SINGULARITY =?= True');
    await form.getByRole('tab').first().waitFor();
    await look('form');
    await page.setViewportSize({ width: 700, height: 900 });
    await page.screenshot({ path: info.outputPath('narrow.png') });
    expect(problems).toEqual({});
  });
});
