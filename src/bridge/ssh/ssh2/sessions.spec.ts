import { ManualClock } from '../../manualClock.fixture';
import { MOST_SESSIONS, Sessions } from './sessions';

const TIMES = { channelWaitMs: 30_000, channelAgainMs: 200 };
const FULL = new Error('full');

/** A machine that has room for so many, and frees each a moment after it is closed. */
const make = (room: number) => {
  const clock = new ManualClock();
  const sessions = new Sessions(clock, TIMES, 'h', () => undefined);
  const asked: number[] = [];
  let used = 0;
  const take = async (n: number): Promise<number> =>
    sessions.take(
      () => {
        asked.push(n);
        if (used >= room) {
          return Promise.reject(FULL);
        }
        used += 1;
        return Promise.resolve(n);
      },
      error => error === FULL
    );
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 50; n += 1) {
      await Promise.resolve();
    }
  };
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settle();
  };
  const free = async (): Promise<void> => {
    used -= 1;
    sessions.free();
    await settle();
  };
  return { clock, sessions, asked, take, settle, pass, free };
};
const ends = (work: Promise<unknown>): { how: string } => {
  const end = { how: 'open' };
  work.then(
    () => (end.how = 'got'),
    (error: unknown) => (end.how = (error as { code?: string }).code ?? 'failed')
  );
  return end;
};

it('are had in turn, so many at once', async () => {
  const { sessions, asked, take, settle, free } = make(100);
  const all = Array.from({ length: MOST_SESSIONS + 2 }, (_, n) => ends(take(n)));
  await settle();
  expect(asked).toHaveLength(MOST_SESSIONS);
  expect(sessions.open).toBe(MOST_SESSIONS);
  await free();
  await free();
  expect(asked.slice(-2)).toEqual([MOST_SESSIONS, MOST_SESSIONS + 1]);
  expect(all.every(({ how }) => how === 'got')).toBe(true);
});

it('learn what a machine allows, and ask it no more than that', async () => {
  const { sessions, asked, take, settle, pass, free } = make(2);
  const all = Array.from({ length: 5 }, (_, n) => ends(take(n)));
  await settle();
  for (let n = 0; n < 5; n += 1) {
    await pass(TIMES.channelAgainMs);
  }
  expect([sessions.open, sessions.most]).toEqual([2, 2]);
  const before = asked.length;
  await pass(5000);
  expect(asked).toHaveLength(before);
  await free();
  await pass(TIMES.channelAgainMs);
  expect(all.map(({ how }) => how)).toEqual(['got', 'got', 'got', 'open', 'open']);
  expect(sessions.most).toBe(2);
});

it('do not take for a limit what a machine has not freed yet', async () => {
  const { sessions, take, settle, pass } = make(1);
  ends(take(0));
  await settle();
  const second = ends(take(1));
  await settle();
  sessions.free();
  await settle();
  await pass(TIMES.channelAgainMs);
  expect([second.how, sessions.most]).toEqual(['open', MOST_SESSIONS]);
});

it('are waited for, not for ever', async () => {
  const { clock, take, settle, pass, free } = make(1);
  ends(take(0));
  const late = ends(take(1));
  await settle();
  for (let n = 0; n < 5; n += 1) {
    await pass(TIMES.channelAgainMs);
  }
  await pass(TIMES.channelWaitMs);
  expect(late.how).toBe('channel_refused');
  const next = ends(take(2));
  await free();
  expect(next.how).toBe('got');
  expect(clock.pending).toBe(0);
});

it('are refused where there are none', async () => {
  const { clock, take, settle, pass } = make(0);
  const none = ends(take(0));
  await settle();
  await pass(TIMES.channelAgainMs);
  await pass(TIMES.channelAgainMs);
  expect([none.how, clock.pending]).toEqual(['failed', 0]);
});

it('end with their connection, and leave no timer', async () => {
  const { clock, sessions, take, settle } = make(1);
  ends(take(0));
  const waiting = ends(take(1));
  await settle();
  sessions.dispose();
  await settle();
  expect([waiting.how, clock.pending]).toEqual(['channel_refused', 0]);
});
