import { TIMES } from '../../protocol';
import { TaskRoom, leaveRooms, submitted } from './tasks.fixture';

describe('saving tasks', () => {
  afterEach(leaveRooms);

  it('tries again to write what the disk did not take', () => {
    const room = new TaskRoom();
    room.store.full = true;
    room.report(submitted(0));
    room.clock.advance(TIMES.saveEveryMs * 3);
    expect(room.store.load().tasks).toEqual([]);
    expect(room.warnings.length).toBeGreaterThan(1);
    room.store.full = false;
    room.clock.advance(TIMES.saveEveryMs);
    expect(room.store.load().tasks).toHaveLength(1);
  });
});
