import { P1, P2, TaskRoom, done, launched, leaveRooms, submitted } from './tasks.fixture';

describe("a pilot's work", () => {
  afterEach(leaveRooms);

  it('knows the longest task of a pilot: one that ran, or that runs by now', () => {
    const room = new TaskRoom();
    expect(room.book.longestMs(P1, 2500)).toBe(0);
    room.report(submitted(0, launched(0, 12)), submitted(1, launched(1, 13)));
    room.busy(P1, 12, 13);
    expect(room.book.longestMs(P1, 2900)).toBe(400);
    room.report({ ...done(0, P1), startedAtMs: 2500, endedAtMs: 4000 });
    room.busy(P1, 13);
    expect(room.book.longestMs(P1, 3000)).toBe(1500);
    expect(room.book.longestMs(P1, 9500)).toBe(7000);
    expect(room.book.longestMs(P2, 9500)).toBe(0);
    room.restart();
    expect(room.book.longestMs(P1, 3000)).toBe(1500);
  });
});
