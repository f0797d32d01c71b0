import { TIMES } from '../../protocol';
import { P1, TaskRoom, done, leaveRooms, submitted } from './tasks.fixture';

describe('tasks that are too many', () => {
  afterEach(leaveRooms);

  it('forgets the oldest finished tasks first, and keeps their counts', () => {
    const room = new TaskRoom({ tasks: 3, groups: 10 });
    room.report(...[0, 1, 2, 3, 4].map(task => submitted(task)));
    expect(room.list().total).toBe(5);
    room.report(done(4, P1), done(0, P1), done(1, P1));
    expect(room.list().tasks.map(({ task }) => task)).toEqual([3, 2, 1]);
    expect(room.one()).toMatchObject({ total: 5, done: 3, waiting: 2 });
    room.clock.advance(TIMES.saveEveryMs);
    room.restart();
    expect(room.one()).toMatchObject({ total: 5, done: 3, waiting: 2 });
  });

  it('forgets whole groups when there are too many, but none with something to do', () => {
    const room = new TaskRoom({ tasks: 100, groups: 2 });
    room.report(submitted(0, { app: 'a' }), submitted(1, { app: 'b' }), submitted(2, { app: 'c' }));
    expect(room.groups.size).toBe(3);
    room.report(done(1, P1));
    expect([...room.groups.values()].map(({ app }) => app)).toEqual(['a', 'c']);
    room.clock.advance(TIMES.saveEveryMs);
    expect(room.store.load().groups).toHaveLength(2);
  });
});
