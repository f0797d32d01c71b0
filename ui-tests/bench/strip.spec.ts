import { expect, test } from '@jupyterlab/galata';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Delta } from '../../src/protocol';
import { LOAD, endPilots, notebookWith, openPanel, run, strip } from '../tests/steps';

/** Tasks in all and a second: enough that the slowest twentieth is not a handful. */
const TASKS = 3000;
const TASKS_PER_SECOND = 500;
const WARM_UP_TASKS = 50;

const warmUp = [
  'from parsl import python_app',
  '',
  '@python_app',
  'def no_op():',
  '    pass',
  '',
  `[each.result() for each in [no_op() for _ in range(${WARM_UP_TASKS})]];`
].join('\n');
const burst = (file: string): string =>
  [
    'import json, time',
    '',
    'done = []',
    'began = time.perf_counter()',
    `for number in range(${TASKS}):`,
    `    ahead = began + number / ${TASKS_PER_SECOND} - time.perf_counter()`,
    '    if ahead > 0:',
    '        time.sleep(ahead)',
    '    no_op().add_done_callback(lambda _: done.append(time.time() * 1000))',
    `while len(done) < ${TASKS}:`,
    '    time.sleep(0.01)',
    `with open(${JSON.stringify(file)}, "w") as out:`,
    '    json.dump(done, out)'
  ].join('\n');

/** Where the time goes: when the bridge had made a delta, when it was here, and the number in it. */
function told(heard: readonly [number, string][]): [number, number, number][] {
  return heard.flatMap(([atMs, text]) => {
    const { changes, atMs: madeMs } = JSON.parse(text) as Partial<Delta>;
    const values = (changes ?? []).flatMap(change =>
      change.kind === 'group' && change.value.total > WARM_UP_TASKS ? [change.value.done] : []
    );
    return values.map((done): [number, number, number] => [madeMs!, atMs, done]);
  });
}

// What looks at the stream must be there before JupyterLab is.
test.use({ autoGoto: false });

test('from a change of state to the pixel', async ({ page, tmpPath }, info) => {
  const report = process.env.PILOTHOUSE_STRIP_REPORT;
  if (!report) {
    throw new Error('PILOTHOUSE_STRIP_REPORT must name the file to write');
  }
  await page.addInitScript(() => {
    const heard: [number, string][] = [];
    Object.assign(window, { pilothouseHeard: heard });
    window.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        if (String(url).includes('pilothouse/stream')) {
          this.addEventListener('message', event => {
            heard.push([performance.timeOrigin + performance.now(), String(event.data)]);
          });
        }
      }
    };
  });
  await page.goto();
  const doneFile = path.join(info.outputDir, 'done.json');
  writeFileSync(info.outputPath('empty'), '');
  await notebookWith(page, tmpPath, 'burst.ipynb', [LOAD, warmUp, burst(doneFile)]);
  await openPanel(page);
  await run(page, 0, 1);

  // Times of the frame after a change, by the clock that the kernel has too.
  await page.evaluate(() => {
    const painted: [number, number][] = [];
    Object.assign(window, { pilothousePainted: painted });
    let last = -1;
    let waiting = false;
    const look = () => {
      waiting = false;
      const cells = document.querySelectorAll('.jp-Notebook .jp-Cell');
      const words = cells[2]?.querySelector('.jp-Pilothouse-stripText')?.textContent ?? '';
      const found = /^([\d.,\s]+?) (?:of|done)/.exec(words);
      const done = found ? Number(found[1].replace(/\D/g, '')) : -1;
      if (done > last) {
        last = done;
        painted.push([performance.timeOrigin + performance.now(), done]);
      }
    };
    new MutationObserver(() => {
      if (!waiting) {
        waiting = true;
        requestAnimationFrame(() => setTimeout(look));
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await run(page, 2);
  await expect(strip(page, 2)).toContainText(`${TASKS.toLocaleString('en')} done`);
  const painted = await page.evaluate(
    () => (window as unknown as { pilothousePainted: [number, number][] }).pilothousePainted
  );
  const heard = await page.evaluate(
    () => (window as unknown as { pilothouseHeard: [number, string][] }).pilothouseHeard
  );
  const done = (JSON.parse(readFileSync(doneFile, 'utf8')) as number[]).sort((a, b) => a - b);
  const rate = (1000 * (done.length - 1)) / (done[done.length - 1] - done[0]);
  writeFileSync(report, JSON.stringify({ done, painted, told: told(heard), rate }));
  await endPilots(page);
});
