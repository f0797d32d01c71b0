import { expect } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

export const EXAMPLE = path.resolve(__dirname, '../../examples/pi.ipynb');

const loading = (place: string): string =>
  `import pilothouse\n\npilothouse.load(${JSON.stringify(place)}, blocks=2);`;
export const LOAD = loading('local');
const HOLD = [
  'from parsl import python_app',
  '',
  '@python_app',
  'def hold(until):',
  '    import os, time',
  '    while not os.path.exists(until):',
  '        time.sleep(0.05)'
].join('\n');

/** Cells that load two pilots, and in the third call `hold`, which ends when the file `until` is there. */
export const holding = (until: string, calls: number): [string, string, string] =>
  holdingAt('local', until, calls);

/** The same at another place. */
export const holdingAt = (
  place: string,
  until: string,
  calls: number
): [string, string, string] => [
  loading(place),
  HOLD,
  `calls = [hold(${JSON.stringify(until)}) for _ in range(${calls})]`
];

/** Opens Pilothouse's panel. */
export const openPanel = async (page: IJupyterLabPageFixture): Promise<Locator> => {
  await page.sidebar.openTab('jp-pilothouse-panel');
  const panel = page.getByRole('region', { name: 'Pilothouse', exact: true });
  await panel.getByText('This computer').waitFor();
  return panel;
};

/** A cell of the open notebook, counted from 0, Markdown included. */
export const cell = (page: IJupyterLabPageFixture, index: number): Locator =>
  page.locator('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell').nth(index);

/** What a cell started. */
export const strip = (page: IJupyterLabPageFixture, index: number): Locator =>
  cell(page, index).getByRole('group', { name: 'Tasks of this cell' });

/** A new notebook with these code cells, saved and ready to run. */
export const notebookWith = async (
  page: IJupyterLabPageFixture,
  folder: string,
  name: string,
  sources: readonly string[]
): Promise<string> => {
  const file = `${folder}/${name}`;
  await page.contents.uploadContent(notebookText(sources), 'text', file);
  await page.notebook.openByPath(file);
  await page.notebook.activate(name);
  return file;
};

/** Writes one where a server of a test's own has its files. */
export const notebookOf = (file: string, sources: readonly string[]): void =>
  writeFileSync(file, notebookText(sources));

const notebookText = (sources: readonly string[]): string =>
  JSON.stringify({
    cells: sources.map((source, index) => ({
      cell_type: 'code',
      execution_count: null,
      id: `cell-${index}`,
      metadata: {},
      outputs: [],
      source
    })),
    metadata: {
      kernelspec: { display_name: 'Python 3 (ipykernel)', language: 'python', name: 'python3' }
    },
    nbformat: 4,
    nbformat_minor: 5
  });

/**
 * Makes a cell the active one. A strip that comes just then moves the cells
 * below it, so that a click may land on another: then it is clicked again.
 */
export const select = async (page: IJupyterLabPageFixture, index: number): Promise<void> => {
  await expect(async () => {
    await page.notebook.selectCells(index);
    await expect(cell(page, index)).toHaveClass(/jp-mod-active/, { timeout: 1000 });
  }).toPass();
};

/** Starts a cell of the open notebook, as a person does. */
export const start = async (page: IJupyterLabPageFixture, index: number): Promise<void> => {
  await select(page, index);
  await page.keyboard.press('Control+Enter');
};

/** Runs cells of the open notebook, one after the other. */
export const run = async (
  page: IJupyterLabPageFixture,
  ...indexes: readonly number[]
): Promise<void> => {
  for (const index of indexes) {
    await start(page, index);
    await expect(cell(page, index).locator('.jp-InputPrompt')).toHaveText(/^\[\d+\]:$/);
  }
};

/** Reloads the tab; JupyterLab opens by itself what was open. */
export const reload = async (page: IJupyterLabPageFixture): Promise<void> => {
  // An option of Galata's that its types lack: else it waits for the launcher to be in front.
  const options: object = { waitForIsReady: false };
  await page.reload(options);
};

interface IStatus {
  readonly pools: readonly { readonly pool: string }[];
  readonly pilots: readonly { readonly state: string }[];
}

/** Calls a method of the bridge. */
const call = async <T>(page: IJupyterLabPageFixture, method: string, data: object): Promise<T> => {
  const answer = await page.request.post(`pilothouse/rpc/${method}`, { data });
  if (!answer.ok()) {
    throw new Error(`${method}: ${answer.status()} ${await answer.text()}`);
  }
  return ((await answer.json()) as { result: T }).result;
};

/** The places that there are. */
export const places = async (page: IJupyterLabPageFixture): Promise<string[]> =>
  (await call<IStatus>(page, 'pools.status', {})).pools.map(({ pool }) => pool);

/** Ends all pilots of all places, and with them the typed numbers; none is left after it. */
export const endPilots = async (page: IJupyterLabPageFixture): Promise<void> => {
  for (const pool of await places(page)) {
    await call(page, 'pools.down', { pool });
  }
  const alive = async (): Promise<number> => {
    const { pilots } = await call<IStatus>(page, 'pools.status', {});
    return pilots.filter(({ state }) => state !== 'ended').length;
  };
  await expect.poll(alive).toBe(0);
};
