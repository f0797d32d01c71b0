import { P1, P2, TaskRoom, done, leaveRooms, submitted } from './tasks.fixture';

describe('the list of tasks', () => {
  afterEach(leaveRooms);

  it('lists newest first, page by page, by group, pilot, run and state', () => {
    const room = new TaskRoom();
    room.report(...Array.from({ length: 7 }, (_, task) => submitted(task)));
    room.report(done(3, P1), done(4, P2));
    const first = room.list({ limit: 3 });
    expect(first.tasks.map(({ task }) => task)).toEqual([6, 5, 4]);
    expect(first.total).toBe(7);
    const second = room.list({ limit: 3, cursor: first.cursor });
    const third = room.list({ limit: 3, cursor: second.cursor });
    expect([...second.tasks, ...third.tasks].map(({ task }) => task)).toEqual([3, 2, 1, 0]);
    expect(third.cursor).toBeNull();
    expect(room.list({ pilot: P2 }).tasks.map(({ task }) => task)).toEqual([4]);
    expect(room.list({ states: ['done'], group: room.one().group }).total).toBe(2);
    expect(room.list({ run: 'another' })).toEqual({ tasks: [], cursor: null, total: 0 });
    expect(room.list({ group: 'none' })).toEqual({ tasks: [], cursor: null, total: 0 });
    expect(() => room.list({ cursor: 'x' })).toThrow('cursor');
  });
});
