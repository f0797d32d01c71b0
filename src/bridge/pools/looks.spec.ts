import type { IClock } from '../tokens';
import { ManualClock } from '../manualClock.fixture';
import { Looks } from './looks';
import type { IPoolEntry } from './model';

/** What looks do with pools: their names are kept as they are looked at. */
const room = (names = ['a']) => {
  const manual = new ManualClock();
  /** How long looks have taken until now. */
  let tookMs = 0;
  const clock: IClock = {
    now: () => manual.now() + tookMs,
    after: (ms, call) => manual.after(ms, call),
    every: (ms, call) => manual.every(ms, call)
  };
  const pools = names.map(pool => ({ pool, lookAtMs: 0 }) as unknown as IPoolEntry);
  const looked: string[] = [];
  const shown: string[] = [];
  const made = {
    ...{ manual, clock, pools, looked, shown },
    takesMs: 0,
    /** What a look changes, and when the policy wants the next. */
    policy: (_pool: IPoolEntry): number => Infinity,
    looks: new Looks(
      { clock },
      { all: () => pools.values(), touch: ({ pool }) => void shown.push(pool) },
      () => ({
        settle: (pool): number => {
          looked.push(pool.pool);
          tookMs += made.takesMs;
          return made.policy(pool);
        }
      })
    )
  };
  return made;
};

/** What is looked at until so much time has gone by. */
const lookedIn = ({ manual, looked }: ReturnType<typeof room>, ms: number): string[] => {
  looked.length = 0;
  manual.advance(ms);
  return [...looked];
};

it('begin with all pools; until then a pool is only shown', () => {
  const { looks, looked, shown, pools, manual } = room(['a', 'b']);
  looks.ring(pools[0]);
  looks.look(pools[1]);
  manual.advance(1000);
  expect([looked, shown]).toEqual([[], ['b']]);
  looks.start();
  expect([looked, shown]).toEqual([
    ['a', 'b'],
    ['b', 'a', 'b']
  ]);
});

it('are at what has changed, once, however often it rang', () => {
  const made = room(['a', 'b']);
  made.looks.start();
  made.looks.ring(made.pools[1]);
  made.looks.ring(made.pools[1]);
  expect(lookedIn(made, 0)).toEqual(['b']);
  expect(lookedIn(made, 9000)).toEqual([]);
});

it('come when the policy asked for them, and now and then even so', () => {
  const made = room();
  const begin = made.clock.now();
  made.policy = () => begin + 3000;
  made.looks.start();
  expect(lookedIn(made, 2999)).toEqual([]);
  made.policy = () => Infinity;
  expect(lookedIn(made, 1)).toEqual(['a']);
  expect(lookedIn(made, 9999)).toEqual([]);
  expect(lookedIn(made, 1)).toEqual(['a']);
});

it('are followed by another at what they have changed themselves', () => {
  const made = room(['a', 'b']);
  made.looks.start();
  made.policy = () => {
    made.policy = () => Infinity;
    made.looks.ring(made.pools[0]);
    return Infinity;
  };
  made.looks.ring(made.pools[1]);
  expect(lookedIn(made, 0)).toEqual(['b', 'a']);
});

it('that take long are followed by a pause four times as long', () => {
  const made = room();
  made.looks.start();
  made.takesMs = 20;
  made.looks.ring(made.pools[0]);
  expect(lookedIn(made, 0)).toEqual(['a']);
  made.looks.ring(made.pools[0]);
  expect(lookedIn(made, 79)).toEqual([]);
  expect(lookedIn(made, 1)).toEqual(['a']);
});

it('that took very long are followed by one soon all the same', () => {
  const made = room();
  made.takesMs = 60_000;
  made.looks.start();
  made.looks.ring(made.pools[0]);
  expect(lookedIn(made, 250)).toContain('a');
});

it('go on after one that failed', () => {
  const made = room(['a', 'b']);
  made.looks.start();
  made.policy = () => {
    throw new Error('a fault in the policy');
  };
  made.looks.ring(made.pools[0]);
  expect(() => lookedIn(made, 0)).toThrow('a fault in the policy');
  made.policy = () => Infinity;
  made.looks.ring(made.pools[1]);
  expect(lookedIn(made, 0)).toContain('b');
});

it('end, and leave no timer', () => {
  const made = room();
  made.looks.start();
  made.looks.ring(made.pools[0]);
  made.looks.dispose();
  made.looks.ring(made.pools[0]);
  made.looks.look(made.pools[0]);
  expect(lookedIn(made, 20_000)).toEqual([]);
  expect(made.manual.pending).toBe(0);
});
