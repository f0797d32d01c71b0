import { ManualClock } from '../manualClock.fixture';
import type { IPace } from './pace';
import { Rounds } from './rounds';

const FIRST_LOOK_MS = 3000;
const FLOOR_MS = 30_000;
const EVERY_MS = 60_000;
const CEILING_MS = 180_000;

let clock: ManualClock;
let startMs: number;
let pace: IPace;
let paces: number;
/** When it was asked, from the test's start. */
let askedAtMs: number[];
/** What the next questions come to; none left: they are answered at once. */
let answers: (boolean | Promise<boolean>)[];
let rounds: Rounds;

const answered = async (): Promise<void> => {
  for (let n = 0; n < 10; n += 1) {
    await Promise.resolve();
  }
};
/** Time passes in steps of a second at most. */
const advance = async (ms: number): Promise<void> => {
  await answered();
  for (let left = ms; left > 0; left -= 1000) {
    clock.advance(Math.min(left, 1000));
    await answered();
  }
};

beforeEach(() => {
  clock = new ManualClock();
  startMs = clock.now();
  pace = { floorMs: FLOOR_MS, everyMs: EVERY_MS, ceilingMs: CEILING_MS };
  paces = 0;
  askedAtMs = [];
  answers = [];
  rounds = new Rounds(
    clock,
    () => {
      paces += 1;
      return pace;
    },
    async () => {
      askedAtMs.push(clock.now() - startMs);
      return (await answers.shift()) ?? true;
    },
    FIRST_LOOK_MS
  );
});
afterEach(() => {
  rounds.dispose();
  expect(clock.pending).toBe(0);
});

it('asks for nothing before there is anything, and not after that', async () => {
  await advance(CEILING_MS);
  rounds.begin();
  rounds.newDoubt();
  rounds.rest();
  await rounds.ask();
  await advance(CEILING_MS);
  expect(askedAtMs).toEqual([]);
  rounds.begin();
  await advance(CEILING_MS);
  expect(askedAtMs).toEqual([3 * CEILING_MS]);
});

it('without a doubt asks when nothing was heard for as long as the ceiling', async () => {
  rounds.begin();
  await advance(CEILING_MS - 1000);
  rounds.heard();
  await advance(CEILING_MS - 1000);
  expect(askedAtMs).toEqual([]);
  await advance(CEILING_MS + 1000);
  expect(askedAtMs).toEqual([2 * CEILING_MS - 1000, 3 * CEILING_MS - 1000]);
});

it('with a doubt asks soon, then regularly whatever is heard, then as before', async () => {
  rounds.begin();
  await advance(10_000);
  for (let second = 0; second < 130; second += 1) {
    rounds.doubt(true);
    rounds.heard();
    await advance(1000);
  }
  expect(askedAtMs).toEqual([13_000, 73_000, 133_000]);
  rounds.doubt(false);
  await advance(CEILING_MS - 2000);
  expect(askedAtMs).toHaveLength(3);
  await advance(1000);
  expect(askedAtMs).toHaveLength(4);
});

it('does not ask soon where a doubt has gone before that', async () => {
  rounds.begin();
  rounds.doubt(true);
  await advance(FIRST_LOOK_MS - 1);
  rounds.doubt(false);
  await advance(EVERY_MS);
  expect(askedAtMs).toEqual([]);
  rounds.doubt(true);
  await advance(FIRST_LOOK_MS);
  expect(askedAtMs).toEqual([EVERY_MS + 2 * FIRST_LOOK_MS - 1]);
});

it('asks soon for what comes new, but never below the floor', async () => {
  rounds.begin();
  rounds.newDoubt();
  await advance(10_000);
  rounds.newDoubt();
  await advance(40_000);
  rounds.newDoubt();
  await advance(30_000);
  expect(askedAtMs).toEqual([3000, 33_000, 63_000]);
});

