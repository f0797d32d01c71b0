import { TaskReport, TIMES, type Result } from '../../protocol';
import {
  CELL,
  P1,
  P2,
  RUN,
  TaskRoom,
  done,
  launched,
  leaveRooms,
  submitted
} from './tasks.fixture';

describe('groups of tasks', () => {
  afterEach(leaveRooms);

  it('says for which groups a group waits, until they are done', () => {
    const room = new TaskRoom();
    room.report(
      submitted(0),
      submitted(1),
      submitted(2, { app: 'mean', reason: 'futures', dependsOn: [0, 1] }),
      submitted(3, { app: 'mean', reason: 'futures', dependsOn: [2] })
    );
    const [pi, mean] = [...room.groups.values()];
    expect(pi.app).toBe('pi');
    expect(mean).toMatchObject({ waiting: 2, waitingForFutures: 2, waitsFor: [pi.group] });
    room.report(done(0, P1), done(1, P1), { task: 2, reason: 'pilot' });
    expect(room.groups.get(mean.group)).toMatchObject({
      waiting: 2,
      waitingForFutures: 1,
      waitsFor: []
    });
  });

  it('counts what came from memory, failed, and why the newest failed', () => {
    const room = new TaskRoom();
    room.report(submitted(0), submitted(1), submitted(2));
    room.report(
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
    expect(room.one()).toMatchObject({
      done: 1,
      fromMemory: 1,
      failed: 2,
      retried: 0,
      error: { type: 'ValueError', message: 'no' }
    });
    const failed = room.list({ states: ['failed'] });
    expect(failed.total).toBe(2);
    expect(failed.tasks[0]).toMatchObject({ reason: 'dependency', failedInput: 1, error: null });
    expect(failed.tasks[1]).toMatchObject({
      error: { type: 'ValueError', message: 'no', traceback: 'line 1' },
      printed: 'said this'
    });
    room.clock.advance(TIMES.saveEveryMs);
    expect(room.list({ states: ['failed'] })).toEqual(failed);
  });

  it('has a group for what no cell made, and one for each execution', () => {
    const room = new TaskRoom();
    room.report(submitted(0), submitted(1, { cell: null }), submitted(2, { cell: undefined }));
    room.book.report(
      TaskReport.parse({
        run: RUN,
        cells: [{ ...CELL, messageId: 'm2', executionCount: 4 }],
        tasks: [submitted(3)]
      }),
      7
    );
    expect([...room.groups.values()].map(({ cell, total }) => [cell?.messageId, total])).toEqual([
      ['m1', 1],
      [undefined, 2],
      ['m2', 1]
    ]);
  });

  it.each([7, 31, 2026])('keeps counts that agree with the tasks, whatever happens (%d)', start => {
    const room = new TaskRoom();
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
        room.report(submitted(task, { app: `app${random(3)}`, dependsOn, reason }));
      },
      () => tasks > 0 && room.report(launched(random(tasks), random(30))),
      () => room.busy(random(2) === 0 ? P1 : P2, random(30), 30 + random(30)),
      () => room.busy(random(2) === 0 ? P1 : P2),
      () => tasks > 0 && room.report(done(random(tasks), random(2) === 0 ? P1 : P2)),
      () => tasks > 0 && room.report({ task: random(tasks), tries: random(4) }),
      () => room.clock.advance(random(700)),
      () => random(20) === 0 && room.book.kernelGone([RUN])
    ];
    for (let step = 0; step < 2000; step++) {
      steps[random(steps.length)]();
      if (step % 50 !== 0) {
        continue;
      }
      if (step % 500 === 0) {
        room.restart();
      }
      const all = room.list({ limit: 500, states: ['waiting', 'running'] }).tasks;
      for (const pilot of [P1, P2]) {
        const here = all.filter(one => one.state === 'running' && one.pilot === pilot);
        expect(room.book.appsRunning(pilot).sort()).toEqual(here.map(({ app }) => app).sort());
        expect(new Set(here.map(({ worker }) => worker)).size).toBe(here.length);
      }
      const isUnfinished = (task: number): boolean => all.some(one => one.task === task);
      for (const group of room.groups.values()) {
        const members: Result<'tasks.list'>['tasks'] = [];
        let cursor: string | null | undefined;
        while (cursor !== null) {
          const page = room.list({ group: group.group, cursor });
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
