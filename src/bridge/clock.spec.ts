import { systemClock } from './clock';

const DAY_MS = 86_400_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

it.each([1, 1000, 24 * DAY_MS, 60 * DAY_MS])('a wait of %d ms is as long', ms => {
  const call = jest.fn();
  systemClock.after(ms, call);
  jest.advanceTimersByTime(ms - 1);
  expect(call).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(call).toHaveBeenCalledTimes(1);
  expect(jest.getTimerCount()).toBe(0);
});

it('a long wait can be given up at any time of it', () => {
  const call = jest.fn();
  const wait = systemClock.after(60 * DAY_MS, call);
  jest.advanceTimersByTime(30 * DAY_MS);
  wait.dispose();
  expect(jest.getTimerCount()).toBe(0);
});
