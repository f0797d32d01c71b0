import { EventEmitter } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { LIMITS } from '../../protocol';
import { ManualClock } from '../manualClock.fixture';
import { Unproven } from './unproven';

/** As much of a socket as is asked of it here. */
class Line extends EventEmitter {
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
  }
  get socket(): TLSSocket {
    return this as unknown as TLSSocket;
  }
}

let clock: ManualClock;
let late: TLSSocket[];
let strangers: Unproven;
beforeEach(() => {
  clock = new ManualClock();
  late = [];
  strangers = new Unproven(clock, socket => void late.push(socket));
});

const come = (from: string): Line | null => {
  if (!strangers.makeRoom()) {
    return null;
  }
  const line = new Line();
  strangers.add(line.socket, from);
  return line;
};

it('a machine that holds all places loses its own, not those of others', () => {
  const agent = come('node-1');
  const flood = Array.from({ length: LIMITS.unprovenConnections - 1 }, () => come('stranger'));
  clock.advance(300);
  for (let count = 0; count < 50; count += 1) {
    expect(come('stranger')).not.toBeNull();
  }
  expect(agent?.destroyed).toBe(false);
  expect(flood.filter(line => line?.destroyed)).toHaveLength(50);
});

it('those that have only just come have their time, and the newest is turned away', () => {
  Array.from({ length: LIMITS.unprovenConnections }, () => come('site'));
  expect(come('site')).toBeNull();
});

it('who does not prove itself in time is told of, who has is not', () => {
  const [one, other] = [come('a'), come('b')];
  if (one === null || other === null) {
    throw new Error('no room');
  }
  strangers.drop(one.socket);
  clock.advance(LIMITS.proveWithinMs);
  expect(late.map(socket => socket === other.socket)).toEqual([true]);
  strangers.dispose();
  expect(clock.pending).toBe(0);
});
