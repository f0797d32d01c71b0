import { randomBytes } from 'node:crypto';
import { closeSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTENT_LIMITS } from '../../protocol';
import { PeerError } from '../tunnels';
import { until } from '../until.fixture';
import {
  Agent,
  ContentRoom,
  descriptors,
  FOLDER,
  hashOf,
  readOrder,
  writeOrder
} from './contents.fixture';

const { pieceBytes } = CONTENT_LIMITS;

let room: ContentRoom;
let agent: Agent;
beforeEach(() => {
  room = new ContentRoom();
  agent = new Agent();
});
afterEach(() => room.dispose());

describe('an argument', () => {
  const data = randomBytes(3 * pieceBytes + 5);
  beforeEach(() => writeFileSync(join(room.folder, hashOf(data)), data));

  it('is read piece by piece, from anywhere', async () => {
    for (let offset = 0; offset < data.length; offset += pieceBytes) {
      const bytes = Math.min(pieceBytes, data.length - offset);
      room.contents.read(agent, FOLDER, readOrder(data, offset, bytes));
    }
    room.contents.read(agent, FOLDER, readOrder(data, 7, 9, 2));
    await until('all', () => agent.pieces.length === 5);
    const whole = Buffer.concat(agent.pieces.slice(0, 4).map(({ bytes }) => bytes));
    expect(whole.equals(data)).toBe(true);
    const { transfer, offset, bytes } = agent.pieces[4];
    expect([transfer, offset, bytes.equals(data.subarray(7, 16))]).toEqual([2, 7, true]);
  });

  it('does not pile up before a pilot that does not read', async () => {
    let go: (open: boolean) => void = () => undefined;
    agent.open = new Promise(resolve => (go = resolve));
    for (let turn = 0; turn < CONTENT_LIMITS.reads; turn += 1) {
      room.contents.read(agent, FOLDER, readOrder(data, 0, pieceBytes));
    }
    expect(() => room.contents.read(agent, FOLDER, readOrder(data, 0, 1))).toThrow(PeerError);
    await until('a piece under way', () => agent.most === 1);
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(agent.most).toBe(1);
    go(true);
    await until('all', () => agent.pieces.length === CONTENT_LIMITS.reads);
    expect(agent.most).toBe(1);
  });

  it('stays what it is while it leaves, whatever the next is', async () => {
    let go: (open: boolean) => void = () => undefined;
    agent.open = new Promise(resolve => (go = resolve));
    room.contents.read(agent, FOLDER, readOrder(data, 0, 10, 1));
    room.contents.read(agent, FOLDER, readOrder(data, data.length, 10, 2));
    room.contents.read(agent, FOLDER, readOrder(data, 20, 10, 3));
    await new Promise(resolve => setTimeout(resolve, 50));
    go(true);
    await until('all', () => agent.pieces.length === 2);
    expect(agent.pieces.map(({ transfer }) => transfer)).toEqual([1, 3]);
    expect(agent.pieces[0].bytes.equals(data.subarray(0, 10))).toBe(true);
    expect(agent.of('content.failed').map(({ transfer }) => transfer)).toEqual([2]);
  });

  it('goes on where more of it is asked for while its last piece leaves', async () => {
    let go: (open: boolean) => void = () => undefined;
    agent.open = new Promise(resolve => (go = resolve));
    room.contents.read(agent, FOLDER, readOrder(data, 0, 10, 1));
    await until('a piece under way', () => agent.most === 1);
    await new Promise(resolve => setTimeout(resolve, 50));
    room.contents.read(agent, FOLDER, readOrder(data, 10, 10, 2));
    go(true);
    await until('both', () => agent.pieces.length === 2);
    expect(agent.pieces.map(({ transfer }) => transfer)).toEqual([1, 2]);
    expect(agent.pieces[1].bytes.equals(data.subarray(10, 20))).toBe(true);
    await until('it is closed', () => descriptors(room.folder).length === 0);
  });

  it('whose file cannot be closed harms nobody, and the log says so', async () => {
    let go: (open: boolean) => void = () => undefined;
    agent.open = new Promise(resolve => (go = resolve));
    room.contents.read(agent, FOLDER, readOrder(data, 0, 10));
    // It waits for the first, with the file open.
    room.contents.read(agent, FOLDER, readOrder(data, 10, 10));
    await until('a piece under way', () => agent.most === 1);
    descriptors(room.folder).forEach(closeSync);
    go(true);
    await until('its words', () => room.errors.length > 0);
    expect(room.errors).toEqual(['content.close']);
    room.contents.read(agent, FOLDER, readOrder(data, 20, 10, 9));
    await until('another', () => agent.pieces.some(({ transfer }) => transfer === 9));
  });

  it('is nobody’s whose connection has gone', async () => {
    agent.open = Promise.resolve(false);
    room.contents.read(agent, FOLDER, readOrder(data, 0, 10));
    room.contents.read(agent, FOLDER, readOrder(data, 0, 10));
    room.contents.left(agent);
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(agent.pieces.length).toBeLessThan(2);
  });

  it.each([
    ['is not there', readOrder(Buffer.from('none'), 0, 1), 'ENOENT'],
    ['is shorter', readOrder(data, data.length - 3, 4), 'ends at byte']
  ])('that %s is refused in words', async (_, order, words) => {
    room.contents.read(agent, FOLDER, order);
    await until('an answer', () => agent.told.length === 1);
    expect(agent.of('content.failed')).toEqual([
      { transfer: 1, problem: expect.stringContaining(words) as string, later: false }
    ]);
  });

  it('is no link to another file', async () => {
    const other = Buffer.from('other');
    symlinkSync('/etc/passwd', join(room.folder, hashOf(other)));
    room.contents.read(agent, FOLDER, readOrder(other, 0, 4));
    await until('an answer', () => agent.told.length === 1);
    expect(agent.pieces).toEqual([]);
  });

  it.each([
    [{ kind: 'none', problem: 'not lent' }, false],
    [{ kind: 'later', problem: 'not yet' }, true]
  ] as const)('of a pool that %o is not given', (place, later) => {
    room.contents.read(agent, place, readOrder(data, 0, 4));
    room.contents.write(agent, place, writeOrder(data, 2));
    expect(agent.of('content.failed')).toEqual([
      { transfer: 1, problem: place.problem, later },
      { transfer: 2, problem: place.problem, later }
    ]);
  });
});
