import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Download, Locator } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** The forms of places that are in sight: one, as the tests have it. */
export const formOf = (page: IJupyterLabPageFixture): Locator =>
  page.locator('.jp-Pilothouse-form:visible');

/** Opens the form of a new place, at its templates. */
export const newPlace = async (page: IJupyterLabPageFixture): Promise<Locator> => {
  await page.getByRole('button', { name: /^(New Place…|Add OSPool, a Slurm cluster)/ }).click();
  const form = formOf(page);
  await form.getByRole('list', { name: 'Templates' }).waitFor();
  return form;
};

/** Goes on from one of the templates. */
export const fromTemplate = (form: Locator, template: string): Promise<void> =>
  form
    .getByRole('button')
    .filter({ has: form.page().getByText(template, { exact: true }) })
    .click();

/** A field's control, whether or not a template leaves it to the person. */
export const control = (form: Locator, label: string): Locator =>
  form
    .getByLabel(label, { exact: true })
    .or(form.getByLabel(`${label} yours to fill in`, { exact: true }));

/** Opens sections of the form. */
export const openSections = async (form: Locator, ...names: readonly string[]): Promise<void> => {
  for (const name of names) {
    const head = form.getByRole('region', { name, exact: true }).getByRole('button').first();
    if ((await head.getAttribute('aria-expanded')) === 'false') {
      await head.click();
    }
  }
};

const textOf = async (download: Download): Promise<string> =>
  readFileSync(await download.path(), 'utf8');

/** What a press of a button gives to keep. */
export const kept = async (page: IJupyterLabPageFixture, button: Locator): Promise<string> => {
  const download = page.waitForEvent('download');
  await button.click();
  return textOf(await download);
};

/** By name, the files that the preview shows of what stands in the form, each as its button gives it. */
export const previewed = async (
  page: IJupyterLabPageFixture,
  form: Locator
): Promise<Record<string, string>> => {
  const preview = form.getByRole('region', { name: 'What will be submitted' });
  const tabs = preview.getByRole('tab');
  await tabs.first().waitFor();
  await preview.getByText('changing…').waitFor({ state: 'detached' });
  const files: Record<string, string> = {};
  for (const tab of await tabs.all()) {
    const name = (await tab.textContent()) ?? '';
    if (name !== 'commands') {
      await tab.click();
      files[name] = await kept(page, preview.getByRole('button', { name: 'Save as a file' }));
    }
  }
  return files;
};

/** By name, the files that `pilothouse script` makes of a saved place. */
export const scripted = (name: string, folder: string): Record<string, string> => {
  execFileSync('pilothouse', ['script', name, '--into', folder]);
  const files = readdirSync(folder);
  return Object.fromEntries(
    files.map(file => [file, readFileSync(path.join(folder, file), 'utf8')])
  );
};
