import { ExecutorId, TIMES } from '../../protocol';
import {
  CELL,
  HERE,
  HTEX,
  ORIGIN,
  P1,
  P2,
  RUN,
  TaskRoom,
  done,
  launched,
  leaveRooms,
  submitted
} from './tasks.fixture';

describe('tasks, as their kernels and the agents tell of them', () => {
  afterEach(leaveRooms);

  it('follows a task from its call to its end', () => {
    const room = new TaskRoom();
    room.report(submitted(0));
    expect(room.one()).toMatchObject({
      app: 'pi',
      cell: CELL,
      origin: ORIGIN,
      total: 1,
      waiting: 1,
      waitingForFutures: 0,
      firstAtMs: 1000
    });
    room.report(launched(0, 12));
    expect(room.one()).toMatchObject({ waiting: 1, running: 0 });
    room.busy(P1, 12);
    expect(room.one()).toMatchObject({ waiting: 0, running: 1, pilotsNow: 1, sites: ['here'] });
    expect(room.list().tasks[0]).toMatchObject({
      state: 'running',
      reason: null,
      pilot: P1,
      worker: 0
    });
    expect(room.book.appsRunning(P1)).toEqual(['pi']);
    room.report(done(0, P1));
    expect(room.one()).toMatchObject({ running: 0, done: 1, pilotsNow: 0, lastAtMs: 4000 });
    expect(room.book.appsRunning(P1)).toEqual([]);
    expect(room.book.ran(P1)).toBe(1);
    room.busy(P1);
    room.clock.advance(TIMES.finalWordMs);
    expect(room.one()).toMatchObject({ total: 1, waiting: 0, running: 0, done: 1 });
    expect(room.touched).toContain(P1);
  });

  it('shows times of this machine, whatever the clock of a node shows', () => {
    const HOUR = 3_600_000;
    for (const behindMs of [HOUR, -HOUR]) {
      const room = new TaskRoom();
      const here = room.clock.now();
      room.behindMs.set(P1, behindMs);
      const startedAtMs = here - behindMs;
      room.report(submitted(0, launched(0, 12)));
      room.book.running(HTEX, P1, HERE, [{ worker: 0, executorTask: 12, startedAtMs }]);
      room.clock.advance(2000);
      expect(room.list().tasks[0]).toMatchObject({ state: 'running', startedAtMs: here });
      expect(room.book.longestMs(P1, room.clock.now())).toBe(2000);
      room.report({ ...done(0, P1), startedAtMs, endedAtMs: startedAtMs + 2000 });
      expect(room.list().tasks[0]).toMatchObject({ startedAtMs: here, endedAtMs: here + 2000 });
      expect(room.one()).toMatchObject({ lastAtMs: here + 2000 });
      // Set right while it runs.
      room.behindMs.delete(P1);
      room.report(submitted(1), { ...done(1, P1), startedAtMs: here, endedAtMs: here + 1 });
      expect(room.list().tasks.find(({ task }) => task === 1)).toMatchObject({ startedAtMs: here });
      // An end without a begin is of the kernel's clock.
      room.report(submitted(2), { task: 2, state: 'failed', endedAtMs: here + 5 });
      expect(room.list().tasks.find(({ task }) => task === 2)).toMatchObject({
        endedAtMs: here + 5
      });
    }
  });

  it('matches an agent that is quicker than the kernel', () => {
    const room = new TaskRoom();
    room.busy(P1, 12);
    expect(room.book.appsRunning(P1)).toEqual([]);
    room.report(submitted(0, launched(0, 12)));
    expect(room.one()).toMatchObject({ running: 1, waiting: 0 });
    expect(room.book.appsRunning(P1)).toEqual(['pi']);
  });

  it('does not mix up the same id of two executors', () => {
    const room = new TaskRoom();
    room.report(submitted(0, launched(0, 12)));
    room.book.running(ExecutorId.parse('other'), P1, HERE, [
      { worker: 0, executorTask: 12, startedAtMs: 1 }
    ]);
    expect(room.one()).toMatchObject({ running: 0, waiting: 1 });
  });

  it('waits for the final word before a task that vanished waits again', () => {
    const room = new TaskRoom();
    room.report(submitted(0, launched(0, 12)), submitted(1, launched(1, 13)));
    room.busy(P1, 12, 13);
    room.busy(P1);
    expect(room.one()).toMatchObject({ running: 2 });
    room.report(done(0, P1));
    room.clock.advance(TIMES.finalWordMs);
    expect(room.one()).toMatchObject({ running: 0, done: 1, waiting: 1, pilotsNow: 0 });
    expect(room.list().tasks[0]).toMatchObject({
      task: 1,
      state: 'waiting',
      reason: 'pilot',
      pilot: null,
      startedAtMs: null
    });
  });

  it('lets a task that was tried again run where it is now', () => {
    const room = new TaskRoom();
    room.report(submitted(0, launched(0, 12)));
    room.busy(P1, 12);
    room.report({ task: 0, tries: 2, state: 'waiting', reason: 'pilot' });
    expect(room.one()).toMatchObject({ running: 0, waiting: 1, retried: 1 });
    room.report({ task: 0, executor: HTEX, executorTask: 40 });
    room.busy(P2, 40);
    room.busy(P1);
    room.clock.advance(TIMES.finalWordMs);
    expect(room.one()).toMatchObject({ running: 1, retried: 1, pilotsNow: 1 });
    expect(room.list().tasks[0].pilot).toBe(P2);
  });

  it("lets the kernel's final word win over an agent's older list", () => {
    const room = new TaskRoom();
    room.report(submitted(0, launched(0, 12)));
    room.report(done(0, P2));
    room.busy(P1, 12);
    expect(room.one()).toMatchObject({ running: 0, done: 1, sites: ['Uni'] });
    expect(room.list().tasks[0]).toMatchObject({
      pilot: P2,
      host: 'there',
      site: 'Uni',
      slot: 'n7'
    });
  });

  it('shows one task for each worker, also before the kernel has said how the one before ended', () => {
    const room = new TaskRoom();
    room.report(submitted(0), submitted(1), launched(0, 10), launched(1, 11));
    room.busy(P1, 10);
    room.touched = [];
    room.busy(P1, 11);
    expect(room.one()).toMatchObject({ waiting: 1, running: 1, pilotsNow: 1 });
    expect(room.book.appsRunning(P1)).toEqual(['pi']);
    expect(room.list({ states: ['running'] }).tasks.map(({ task }) => task)).toEqual([0]);
    room.report(done(0, P1));
    expect(room.one()).toMatchObject({ waiting: 0, running: 1, done: 1, pilotsNow: 1 });
    expect(room.list({ states: ['running'] }).tasks.map(({ task }) => task)).toEqual([1]);
    room.busy(P1);
    // Until the final word, or for as long as it may take.
    expect(room.book.isBusy(P1)).toBe(true);
    expect(room.one().running).toBe(1);
    room.clock.advance(TIMES.finalWordMs);
    expect(room.book.isBusy(P1)).toBe(false);
    expect(room.one()).toMatchObject({ waiting: 1, running: 0, pilotsNow: 0 });
    expect(room.touched.at(-1)).toBe(P1);
  });

  it('drops the error of an earlier try when a task is done', () => {
    const room = new TaskRoom();
    room.report(submitted(0, { error: { type: 'E', message: 'once' }, printed: 'x', tries: 2 }));
    room.clock.advance(TIMES.saveEveryMs);
    room.report(done(0, P1));
    expect(room.list().tasks[0]).toMatchObject({ error: null, printed: 'x' });
    room.clock.advance(TIMES.saveEveryMs);
    expect(room.list().tasks[0]).toMatchObject({ error: null, printed: 'x' });
  });

  it('says that what a kernel left undone is lost, and takes it up if it comes back', () => {
    const room = new TaskRoom();
    room.report(submitted(0, launched(0, 12)), submitted(1), submitted(2));
    room.report(done(2, P1));
    room.busy(P1, 12);
    room.book.kernelGone([RUN]);
    expect(room.one()).toMatchObject({
      kernelGone: true,
      waiting: 2,
      running: 0,
      done: 1,
      total: 3
    });
    expect(room.list({ states: ['waiting'] }).tasks.map(({ reason }) => reason)).toEqual([
      'lost',
      'lost'
    ]);
    room.report({ task: 1, state: 'done', reason: 'executed' });
    expect(room.one()).toMatchObject({ kernelGone: false, waiting: 0, running: 1, done: 2 });
  });

  it('says that it was told of a task that it was not told of before', () => {
    const room = new TaskRoom();
    room.report({ task: 5, state: 'done' });
    expect(room.groups.size).toBe(0);
    expect(room.warnings).toEqual(['tasks_unknown']);
  });
});
