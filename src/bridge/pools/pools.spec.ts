import { rmSync } from 'node:fs';
import { LIMITS } from '../../protocol';
import { ManualClock } from '../manualClock.fixture';
import { until } from '../until.fixture';
import { codeOf, PoolRoom } from './pools.fixture';

describe('a pool with a typed number', () => {
  let room: PoolRoom;
  beforeEach(async () => {
    room = await PoolRoom.open();
  });
  afterEach(() => room.dispose());

  it('starts so many pilots and ends those that are too many', async () => {
    expect(room.setWanted(3).wanted).toMatchObject({ count: 3, typed: 3, asked: 0 });
    await room.staff(3);
    await until('three idle pilots', () => room.pilots('idle').length === 3);
    expect(room.pilots()[0]).toMatchObject({ host: 'node-1', runtime: { python: '3.11.7' } });
    room.setWanted(1);
    await until('one pilot left', () => room.pools.alive === 1);
    expect(room.pilots('ended').map(({ end }) => end)).toEqual(['scaled_in', 'scaled_in']);
    expect(room.logged).toEqual([]);
  });

  it.each([
    [1.5, 'not_a_number'],
    [NaN, 'not_a_number'],
    [-1, 'negative_number'],
    [65, 'too_many_pilots'],
    [LIMITS.pilotsPerPool * 10, 'too_many_pilots']
  ])('refuses %p as %s', (count, code) => {
    expect(codeOf(() => room.setWanted(count))).toBe(code);
    expect(room.pool().wanted.typed).toBeNull();
  });

  it('keeps a number over a restart of the bridge, and its pilots', async () => {
    room.setWanted(2);
    await room.staff(2);
    await until('two idle pilots', () => room.pilots('idle').length === 2);
    const before = room.pilots().map(({ pilot }) => pilot);
    room.leave();
    room = await PoolRoom.open({ home: room.home });
    expect(room.pool().wanted.typed).toBe(2);
    const { ScriptedAgent } = await import('./agent.fixture');
    for (const pilot of before) {
      room.agents.push(await ScriptedAgent.dial(room.folder(pilot)));
    }
    await until('both idle again', () => room.pilots('idle').length === 2);
    expect(room.pilots().map(({ pilot }) => pilot)).toEqual(before);
  });
});

it('is not looked at while nothing changes, and soon when something does', async () => {
  const clock = new ManualClock();
  const room = new PoolRoom({ clock });
  await room.pools.start();
  clock.advance(1000);
  room.late.mockClear();
  clock.advance(5000);
  expect(room.late).not.toHaveBeenCalled();
  const kernel = room.kernel();
  room.open(kernel, 'one', 0, { ask: { kind: 'auto', min: 0, max: 0 }, unfinished: 1 });
  clock.advance(0);
  room.late.mockClear();
  room.load(kernel, 'one', 0);
  clock.advance(0);
  expect(room.late).toHaveBeenCalled();
  room.late.mockClear();
  const resting = () => room.pools.snapshot().executors.map(executor => executor.resting);
  clock.advance(9000);
  expect(room.late).not.toHaveBeenCalled();
  expect(resting()).toEqual([false]);
  // What time alone changes is shown when its time has come.
  clock.advance(room.profile.scaling.restSeconds * 1000 - 9000);
  expect(room.changes.at(-1)).toMatchObject({ kind: 'executor', value: { resting: true } });
  room.leave();
  rmSync(room.home, { recursive: true });
  expect(clock.pending).toBe(0);
});
