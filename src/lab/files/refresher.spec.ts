import { TestClock } from '../testing';
import { Refresher } from './refresher';

let clock: TestClock;
let done: number;
let refresher: Refresher;
beforeEach(() => {
  clock = new TestClock();
  done = 0;
  refresher = new Refresher(clock, () => {
    done += 1;
  });
});
afterEach(() => {
  refresher.dispose();
  expect(clock.pending).toBe(0);
});

it('works while somebody looks, and never while nobody does', () => {
  clock.pass(600_000);
  expect(done).toBe(0);
  refresher.start();
  expect(done).toBe(1);
  clock.pass(60_000);
  expect(done).toBe(3);
  refresher.stop();
  clock.pass(600_000);
  expect(done).toBe(3);
});

it('does not begin anew what has just been done', () => {
  refresher.start();
  refresher.stop();
  refresher.start();
  expect(done).toBe(1);
  clock.pass(29_000);
  refresher.done();
  clock.pass(29_000);
  expect(done).toBe(1);
  clock.pass(1000);
  expect(done).toBe(2);
});

it('waits for a page that nobody sees', () => {
  refresher.start();
  clock.visible = false;
  clock.pass(600_000);
  expect([done, clock.pending]).toEqual([1, 1]);
  clock.visible = true;
  clock.comeBack();
  expect(done).toBe(2);
});
