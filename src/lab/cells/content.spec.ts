import { nullTranslator } from '@jupyterlab/translation';
import { Picture } from '../model';
import { aGroup, aSnapshot, NOW_MS } from '../testing';
import { stripLine } from './content';

const trans = nullTranslator.load('jupyterlab_pilothouse');
const far = aGroup('g0', { app: 'pi', cell: { messageId: 'm0', cellId: 'c0', executionCount: 5 } });
const picture = new Picture();
picture.replace(aSnapshot({ groups: [far] }));

describe('a strip’s line', () => {
  it.each([
    [
      {
        total: 100,
        done: 87,
        running: 10,
        waiting: 3,
        pilotsNow: 3,
        sites: ['UCSD', 'FNAL']
      },
      '87 of 100 · 10 running on 3 pilots (UCSD, FNAL) · 3 waiting · 1 m 12 s'
    ],
    [
      { total: 9, running: 9, pilotsNow: 1, sites: ['a', 'b', 'c', 'd', 'e'] },
      '0 of 9 · 9 running on one pilot (a, b, c, +2) · 1 m 12 s'
    ],
    [{ total: 3, waiting: 3 }, '3 waiting for a pilot'],
    [
      { total: 5, waiting: 5, waitingForFutures: 2, waitsFor: ['g0'], futures: 2 },
      '3 waiting for a pilot · waits for 2 futures of In [5]'
    ],
    [
      { total: 9, done: 2, failed: 1, running: 6, pilotsNow: 2, sites: ['vm'] },
      '2 of 9 · 1 failed · 6 running on 2 pilots (vm) · 1 m 12 s'
    ],
    [
      { total: 1, waiting: 1, waitingForFutures: 1, waitsFor: ['g0'], futures: 3 },
      'waits for 3 futures of In [5]'
    ],
    [
      { total: 1, waiting: 1, waitingForFutures: 1, waitsFor: ['g0'], futures: 1 },
      'waits for one future of In [5]'
    ],
    [
      { total: 1, waiting: 1, waitingForFutures: 1, waitsFor: ['g0'] },
      'waits for futures of In [5]'
    ],
    [{ total: 1, waiting: 1, waitingForFutures: 1, futures: 2 }, 'waits for 2 futures'],
    [{ total: 1, failed: 1, lastAtMs: NOW_MS - 70_000 }, '1 failed · 2 s'],
    [
      { total: 8, done: 6, failed: 2, retried: 1, lastAtMs: NOW_MS - 70_000 },
      '2 of 8 failed · 1 retried · 2 s'
    ],
    [
      { total: 100, done: 100, lastAtMs: NOW_MS + 8_000, sites: ['a', 'b', 'c'] },
      '100 done, 1 m 20 s, 3 sites'
    ],
    [{ total: 3, done: 3, retried: 2, sites: ['vm'] }, '3 done, 1 m 12 s, vm, 2 retried'],
    [{ total: 3, done: 3, fromMemory: 2 }, '3 done (2 from memory), 1 m 12 s'],
    [
      { total: 20, done: 7, waiting: 9, running: 4, kernelGone: true },
      '7 of 20 · the kernel is gone, 13 will not finish · 1 m 12 s'
    ]
  ])('%j: %s', (changes, text) => {
    expect(stripLine(trans, aGroup('g1', changes), picture, NOW_MS).text).toBe(text);
  });

  it('never says running of what waits', () => {
    const line = stripLine(trans, aGroup('g1', { total: 4, waiting: 4 }), picture, NOW_MS);
    expect(line.text).not.toContain('running');
    expect(line).toMatchObject({ state: 'waiting', hasBar: false, quiet: false });
  });

  it('is quiet when all is done, and not when something failed', () => {
    const done = stripLine(trans, aGroup('g1', { total: 1, done: 1 }), picture, NOW_MS);
    const error = { type: 'FileNotFoundError', message: 'a.csv\nand more' };
    const failed = stripLine(
      trans,
      aGroup('g1', { total: 2, done: 1, failed: 1, error }),
      picture,
      NOW_MS
    );
    expect(done).toMatchObject({ quiet: true, hasBar: false, error: null });
    expect(failed).toMatchObject({
      quiet: false,
      hasBar: false,
      state: 'failed',
      error: 'FileNotFoundError: a.csv',
      bar: { done: 50, failed: 50, running: 0 }
    });
  });
});
