import { ManualClock } from './manualClock.fixture';
import { onWaking } from './waking';

describe('waking', () => {
  let clock: ManualClock;
  let woken: number[];
  beforeEach(() => {
    clock = new ManualClock();
    woken = [];
  });

  it('is told once, with how long it slept, though timers did not count that', () => {
    const watch = onWaking(clock, sleptMs => woken.push(sleptMs));
    clock.advance(3_600_000);
    expect(woken).toEqual([]);
    clock.sleep(60_000);
    expect(woken).toEqual([]);
    clock.advance(500);
    expect(woken).toEqual([60_000]);
    clock.advance(60_000);
    expect(woken).toEqual([60_000]);
    watch.dispose();
    expect(clock.pending).toBe(0);
  });

  it('is not what a busy process does, nor a clock that is set back', () => {
    onWaking(clock, sleptMs => woken.push(sleptMs));
    clock.sleep(4_000);
    clock.advance(500);
    clock.sleep(-60_000);
    clock.advance(1_000);
    expect(woken).toEqual([]);
  });
});
