import { ManualClock } from '../manualClock.fixture';
import { WaitingPools } from './waitingPools';

/** A submit host that somebody logs in to. */
class Login {
  connected = false;
  readonly listeners = new Set<(connected: boolean) => void>();

  onConnection = (call: (connected: boolean) => void) => {
    this.listeners.add(call);
    return { dispose: () => void this.listeners.delete(call) };
  };

  set(connected: boolean): void {
    this.connected = connected;
    [...this.listeners].forEach(call => call(connected));
  }
}

const room = () => {
  const clock = new ManualClock();
  const turns: string[] = [];
  const waiting = new WaitingPools<string>(clock, pool => void turns.push(pool));
  return { clock, turns, waiting, host: new Login() };
};

it('has each turn once, at the time that was said first', () => {
  const { clock, turns, waiting } = room();
  waiting.after('a', 100);
  waiting.after('a', 10);
  waiting.after('b', 50);
  clock.advance(99);
  expect(turns).toEqual(['b']);
  clock.advance(1);
  expect(turns).toEqual(['b', 'a']);
  clock.advance(1000);
  expect(turns).toHaveLength(2);
});

it('has another turn for what is asked during one', () => {
  const clock = new ManualClock();
  let turns = 0;
  const waiting = new WaitingPools<string>(clock, pool => {
    turns += 1;
    if (turns === 1) {
      waiting.after(pool, 10);
    }
  });
  waiting.after('a', 10);
  clock.advance(20);
  expect(turns).toBe(2);
});

it('has it after a login, once, however often it was told to wait for that', () => {
  const { clock, turns, waiting, host } = room();
  waiting.afterLogin('a', host, 10);
  waiting.afterLogin('a', host, 10);
  waiting.afterLogin('b', host, 10);
  expect(host.listeners.size).toBe(2);
  host.set(false);
  clock.advance(1000);
  expect(turns).toEqual([]);
  host.set(true);
  expect(turns).toEqual([]);
  clock.advance(10);
  expect(turns).toEqual(['a', 'b']);
  expect(host.listeners.size).toBe(0);
  host.set(false);
  host.set(true);
  clock.advance(1000);
  expect(turns).toHaveLength(2);
});

it('waits for no login where there is one', () => {
  const { clock, turns, waiting, host } = room();
  host.connected = true;
  waiting.afterLogin('a', host, 10);
  clock.advance(10);
  expect(turns).toEqual(['a']);
});

it('leaves nothing behind, and takes nothing any more', () => {
  const { clock, turns, waiting, host } = room();
  waiting.after('a', 10);
  waiting.afterLogin('b', host, 10);
  waiting.dispose();
  waiting.after('c', 10);
  waiting.afterLogin('d', host, 10);
  expect([clock.pending, host.listeners.size]).toEqual([0, 0]);
  host.set(true);
  clock.advance(1000);
  expect(turns).toEqual([]);
});