it('takes what comes together for one doubt', async () => {
  rounds.begin();
  for (let n = 0; n < 1000; n += 1) {
    rounds.newDoubt();
  }
  expect(paces).toBeLessThan(5);
  await advance(FIRST_LOOK_MS);
  expect(askedAtMs).toEqual([FIRST_LOOK_MS]);
});

it('is not late for what is due because there is more', async () => {
  rounds.begin();
  rounds.newDoubt();
  await advance(FIRST_LOOK_MS + EVERY_MS - 1000);
  rounds.newDoubt();
  await advance(1000);
  expect(askedAtMs).toEqual([FIRST_LOOK_MS, FIRST_LOOK_MS + EVERY_MS]);
});

it('asks at once when it is asked to, once for all, and resolves with the answer', async () => {
  rounds.begin();
  const asks = [rounds.ask(), rounds.ask()];
  clock.advance(0);
  await Promise.all(asks);
  expect(askedAtMs).toEqual([0]);
  let resolved = false;
  void rounds.ask().then(() => (resolved = true));
  await advance(FLOOR_MS - 1);
  expect([resolved, askedAtMs.length]).toEqual([false, 1]);
  await advance(1);
  expect([resolved, askedAtMs.length]).toEqual([true, 2]);
});

it('asks less often while no answer comes, whoever wants one', async () => {
  answers = [false, false, false];
  rounds.begin();
  let resolved = false;
  void rounds.ask().then(() => (resolved = true));
  clock.advance(0);
  for (let minute = 0; minute < 8; minute += 1) {
    rounds.newDoubt();
    void rounds.ask();
    expect(resolved).toBe(false);
    await advance(60_000);
  }
  // Each twice as long after the one before, up to the ceiling.
  expect(askedAtMs).toEqual([0, 120_000, 300_000, 480_000]);
  expect(resolved).toBe(true);
  await advance(FLOOR_MS);
  expect(askedAtMs).toHaveLength(4);
  await advance(FIRST_LOOK_MS + EVERY_MS - FLOOR_MS);
  expect(askedAtMs).toEqual([0, 120_000, 300_000, 480_000, 540_000]);
});

it('counts from the answer, which may take long, and asks one question at a time', async () => {
  let answer: (is: boolean) => void = () => undefined;
  answers = [
    new Promise(resolve => {
      answer = resolve;
    })
  ];
  rounds.begin();
  rounds.newDoubt();
  await advance(100_000);
  // What comes meanwhile is looked at as soon as the floor allows.
  rounds.newDoubt();
  void rounds.ask();
  await advance(100_000);
  expect(askedAtMs).toEqual([FIRST_LOOK_MS]);
  answer(true);
  await advance(FLOOR_MS - 1000);
  expect(askedAtMs).toEqual([FIRST_LOOK_MS]);
  await advance(1000);
  expect(askedAtMs).toEqual([FIRST_LOOK_MS, 200_000 + FLOOR_MS]);
  await advance(EVERY_MS);
  expect(askedAtMs.at(-1)).toBe(200_000 + FLOOR_MS + EVERY_MS);
});

it('keeps to what a profile allows that has come since', async () => {
  rounds.begin();
  rounds.newDoubt();
  await advance(FIRST_LOOK_MS + 1000);
  expect(askedAtMs).toHaveLength(1);
  pace = { floorMs: 120_000, everyMs: 120_000, ceilingMs: CEILING_MS };
  await advance(118_000);
  expect(askedAtMs).toHaveLength(1);
  await advance(1000);
  expect(askedAtMs).toEqual([FIRST_LOOK_MS, FIRST_LOOK_MS + 120_000]);
});

it.each(['rest', 'dispose'] as const)('%s leaves nobody waiting', async end => {
  rounds.begin();
  void rounds.ask();
  clock.advance(0);
  await answered();
  const waiting = rounds.ask();
  rounds[end]();
  await waiting;
  await rounds.ask();
  await advance(CEILING_MS);
  expect(askedAtMs).toEqual([0]);
});
