import { until } from '../until.fixture';
import { drainsAtMs } from './draining';
import { PoolRoom, type TestKernel } from './pools.fixture';

describe('when a pilot takes no new task any more', () => {
  const life = { startedAtMs: 1000, endsByMs: 11_000 };
  it.each([
    ['without any task yet: the margin', 0, 1000, 10_000],
    ['when the longest task and the margin would not fit', 2000, 1000, 8000],
    ['never in the first half of its life', 60_000, 1000, 6000],
    ['also where the margin alone is longer', 0, 60_000, 6000],
    ['at its very end, where no margin is wanted', 0, 0, 11_000]
  ])('%s', (_, longestMs, marginMs, expected) => {
    expect(drainsAtMs(life, longestMs, marginMs)).toBe(expected);
  });
});

describe('a pilot near its walltime', () => {
  let room: PoolRoom;
  afterEach(() => room.dispose());

  const lent = async (): Promise<TestKernel> => {
    room = await PoolRoom.open({ scaling: { drainSeconds: 1 } });
    const kernel = room.kernel();
    room.open(kernel, 'e1', 1);
    room.setWanted(1);
    room.ask(kernel, 'e1', 'l1');
    const startedAtMs = Date.now() - 100_000;
    await room.staff(1, { startedAtMs, endsByMs: startedAtMs + 150_000 });
    await room.register(kernel, 'l1');
    return kernel;
  };
  const drains = (kernel: TestKernel): number =>
    kernel.heard.filter(({ method }) => method === 'leases.drain').length;

  it('finishes what runs, while another is asked for, and ends as one whose time was over', async () => {
    const kernel = await lent();
    const { pilot } = room.pilots('leased')[0];
    expect(drains(kernel)).toBe(0);
    room.longestMs = 49_500;
    await until('no new task', () => drains(kernel) === 1);
    expect(room.pilots('draining')).toMatchObject([{ pilot, cause: 'walltime_near' }]);
    await until('another', () => room.pilots('queued', 'starting').length === 1);
    room.giveBack(kernel, 'e1', 'l1');
    await until('its end', () => room.pilots('ended').length === 1);
    expect(room.pilots('ended')).toMatchObject([{ pilot, end: 'walltime' }]);
    expect(drains(kernel)).toBe(1);
  });

  it.each([-3_600_000, 3_600_000])(
    'whose node has another time (by %d ms) does so by its own',
    async behindMs => {
      room = await PoolRoom.open({ scaling: { drainSeconds: 1 } });
      room.setWanted(1);
      const nowMs = Date.now() - behindMs;
      const startedAtMs = nowMs - 1000;
      await room.staff(1, { nowMs, startedAtMs, endsByMs: startedAtMs + 150_000 });
      const [pilot] = await until('it to be idle', () => {
        const found = room.pilots('idle');
        return found.length === 1 && found;
      });
      expect(pilot.endsByMs).toBeGreaterThan(Date.now());
      expect(pilot.endsByMs).toBeLessThan(Date.now() + 150_000);
      expect((pilot.endsByMs ?? 0) - (pilot.startedAtMs ?? 0)).toBe(150_000);
      room.longestMs = 200_000;
      room.setWanted(1);
      expect(room.pilots('idle')).toHaveLength(1);
    }
  );

  it('that nobody has ends at once', async () => {
    const kernel = await lent();
    room.giveBack(kernel, 'e1', 'l1');
    await until('its rest', () => room.pilots('idle').length === 1);
    room.longestMs = 60_000;
    await until('its end', () => room.pilots('ended')[0]?.end === 'walltime');
  });
});
