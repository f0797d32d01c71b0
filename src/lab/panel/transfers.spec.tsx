import { act, screen, within } from '@testing-library/react';
import type { Transfer } from '../../protocol';
import { Transfer as TransferSchema } from '../../protocol';
import { aHost, aPool, failing, NOW_MS } from '../testing';
import { PanelStage } from './panel.fixture';

const aTransfer = (changes: Omit<Partial<Transfer>, 'host'> = {}): Transfer =>
  TransferSchema.parse({
    transfer: 't1',
    pool: 'ospool',
    host: 'h1',
    direction: 'put',
    local: '/home/alice/data.bin',
    remote: '/work/data.bin',
    bytes: 1024 * 1024,
    size: 4 * 1024 * 1024,
    state: 'going',
    error: null,
    startedAtMs: NOW_MS,
    ...changes
  });

let stage: PanelStage;
beforeEach(async () => {
  stage = await PanelStage.begin();
  await stage.show({
    pools: [aPool({ pool: 'ospool', scheduler: 'htcondor', host: 'h1' }), aPool()],
    hosts: [aHost({ state: 'connected' })]
  });
});
afterEach(() => stage.leave());

const list = (): HTMLElement => screen.getByRole('list', { name: /^Files of/ });
const press = async (name: string): Promise<void> => {
  act(() => within(list()).getByRole('button', { name }).click());
  await stage.draw();
};

it('shows files on their way at their place, and how far they are', async () => {
  expect(screen.queryByRole('list', { name: /^Files of/ })).toBeNull();
  await stage.change(
    { kind: 'transfer', value: aTransfer() },
    {
      kind: 'transfer',
      value: aTransfer({ transfer: 't2', direction: 'get', remote: '/x/later', size: 0, bytes: 0 })
    },
    { kind: 'transfer', value: aTransfer({ transfer: 't3', state: 'done', remote: '/x/there' }) }
  );
  const bar = screen.getByRole<HTMLProgressElement>('progressbar', { name: 'data.bin is sent' });
  expect([bar.value, bar.max]).toEqual([1024 * 1024, 4 * 1024 * 1024]);
  expect(list().textContent).toContain('1 MiB of 4 MiB');
  expect(list().textContent).toMatch(/later.*waits/);
  expect(list().textContent).not.toContain('there');
  await stage.change({ kind: 'transfer', value: aTransfer({ bytes: 3 * 1024 * 1024 }) });
  expect(list().textContent).toContain('3 MiB of 4 MiB');
  await stage.change(
    { kind: 'transfer', value: aTransfer({ state: 'done' }) },
    { kind: 'transfer-gone', transfer: 't2' }
  );
  expect(screen.queryByRole('list', { name: /^Files of/ })).toBeNull();
});

it('cancels one, and says what is in the way', async () => {
  await stage.change({ kind: 'transfer', value: aTransfer() });
  stage.door.answers.set(
    'files.cancel',
    failing({ kind: 'bridge', error: { code: 'too_many_requests', params: {} } })
  );
  await press('Cancel data.bin');
  expect(stage.door.asked.at(-1)).toEqual({ method: 'files.cancel', params: { transfer: 't1' } });
  expect(within(list()).getByRole('alert').textContent).toContain('Too many requests');
});

it('says why one did not arrive, until that is read', async () => {
  await stage.change({
    kind: 'transfer',
    value: aTransfer({
      remote: '/work/a\nb',
      state: 'failed',
      error: { code: 'file_failed', params: { path: '/work/a', problem: 'No space left' } }
    })
  });
  expect(list().textContent).toContain('a⟨U+000A⟩b');
  expect(list().textContent).toContain('The file /work/a cannot be used: No space left.');
  await press('Take a⟨U+000A⟩b off the list');
  expect(stage.door.asked.at(-1)).toEqual({ method: 'files.cancel', params: { transfer: 't1' } });
});

it('leads to the files of a place', async () => {
  const place = screen
    .getAllByRole('listitem')
    .find(one => one.dataset.pilothousePlace === 'ospool');
  act(() => within(place!).getAllByRole('button')[0].click());
  await stage.draw();
  act(() =>
    within(place!)
      .getByRole('button', { name: /^Files of/ })
      .click()
  );
  await stage.draw();
  expect(stage.executed).toEqual([['pilothouse:show-files', { pool: 'ospool' }]]);
});
