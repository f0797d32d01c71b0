import {
  ExecutorId,
  METHODS,
  PilotId,
  RunId,
  TaskGroup,
  TaskReport,
  TIMES,
  type Change,
  type GroupId,
  type TaskUpdate
} from '../../protocol';
import { ManualClock } from '../manualClock.fixture';
import { MemoryTaskStore } from '../store/memory.fixture';
import type { ILog } from '../tokens';
import { TaskBook } from '.';

const RUN = RunId.parse('run-1');
const HTEX = ExecutorId.parse('htex');
const P1 = PilotId.parse('p1');
const P2 = PilotId.parse('p2');
const HERE = { host: 'here', site: null, slot: null };
const ORIGIN = { pid: 7, notebook: 'pi.ipynb', workingFolder: '/home' };
const CELL = { messageId: 'm1', cellId: 'c1', executionCount: 3, session: 's' };

describe('the book of tasks', () => {
  let clock: ManualClock;
  let store: MemoryTaskStore;
  let book: TaskBook;
  let groups: Map<GroupId, TaskGroup>;
  let warnings: string[];
  let touched: PilotId[];

  const open = (keeping?: { tasks: number; groups: number }): TaskBook => {
    const log: ILog = {
      info: () => undefined,
      warn: event => void warnings.push(event),
      error: (event, error) => void warnings.push(`${event} ${String(error)}`)
    };
    groups = new Map();
    const opened = new TaskBook({
      clock,
      log,
      times: { ...TIMES },
      changes: {
        put: (change: Change) => {
          if (change.kind === 'group') {
            groups.set(change.value.group, TaskGroup.parse(change.value));
          } else if (change.kind === 'group-gone') {
            groups.delete(change.group);
          }
        },
        late: put => put()
      },
      store,
      placeOf: pilot =>
        pilot === P2
          ? { host: 'there', site: 'Uni', slot: 'n7' }
          : { host: null, site: null, slot: null },
      keeping
    });
    opened.onPilotsChanged(pilots => touched.push(...pilots));
    return opened;
  };

  beforeEach(() => {
    clock = new ManualClock();
    store = new MemoryTaskStore();
    warnings = [];
    touched = [];
    book = open();
    book.opened(RUN, ORIGIN);
  });

  afterEach(() => {
    book.dispose();
    expect(clock.pending).toBe(0);
  });

  const report = (...tasks: Partial<TaskUpdate>[]): void => {
    book.report(TaskReport.parse({ run: RUN, cells: [CELL], tasks }), 7);
  };
  const submitted = (task: number, more: Partial<TaskUpdate> = {}): Partial<TaskUpdate> => ({
    task,
    app: 'pi',
    cell: 0,
    state: 'waiting',
    reason: 'pilot',
    submittedAtMs: 1000 + task,
    ...more
  });
  const launched = (task: number, executorTask: number): Partial<TaskUpdate> => ({
    task,
    state: 'waiting',
    reason: 'pilot',
    tries: 1,
    executor: HTEX,
    executorTask,
    launchedAtMs: 2000
  });
  const done = (task: number, pilot: PilotId): Partial<TaskUpdate> => ({
    task,
    state: 'done',
    reason: 'executed',
    pilot,
    worker: 0,
    startedAtMs: 3000,
    endedAtMs: 4000
  });
  const busy = (pilot: PilotId, ...ids: number[]): void =>
    book.running(
      HTEX,
      pilot,
      HERE,
      ids.map((executorTask, worker) => ({ worker, executorTask, startedAtMs: 2500 }))
    );
  const one = (): TaskGroup => {
    expect(groups.size).toBe(1);
    return [...groups.values()][0];
  };
  const list = (params: object = {}) =>
    METHODS['tasks.list'].result.parse(
      book.list(METHODS['tasks.list'].params.parse({ limit: 100, ...params }))
    );

  it('knows the longest task of a pilot: one that ran, or that runs by now', () => {
    expect(book.longestMs(P1, 2500)).toBe(0);
    report(submitted(0, launched(0, 12)), submitted(1, launched(1, 13)));
    busy(P1, 12, 13);
    expect(book.longestMs(P1, 2900)).toBe(400);
    report({ ...done(0, P1), startedAtMs: 2500, endedAtMs: 4000 });
    busy(P1, 13);
    expect(book.longestMs(P1, 3000)).toBe(1500);
    expect(book.longestMs(P1, 9500)).toBe(7000);
    expect(book.longestMs(P2, 9500)).toBe(0);
    book.dispose();
    book = open();
    expect(book.longestMs(P1, 3000)).toBe(1500);
  });

  it('follows a task from its call to its end', () => {
    report(submitted(0));
    expect(one()).toMatchObject({
      app: 'pi',
      cell: CELL,
      origin: ORIGIN,
      total: 1,
      waiting: 1,
      waitingForFutures: 0,
      firstAtMs: 1000
    });
    report(launched(0, 12));
    expect(one()).toMatchObject({ waiting: 1, running: 0 });
    busy(P1, 12);
    expect(one()).toMatchObject({ waiting: 0, running: 1, pilotsNow: 1, sites: ['here'] });
    expect(list().tasks[0]).toMatchObject({ state: 'running', reason: null, pilot: P1, worker: 0 });
    expect(book.appsRunning(P1)).toEqual(['pi']);
    report(done(0, P1));
    expect(one()).toMatchObject({ running: 0, done: 1, pilotsNow: 0, lastAtMs: 4000 });
    expect(book.appsRunning(P1)).toEqual([]);
    expect(book.ran(P1)).toBe(1);
    busy(P1);
    clock.advance(TIMES.finalWordMs);
    expect(one()).toMatchObject({ total: 1, waiting: 0, running: 0, done: 1 });
    expect(touched).toContain(P1);
  });

  it('matches an agent that is quicker than the kernel', () => {
    busy(P1, 12);
    expect(book.appsRunning(P1)).toEqual([]);
    report(submitted(0, launched(0, 12)));
    expect(one()).toMatchObject({ running: 1, waiting: 0 });
    expect(book.appsRunning(P1)).toEqual(['pi']);
  });

  it('does not mix up the same id of two executors', () => {
    report(submitted(0, launched(0, 12)));
    book.running(ExecutorId.parse('other'), P1, HERE, [
      { worker: 0, executorTask: 12, startedAtMs: 1 }
    ]);
    expect(one()).toMatchObject({ running: 0, waiting: 1 });
  });

  it('waits for the final word before a task that vanished waits again', () => {
    report(submitted(0, launched(0, 12)), submitted(1, launched(1, 13)));
    busy(P1, 12, 13);
    busy(P1);
    expect(one()).toMatchObject({ running: 2 });
    report(done(0, P1));
    clock.advance(TIMES.finalWordMs);
    expect(one()).toMatchObject({ running: 0, done: 1, waiting: 1, pilotsNow: 0 });
    expect(list().tasks[0]).toMatchObject({
      task: 1,
      state: 'waiting',
      reason: 'pilot',
      pilot: null,
      startedAtMs: null
    });
  });

  it('lets a task that was tried again run where it is now', () => {
    report(submitted(0, launched(0, 12)));
    busy(P1, 12);
    report({ task: 0, tries: 2, state: 'waiting', reason: 'pilot' });
    expect(one()).toMatchObject({ running: 0, waiting: 1, retried: 1 });
    report({ task: 0, executor: HTEX, executorTask: 40 });
    busy(P2, 40);
    busy(P1);
    clock.advance(TIMES.finalWordMs);
    expect(one()).toMatchObject({ running: 1, retried: 1, pilotsNow: 1 });
    expect(list().tasks[0].pilot).toBe(P2);
  });

  it("lets the kernel's final word win over an agent's older list", () => {
    report(submitted(0, launched(0, 12)));
    report(done(0, P2));
    busy(P1, 12);
    expect(one()).toMatchObject({ running: 0, done: 1, sites: ['Uni'] });
    expect(list().tasks[0]).toMatchObject({ pilot: P2, host: 'there', site: 'Uni', slot: 'n7' });
  });

  it('says for which groups a group waits, until they are done', () => {
    report(
      submitted(0),
      submitted(1),
      submitted(2, { app: 'mean', reason: 'futures', dependsOn: [0, 1] }),
      submitted(3, { app: 'mean', reason: 'futures', dependsOn: [2] })
    );
    const [pi, mean] = [...groups.values()];
    expect(pi.app).toBe('pi');
    expect(mean).toMatchObject({ waiting: 2, waitingForFutures: 2, waitsFor: [pi.group] });
    report(done(0, P1), done(1, P1), { task: 2, reason: 'pilot' });
    expect(groups.get(mean.group)).toMatchObject({
      waiting: 2,
      waitingForFutures: 1,
      waitsFor: []
    });
  });

  it('counts what came from memory, failed, and why the newest failed', () => {
    report(submitted(0), submitted(1), submitted(2));
    report(
      { task: 0, state: 'done', reason: 'memory', endedAtMs: 5000 },
      {
        task: 1,
        state: 'failed',
        reason: 'exception',
        tries: 1,
        error: { type: 'ValueError', message: 'no', traceback: 'line 1' },
        endedAtMs: 6000,
        printed: 'said this'
      },
      { task: 2, state: 'failed', reason: 'dependency', failedInput: 1, tries: 0 }
    );
    expect(one()).toMatchObject({
      done: 1,
      fromMemory: 1,
      failed: 2,
      retried: 0,
      error: { type: 'ValueError', message: 'no' }
    });
    const failed = list({ states: ['failed'] });
    expect(failed.total).toBe(2);
    expect(failed.tasks[0]).toMatchObject({ reason: 'dependency', failedInput: 1, error: null });
    expect(failed.tasks[1]).toMatchObject({
      error: { type: 'ValueError', message: 'no', traceback: 'line 1' },
      printed: 'said this'
    });
    clock.advance(TIMES.saveEveryMs);
    expect(list({ states: ['failed'] })).toEqual(failed);
  });

  it('drops the error of an earlier try when a task is done', () => {
    report(submitted(0, { error: { type: 'E', message: 'once' }, printed: 'x', tries: 2 }));
    clock.advance(TIMES.saveEveryMs);
    report(done(0, P1));
    expect(list().tasks[0]).toMatchObject({ error: null, printed: 'x' });
    clock.advance(TIMES.saveEveryMs);
    expect(list().tasks[0]).toMatchObject({ error: null, printed: 'x' });
  });

  it('has a group for what no cell made, and one for each execution', () => {
    report(submitted(0), submitted(1, { cell: null }), submitted(2, { cell: undefined }));
    book.report(
      TaskReport.parse({
        run: RUN,
        cells: [{ ...CELL, messageId: 'm2', executionCount: 4 }],
        tasks: [submitted(3)]
      }),
      7
    );
    expect([...groups.values()].map(({ cell, total }) => [cell?.messageId, total])).toEqual([
      ['m1', 1],
      [undefined, 2],
      ['m2', 1]
    ]);
  });

  it('says that what a kernel left undone is lost, and takes it up if it comes back', () => {
    report(submitted(0, launched(0, 12)), submitted(1), submitted(2));
    report(done(2, P1));
    busy(P1, 12);
    book.kernelGone([RUN]);
    expect(one()).toMatchObject({ kernelGone: true, waiting: 2, running: 0, done: 1, total: 3 });
    expect(list({ states: ['waiting'] }).tasks.map(({ reason }) => reason)).toEqual([
      'lost',
      'lost'
    ]);
    report({ task: 1, state: 'done', reason: 'executed' });
    expect(one()).toMatchObject({ kernelGone: false, waiting: 0, running: 1, done: 2 });
  });

  it('lists newest first, page by page, by group, pilot, run and state', () => {
    report(...Array.from({ length: 7 }, (_, task) => submitted(task)));
    report(done(3, P1), done(4, P2));
    const first = list({ limit: 3 });
    expect(first.tasks.map(({ task }) => task)).toEqual([6, 5, 4]);
    expect(first.total).toBe(7);
    const second = list({ limit: 3, cursor: first.cursor });
    const third = list({ limit: 3, cursor: second.cursor });
    expect([...second.tasks, ...third.tasks].map(({ task }) => task)).toEqual([3, 2, 1, 0]);
    expect(third.cursor).toBeNull();
    expect(list({ pilot: P2 }).tasks.map(({ task }) => task)).toEqual([4]);
    expect(list({ states: ['done'], group: one().group }).total).toBe(2);
    expect(list({ run: 'another' })).toEqual({ tasks: [], cursor: null, total: 0 });
    expect(list({ group: 'none' })).toEqual({ tasks: [], cursor: null, total: 0 });
    expect(() => list({ cursor: 'x' })).toThrow('cursor');
  });

  it('says that it was told of a task that it was not told of before', () => {
    report({ task: 5, state: 'done' });
    expect(groups.size).toBe(0);
    expect(warnings).toEqual(['tasks_unknown']);
  });

  it('forgets the oldest finished tasks first, and keeps their counts', () => {
    book.dispose();
    book = open({ tasks: 3, groups: 10 });
    book.opened(RUN, ORIGIN);
    report(...[0, 1, 2, 3, 4].map(task => submitted(task)));
    expect(list().total).toBe(5);
    report(done(4, P1), done(0, P1), done(1, P1));
    expect(list().tasks.map(({ task }) => task)).toEqual([3, 2, 1]);
    expect(one()).toMatchObject({ total: 5, done: 3, waiting: 2 });
    clock.advance(TIMES.saveEveryMs);
    book.dispose();
    book = open({ tasks: 3, groups: 10 });
    expect(one()).toMatchObject({ total: 5, done: 3, waiting: 2 });
  });

  it('forgets whole groups when there are too many, but none with something to do', () => {
    book.dispose();
    book = open({ tasks: 100, groups: 2 });
    book.opened(RUN, ORIGIN);
    report(submitted(0, { app: 'a' }), submitted(1, { app: 'b' }), submitted(2, { app: 'c' }));
    expect(groups.size).toBe(3);
    report(done(1, P1));
    expect([...groups.values()].map(({ app }) => app)).toEqual(['a', 'c']);
    clock.advance(TIMES.saveEveryMs);
    expect(store.load().groups).toHaveLength(2);
  });

  describe('after a restart of the bridge', () => {
    const restart = (): void => {
      book.dispose();
      book = open();
    };

    it('shows the same', () => {
      report(
        submitted(0, launched(0, 12)),
        submitted(1, { app: 'mean', reason: 'futures', dependsOn: [0, 2] }),
        submitted(2),
        submitted(3, launched(3, 15)),
        submitted(4)
      );
      busy(P1, 12);
      report(done(3, P2), {
        task: 4,
        state: 'failed',
        reason: 'exception',
        error: { type: 'E', message: 'm', traceback: 't' },
        printed: 'p'
      });
      const [shown, listed] = [groups, list()];
      restart();
      expect(groups).toEqual(shown);
      expect(list()).toEqual(listed);
      expect(book.ran(P2)).toBe(1);
      expect(book.appsRunning(P1)).toEqual(['pi']);
      expect(warnings).toEqual([]);
    });

    it('goes on with what agents and kernels say', () => {
      report(submitted(0, launched(0, 12)), submitted(1, launched(1, 13)));
      busy(P1, 12, 13);
      restart();
      busy(P1, 13);
      clock.advance(TIMES.finalWordMs);
      expect(one()).toMatchObject({ running: 1, waiting: 1 });
      report(done(1, P1), submitted(2));
      expect(one()).toMatchObject({ total: 3, running: 0, done: 1 });
      expect(list().tasks.map(({ task }) => task)).toEqual([2, 1, 0]);
      clock.advance(TIMES.reunionMs);
      expect(one().kernelGone).toBe(false);
    });

    it('says after a while that a kernel did not come back', () => {
      report(submitted(0, launched(0, 12)));
      busy(P1, 12);
      restart();
      expect(one()).toMatchObject({ running: 1, kernelGone: false });
      clock.advance(TIMES.reunionMs);
      expect(one()).toMatchObject({ running: 0, waiting: 1, kernelGone: true });
      expect(book.appsRunning(P1)).toEqual([]);
    });

    it('passes over what it cannot read, and says so', () => {
      report(submitted(0), submitted(1));
      clock.advance(TIMES.saveEveryMs);
      store.damage(RUN, 1);
      restart();
      expect(one().total).toBe(1);
      expect(warnings).toEqual([expect.stringContaining('tasks_unreadable')]);
    });
  });

  it('tries again to write what the disk did not take', () => {
    store.full = true;
    report(submitted(0));
    clock.advance(TIMES.saveEveryMs * 3);
    expect(store.load().tasks).toEqual([]);
    expect(warnings.length).toBeGreaterThan(1);
    store.full = false;
    clock.advance(TIMES.saveEveryMs);
    expect(store.load().tasks).toHaveLength(1);
  });

  it('shows one task for each worker, also before the kernel has said how the one before ended', () => {
    report(submitted(0), submitted(1), launched(0, 10), launched(1, 11));
    busy(P1, 10);
    touched = [];
    busy(P1, 11);
    expect(one()).toMatchObject({ waiting: 1, running: 1, pilotsNow: 1 });
    expect(book.appsRunning(P1)).toEqual(['pi']);
    expect(list({ states: ['running'] }).tasks.map(({ task }) => task)).toEqual([0]);
    report(done(0, P1));
    expect(one()).toMatchObject({ waiting: 0, running: 1, done: 1, pilotsNow: 1 });
    expect(list({ states: ['running'] }).tasks.map(({ task }) => task)).toEqual([1]);
    busy(P1);
    // Until the final word, or for as long as it may take.
    expect(book.isBusy(P1)).toBe(true);
    expect(one().running).toBe(1);
    clock.advance(TIMES.finalWordMs);
    expect(book.isBusy(P1)).toBe(false);
    expect(one()).toMatchObject({ waiting: 1, running: 0, pilotsNow: 0 });
    expect(touched.at(-1)).toBe(P1);
  });

  it.each([7, 31, 2026])('keeps counts that agree with the tasks, whatever happens (%d)', start => {
    let seed = start;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    let tasks = 0;
    let late: number | null = null;
    const steps: (() => void)[] = [
      () => {
        // Now and then a task is reported after one that waits for its future.
        let task = late ?? tasks++;
        late = late === null && random(5) === 0 ? task : null;
        task = late === null ? task : tasks++;
        const dependsOn = task > 2 ? [random(task), late ?? random(task)] : [];
        const reason = dependsOn.length > 0 && random(2) === 0 ? 'futures' : 'pilot';
        report(submitted(task, { app: `app${random(3)}`, dependsOn, reason }));
      },
      () => tasks > 0 && report(launched(random(tasks), random(30))),
      () => busy(random(2) === 0 ? P1 : P2, random(30), 30 + random(30)),
      () => busy(random(2) === 0 ? P1 : P2),
      () => tasks > 0 && report(done(random(tasks), random(2) === 0 ? P1 : P2)),
      () => tasks > 0 && report({ task: random(tasks), tries: random(4) }),
      () => clock.advance(random(700)),
      () => random(20) === 0 && book.kernelGone([RUN])
    ];
    for (let step = 0; step < 2000; step++) {
      steps[random(steps.length)]();
      if (step % 50 !== 0) {
        continue;
      }
      if (step % 500 === 0) {
        book.dispose();
        book = open();
      }
      const all = list({ limit: 500, states: ['waiting', 'running'] }).tasks;
      for (const pilot of [P1, P2]) {
        const here = all.filter(one => one.state === 'running' && one.pilot === pilot);
        expect(book.appsRunning(pilot).sort()).toEqual(here.map(({ app }) => app).sort());
        expect(new Set(here.map(({ worker }) => worker)).size).toBe(here.length);
      }
      const isUnfinished = (task: number): boolean => all.some(one => one.task === task);
      for (const group of groups.values()) {
        const members: ReturnType<typeof list>['tasks'] = [];
        let cursor: string | null | undefined;
        while (cursor !== null) {
          const page = list({ group: group.group, cursor });
          members.push(...page.tasks);
          cursor = page.cursor;
        }
        const count = (state: string): number => members.filter(t => t.state === state).length;
        expect(group).toMatchObject({
          total: members.length,
          waiting: count('waiting'),
          running: count('running'),
          done: count('done'),
          failed: count('failed'),
          waitingForFutures: members.filter(({ reason }) => reason === 'futures').length,
          futures: new Set(
            members
              .filter(({ reason }) => reason === 'futures')
              .flatMap(({ dependsOn }) => dependsOn.filter(task => isUnfinished(task)))
          ).size,
          retried: members.reduce((sum, { tries }) => sum + Math.max(0, tries - 1), 0),
          pilotsNow: new Set(members.filter(t => t.state === 'running').map(t => t.pilot)).size
        });
      }
    }
  });
});
