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

const PORT = {};
const come = (from: string, by: object = PORT): Line | null => {
  if (!strangers.makeRoom({ from, by })) {
    return null;
  }
  const line = new Line();
  strangers.add(line.socket, { from, by });
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

it('a relay that makes up where its workers come from keeps out none but its own', () => {
  const [relay, other] = [{}, {}];
  const agents = [come('node-1'), come('127.0.0.1'), come('node-1', other)];
  const flood = Array.from({ length: LIMITS.unprovenConnections - 3 }, (_, n) =>
    come(`10.0.${n >> 8}.${n % 256}`, relay)
  );
  // All of them have only just come: its own wait, others' do not.
  expect(come('10.1.1.1', relay)).toBeNull();
  expect(come('node-1')).not.toBeNull();
  expect(come('node-2', other)).not.toBeNull();
  clock.advance(300);
  for (let count = 0; count < 50; count += 1) {
    expect(come(`10.2.0.${count}`, relay)).not.toBeNull();
  }
  expect(agents.map(line => line?.destroyed)).toEqual([false, false, false]);
  expect(flood.filter(line => line?.destroyed)).toHaveLength(52);
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
