import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { PilothousePanel } from '.';
import type { Pilot, Snapshot, Why } from '../../protocol';
import { PilothouseModel } from '../model';
import { aPilot, aPool, NOW_MS, settle, TestClock, TestDoor } from '../testing';
import { CommandIDs } from '../tokens';

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
  let door: TestDoor;
  let clock: TestClock;
  let model: PilothouseModel;
  let panel: PilothousePanel;
  let executed: [string, unknown][];
  const user = userEvent.setup();

  const draw = async (): Promise<void> => {
    await act(async () => {
      await settle();
      clock.pass(200);
      await settle();
      MessageLoop.flush();
      await settle();
    });
  };
  const show = async (changes: Partial<Snapshot>): Promise<void> => {
    door.snapshot(changes);
    await draw();
  };
  const ospool = (changes: Parameters<typeof aPool>[0] = {}) =>
    aPool({
      pool: 'ospool',
      title: OSPOOL,
      scheduler: 'htcondor',
      submitHost: 'ap40',
      ...changes
    });
  const button = (name: RegExp | string): HTMLElement => screen.getByRole('button', { name });
  const needs = () => within(screen.getByRole('region', { name: 'Needs you' }));
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
    Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
    door = new TestDoor();
    clock = new TestClock();
    model = new PilothouseModel({ door, clock });
    executed = [];
    const commands = new CommandRegistry();
    for (const id of Object.values(CommandIDs)) {
      commands.addCommand(id, {
        execute: args => void executed.push([id, args]),
        describedBy: { args: {} }
      });
    }
    const trans = nullTranslator.load('jupyterlab_pilothouse');
    panel = new PilothousePanel({
      surroundings: { model, trans, commands, clock },
      translator: nullTranslator,
      notebooks: null
    });
    act(() => Widget.attach(panel, document.body));
    await draw();
  });

  afterEach(() => {
    act(() => panel.dispose());
    model.dispose();
    expect(clock.pending).toBe(0);
  });

  it('offers to add a place while this computer is the only one', async () => {
    await show({ pools: [aPool()] });
    await user.click(button('Add a place'));
    expect(executed).toEqual([[CommandIDs.newPlace, {}]]);
    await show({ pools: [aPool(), ospool()] });
    expect(screen.queryByRole('button', { name: 'Add a place' })).toBeNull();
  });

  it('says where a place is submitted, and leads to its form', async () => {
    await show({ pools: [ospool({ counts: { idle: 1 } })] });
    expect(screen.getByText('HTCondor on ap40')).toBeTruthy();
    await user.click(button('Edit OSPool'));
    expect(executed).toEqual([[CommandIDs.editPlace, { pool: 'ospool' }]]);
  });

  it('says since when a scheduler does not answer, and its words on opening', async () => {
    const schedulerTrouble = {
      code: 'command_failed',
      words: 'condor_q: Failed to connect to <127.0.0.1:9618>',
      sinceMs: NOW_MS - 180_000
    } as const;
    await show({ pools: [ospool({ schedulerTrouble })] });
    expect(screen.queryByText(/Failed to connect/)).toBeNull();
    await user.click(button(/HTCondor on ap40 has not answered for 3 m/));
    expect(screen.getByText(/Failed to connect/)).toBeTruthy();
    await show({ pools: [ospool()] });
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
    await show({
      pools: [ospool({ counts: { idle: 1, queued: 5000 } })],
      pilots: [...queued, idle]
    });
    const list = screen.getByRole('list', { name: 'Pilots of OSPool' });
    expect(list.children).toHaveLength(2);
    expect(list.textContent).toMatch(/5,000 queued.*no match yet.*40 s/);
    expect(list.textContent).not.toMatch(/running/);
    await user.click(button(/5,000 queued/));
    expect(screen.getByRole('list', { name: 'Pilots that are queued' }).children).toHaveLength(100);
  });

  it('names the cause in a pilot’s row, and the scheduler’s own words behind it', async () => {
    const pilot = aPilot('p1', {
      pool: 'ospool',
      state: 'queued',
      slot: 'slot1@node7',
      why: NO_MATCH
    });
    await show({ pools: [ospool({ counts: { queued: 1 } })], pilots: [pilot] });
    await user.click(button(/p1.*queued.*no match yet/));
    expect(screen.getByText('slot1@node7')).toBeTruthy();
    await user.click(button(/^Hold/));
    await draw();
    expect(door.asked).toEqual([{ method: 'pilots.hold', params: { pilots: ['p1'] } }]);
    await user.click(button('Script'));
    expect(executed).toEqual([[CommandIDs.showLog, { pilot: 'p1', file: 'script' }]]);
    expect(screen.queryByRole('button', { name: /^Release/ })).toBeNull();
  });

  it('asks about held pilots once for each cause, with what helps', async () => {
    const other: Why = { ...MEMORY, code: 'another', words: 'image missing', actions: [] };
    const [, , ...more] = held(5);
    await show({
      pools: [ospool({ counts: { held: 5 } })],
      pilots: [...more, aPilot('x', { pool: 'ospool', state: 'held', why: other })]
    });
    const items = needs().getAllByRole('listitem');
    expect(items.map(item => /OSPool: .*/.exec(item.textContent)?.[0])).toEqual([
      expect.stringMatching(/^OSPool: 3 pilots held — Job has gone over memory limit/),
      expect.stringMatching(/^OSPool: 1 pilot held — image missing/)
    ]);
    const first = within(items[0]);
    await user.click(first.getByRole('button', { name: 'Resubmit with 2 GiB' }));
    await draw();
    await user.click(first.getByRole('button', { name: 'Release' }));
    await draw();
    await user.click(first.getByRole('button', { name: 'Remove' }));
    await draw();
    await user.click(first.getByRole('button', { name: 'Change the place…' }));
    expect(door.asked).toEqual([
      {
        method: 'pools.resubmit',
        params: { pool: 'ospool', memoryMiB: 2048, diskMiB: undefined }
      },
      { method: 'pilots.release', params: { pilots: ['h2', 'h3', 'h4'] } },
      ...['h2', 'h3', 'h4'].map(pilot => ({ method: 'pilots.remove', params: { pilot } }))
    ]);
    expect(executed).toEqual([
      [CommandIDs.editPlace, { pool: 'ospool', field: 'pilot.memoryMiB' }]
    ]);
    await user.click(first.getByRole('button', { name: 'Details' }));
    expect(first.getByText(/Peak usage: 1434 megabytes/)).toBeTruthy();
    expect(first.getByText('7.2, 7.3, 7.4')).toBeTruthy();
  });

  it('offers to release or remove where nobody knows what helps', async () => {
    await show({ pools: [ospool({ counts: { held: 1 } })], pilots: held(1, null) });
    expect(needs().getByText('OSPool: 1 pilot held')).toBeTruthy();
    expect(needs().getByRole('button', { name: 'Release' })).toBeTruthy();
    expect(needs().getByRole('button', { name: 'Remove' })).toBeTruthy();
    await show({ pools: [ospool()] });
    expect(screen.queryByRole('region', { name: 'Needs you' })).toBeNull();
  });
});
