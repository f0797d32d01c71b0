import { TIMES } from '../../protocol';
import { P1, P2, RUN, TaskRoom, done, launched, leaveRooms, submitted } from './tasks.fixture';

describe('the book of tasks after a restart of the bridge', () => {
  afterEach(leaveRooms);

  it('shows the same', () => {
    const room = new TaskRoom();
    room.report(
      submitted(0, launched(0, 12)),
      submitted(1, { app: 'mean', reason: 'futures', dependsOn: [0, 2] }),
      submitted(2),
      submitted(3, launched(3, 15)),
      submitted(4)
    );
    room.busy(P1, 12);
    room.report(done(3, P2), {
      task: 4,
      state: 'failed',
      reason: 'exception',
      error: { type: 'E', message: 'm', traceback: 't' },
      printed: 'p'
    });
    const [shown, listed] = [room.groups, room.list()];
    room.restart();
    expect(room.groups).toEqual(shown);
    expect(room.list()).toEqual(listed);
    expect(room.book.ran(P2)).toBe(1);
    expect(room.book.appsRunning(P1)).toEqual(['pi']);
    expect(room.warnings).toEqual([]);
  });

  it('goes on with what agents and kernels say', () => {
    const room = new TaskRoom();
    room.report(submitted(0, launched(0, 12)), submitted(1, launched(1, 13)));
    room.busy(P1, 12, 13);
    room.restart();
    room.busy(P1, 13);
    room.clock.advance(TIMES.finalWordMs);
    expect(room.one()).toMatchObject({ running: 1, waiting: 1 });
    room.report(done(1, P1), submitted(2));
    expect(room.one()).toMatchObject({ total: 3, running: 0, done: 1 });
    expect(room.list().tasks.map(({ task }) => task)).toEqual([2, 1, 0]);
    room.clock.advance(TIMES.reunionMs);
    expect(room.one().kernelGone).toBe(false);
  });

  it('says after a while that a kernel did not come back', () => {
    const room = new TaskRoom();
    room.report(submitted(0, launched(0, 12)));
    room.busy(P1, 12);
    room.restart();
    expect(room.one()).toMatchObject({ running: 1, kernelGone: false });
    room.clock.advance(TIMES.reunionMs);
    expect(room.one()).toMatchObject({ running: 0, waiting: 1, kernelGone: true });
    expect(room.book.appsRunning(P1)).toEqual([]);
  });

  it('passes over what it cannot read, and says so', () => {
    const room = new TaskRoom();
    room.report(submitted(0), submitted(1));
    room.clock.advance(TIMES.saveEveryMs);
    room.store.damage(RUN, 1);
    room.restart();
    expect(room.one().total).toBe(1);
    expect(room.warnings).toEqual([expect.stringContaining('tasks_unreadable')]);
  });
});
