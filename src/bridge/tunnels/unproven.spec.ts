import { EventEmitter } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { LIMITS } from '../../protocol';
import { ManualClock } from '../manualClock.fixture';
import { machineOf, Unproven } from './unproven';

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
  if (!strangers.makeRoom(from)) {
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

it('a machine that fills all places within a moment keeps no other out', () => {
  const flood = Array.from({ length: LIMITS.unprovenConnections }, (_, n) =>
    come(`127.0.${n % 256}.${1 + (n >> 8)}`)
  );
  expect(come('127.0.0.77')).toBeNull();
  expect(come('10.0.0.1')).not.toBeNull();
  expect(flood.filter(line => line?.destroyed)).toHaveLength(1);
});

it.each([
  ['10.0.0.1', '10.0.0.1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['127.9.8.7', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::1', 'loopback'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::7', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['1::', '1:0:0:0'],
  ['', '']
])('%p counts as %p', (address, machine) => {
  expect(machineOf(address)).toBe(machine);
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
