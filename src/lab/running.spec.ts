import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { PilothouseModel } from './model';
import { RunningPilots } from './running';
import { aPilot, aPool, TestClock, TestDoor } from './testing';

describe('the list of what runs', () => {
  let door: TestDoor;
  let clock: TestClock;
  let model: PilothouseModel;
  let running: RunningPilots;

  beforeEach(() => {
    door = new TestDoor();
    clock = new TestClock();
    model = new PilothouseModel({ door, clock });
    running = new RunningPilots({
      model,
      clock,
      trans: nullTranslator.load('jupyterlab_pilothouse'),
      commands: new CommandRegistry()
    });
  });

  afterEach(() => {
    running.dispose();
    model.dispose();
    expect(clock.pending).toBe(0);
  });

  it('shows places with pilots, their pilots and what these run', () => {
    door.snapshot({
      pools: [aPool(), aPool({ pool: 'empty' })],
      pilots: [aPilot('p1', { state: 'leased', running: ['pi', 'pi'] }), aPilot('p2')]
    });
    const [place, ...others] = running.running({ mode: 'tree' });
    expect(others).toEqual([]);
    expect(place.children?.map(pilot => pilot.label())).toEqual(['p1', 'p2']);
    expect(place.children?.[0].children?.map(app => app.label())).toEqual(['pi', 'pi']);
  });

  it.each(['tree', 'list'] as const)('names the first of ten thousand pilots (%s)', mode => {
    const pilots = Array.from({ length: 10_000 }, (_, index) => aPilot(`p${index}`));
    door.snapshot({ pools: [aPool({ counts: { idle: 10_000 } })], pilots });
    const top = running.running({ mode });
    const items = mode === 'tree' ? (top[0].children ?? []) : top;
    expect(items).toHaveLength(51);
    expect(items[50].label()).toBe('9,950 more in the panel');
  });
});
