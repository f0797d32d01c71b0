import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { Pilot, Why } from '../../protocol';
import { aPilot, aPool, NOW_MS } from '../testing';
import { CommandIDs } from '../tokens';
import { PanelStage } from './panel.fixture';

const OSPOOL = 'OSPool';
const MEMORY: Why = {
  code: 'somebody.elses',
  params: {},
  words: 'Job has gone over memory limit of 1024 megabytes.\nPeak usage: 1434 megabytes.',
  actions: [
    { kind: 'resubmit', memoryMiB: 2048 },
    { kind: 'release' },
    { kind: 'remove' },
    { kind: 'edit', field: 'pilot.memoryMiB' },
    { kind: 'edit', field: 'pilot.workers' }
  ]
};
const NO_MATCH: Why = { code: 'somebody.waits', params: {}, words: 'no match yet', actions: [] };

describe('places that are sites', () => {
  let stage: PanelStage;
  const user = userEvent.setup();

  const ospool = (changes: Parameters<typeof aPool>[0] = {}) =>
    aPool({
      pool: 'ospool',
      title: OSPOOL,
      scheduler: 'htcondor',
      submitHost: 'ap40',
      ...changes
    });
  const held = (number: number, why: Why | null = MEMORY): Pilot[] =>
    Array.from({ length: number }, (_, index) =>
      aPilot(`h${index}`, {
        pool: 'ospool',
        state: 'held',
        schedulerId: `7.${index}`,
        why,
        words: 'held'
      })
    );

  beforeEach(async () => {
    stage = await PanelStage.begin();
  });

  afterEach(() => stage.leave());

  it('offers to add a place while this computer is the only one', async () => {
    await stage.show({ pools: [aPool()] });
    await user.click(stage.button('Add a place'));
    expect(stage.executed).toEqual([[CommandIDs.newPlace, {}]]);
    await stage.show({ pools: [aPool(), ospool()] });
    expect(screen.queryByRole('button', { name: 'Add a place' })).toBeNull();
  });

  it('says where a place is submitted, and leads to its form', async () => {
    await stage.show({ pools: [ospool({ counts: { idle: 1 } })] });
    expect(screen.getByText('HTCondor on ap40')).toBeTruthy();
    await user.click(stage.button('Edit OSPool'));
    expect(stage.executed).toEqual([[CommandIDs.editPlace, { pool: 'ospool' }]]);
  });

  it('says since when a scheduler does not answer, and its words on opening', async () => {
    const schedulerTrouble = {
      code: 'command_failed',
      words: 'condor_q: Failed to connect to <127.0.0.1:9618>',
      sinceMs: NOW_MS - 180_000
    } as const;
    await stage.show({ pools: [ospool({ schedulerTrouble })] });
    expect(screen.queryByText(/Failed to connect/)).toBeNull();
    await user.click(stage.button(/HTCondor on ap40 has not answered for 3 m/));
    expect(screen.getByText(/Failed to connect/)).toBeTruthy();
    await stage.show({ pools: [ospool()] });
    expect(screen.queryByText(/has not answered/)).toBeNull();
  });

  it('gathers pilots that wait for the same, and never calls them running', async () => {
    const queued = Array.from({ length: 5000 }, (_, index) =>
      aPilot(`q${index}`, {
        pool: 'ospool',
        state: 'queued',
        startedAtMs: null,
        sinceMs: NOW_MS - 40_000,
        why: NO_MATCH
      })
    );
    const idle = aPilot('p1', { pool: 'ospool' });
    await stage.show({
      pools: [ospool({ counts: { idle: 1, queued: 5000 } })],
      pilots: [...queued, idle]
    });
    const list = screen.getByRole('list', { name: 'Pilots of OSPool' });
    expect(list.children).toHaveLength(2);
    expect(list.textContent).toMatch(/5,000 queued.*no match yet.*40 s/);
    expect(list.textContent).not.toMatch(/running/);
    await user.click(stage.button(/5,000 queued/));
    expect(screen.getByRole('list', { name: 'Pilots that are queued' }).children).toHaveLength(100);
  });

  it('names the cause in a pilot’s row, and the scheduler’s own words behind it', async () => {
    const pilot = aPilot('p1', {
      pool: 'ospool',
      state: 'queued',
      slot: 'slot1@node7',
      why: NO_MATCH
    });
    await stage.show({ pools: [ospool({ counts: { queued: 1 } })], pilots: [pilot] });
    await user.click(stage.button(/p1.*queued.*no match yet/));
    expect(screen.getByText('slot1@node7')).toBeTruthy();
    await user.click(stage.button(/^Hold/));
    await stage.draw();
    expect(stage.door.asked).toEqual([{ method: 'pilots.hold', params: { pilots: ['p1'] } }]);
    await user.click(stage.button('Script'));
    expect(stage.executed).toEqual([[CommandIDs.showLog, { pilot: 'p1', file: 'script' }]]);
    expect(screen.queryByRole('button', { name: /^Release/ })).toBeNull();
  });

  it('says once what is both state and cause', async () => {
    const removed = { code: 'htcondor.Removed', params: {}, words: '', actions: [] };
    const pilot = aPilot('p1', {
      pool: 'ospool',
      state: 'ended',
      end: 'removed',
      endedAtMs: NOW_MS,
      why: { ...NO_MATCH, ...removed }
    });
    await stage.show({ pools: [ospool()], pilots: [pilot] });
    await user.click(stage.button(/ended/));
    expect(screen.getByRole('button', { name: /p1/ }).textContent).toMatch(/^\W*p1removed\d/);
  });

  it('asks about held pilots once for each cause, with what helps', async () => {
    const other: Why = { ...MEMORY, code: 'another', words: 'image missing', actions: [] };
    const [, , ...more] = held(5);
    await stage.show({
      pools: [ospool({ counts: { held: 5 } })],
      pilots: [...more, aPilot('x', { pool: 'ospool', state: 'held', why: other })]
    });
    const items = within(stage.needs!).getAllByRole('listitem');
    expect(items.map(item => /OSPool: .*/.exec(item.textContent)?.[0])).toEqual([
      expect.stringMatching(/^OSPool: 3 pilots held — Job has gone over memory limit/),
      expect.stringMatching(/^OSPool: 1 pilot held — image missing/)
    ]);
    const first = within(items[0]);
    await user.click(first.getByRole('button', { name: 'Resubmit with 2 GiB' }));
    await stage.draw();
    await user.click(first.getByRole('button', { name: 'Release' }));
    await stage.draw();
    await user.click(first.getByRole('button', { name: 'Remove' }));
    await stage.draw();
    await user.click(first.getByRole('button', { name: 'Change the place…' }));
    expect(stage.door.asked).toEqual([
      {
        method: 'pools.resubmit',
        params: { pool: 'ospool', memoryMiB: 2048, diskMiB: undefined }
      },
      { method: 'pilots.release', params: { pilots: ['h2', 'h3', 'h4'] } },
      ...['h2', 'h3', 'h4'].map(pilot => ({ method: 'pilots.remove', params: { pilot } }))
    ]);
    expect(stage.executed).toEqual([
      [CommandIDs.editPlace, { pool: 'ospool', field: 'pilot.memoryMiB' }]
    ]);
    await user.click(first.getByRole('button', { name: 'Details' }));
    expect(first.getByText(/Peak usage: 1434 megabytes/)).toBeTruthy();
    expect(first.getByText('7.2, 7.3, 7.4')).toBeTruthy();
  });

  it('offers to release or remove where nobody knows what helps', async () => {
    await stage.show({ pools: [ospool({ counts: { held: 1 } })], pilots: held(1, null) });
    expect(within(stage.needs!).getByText('OSPool: 1 pilot held')).toBeTruthy();
    expect(within(stage.needs!).getByRole('button', { name: 'Release' })).toBeTruthy();
    expect(within(stage.needs!).getByRole('button', { name: 'Remove' })).toBeTruthy();
    await stage.show({ pools: [ospool()] });
    expect(screen.queryByRole('region', { name: 'Needs you' })).toBeNull();
  });
});
