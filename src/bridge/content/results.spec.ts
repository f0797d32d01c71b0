import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTENT_HEADER_BYTES, CONTENT_LIMITS } from '../../protocol';
import { PeerError } from '../tunnels';
import { until } from '../until.fixture';
import {
  Agent,
  ContentRoom,
  descriptors,
  FOLDER,
  hashOf,
  RUN,
  START,
  writeOrder
} from './contents.fixture';

const { pieceBytes, windowBytes } = CONTENT_LIMITS;

const piece = (transfer: number, offset: number, bytes: Buffer): Buffer => {
  const head = Buffer.alloc(CONTENT_HEADER_BYTES);
  head.writeUInt32BE(transfer, 0);
  head.writeBigUInt64BE(BigInt(offset), 4);
  return Buffer.concat([head, bytes]);
};

let room: ContentRoom;
let agent: Agent;
beforeEach(() => {
  room = new ContentRoom();
  agent = new Agent();
});
afterEach(() => room.dispose());

describe('a result', () => {
  const data = randomBytes(windowBytes + 2 * pieceBytes + 7);

  /** Sends it as an agent does, from what the bridge has on. */
  const send = async (by: Agent, transfer: number, to = data.length): Promise<void> => {
    await until('how far it is', () => by.of('content.taken').length > 0);
    let at = by.of('content.taken').at(-1)?.bytes as number;
    while (at < to) {
      const taken = (): number => by.of('content.taken').at(-1)?.bytes as number;
      await until('room', () => at - taken() + pieceBytes <= windowBytes);
      const bytes = data.subarray(at, Math.min(at + pieceBytes, to));
      room.contents.piece(by, piece(transfer, at, bytes));
      at += bytes.length;
    }
    if (to < data.length) {
      await until('all of it written', () => by.of('content.taken').at(-1)?.bytes === to);
    }
  };
  const done = (by: Agent): boolean => by.of('content.taken').some(said => said.done === true);

  it('is there under its name when it is whole', async () => {
    room.contents.write(agent, FOLDER, writeOrder(data, 1));
    await send(agent, 1, data.length - 7);
    expect(room.results()).toEqual(['p1.ab-4.part']);
    room.contents.piece(agent, piece(1, data.length - 7, data.subarray(-7)));
    await until('its end', () => done(agent));
    expect(room.results()).toEqual(['p1.ab-4']);
    expect(readFileSync(join(room.folder, 'results', 'p1.ab-4')).equals(data)).toBe(true);
  });

  it('goes on over another connection, from where it was', async () => {
    room.contents.write(agent, FOLDER, writeOrder(data, 1));
    await send(agent, 1, 3 * pieceBytes);
    room.contents.left(agent);
    const again = new Agent();
    room.contents.write(again, FOLDER, writeOrder(data, 9));
    await until('how far it is', () => again.told.length > 0);
    expect(again.of('content.taken')[0]).toEqual({
      transfer: 9,
      bytes: 3 * pieceBytes,
      done: false
    });
    await send(again, 9);
    await until('its end', () => done(again));
    expect(readFileSync(join(room.folder, 'results', 'p1.ab-4')).equals(data)).toBe(true);
  });

  it('of other bytes is refused, and leaves nothing', async () => {
    room.contents.write(agent, FOLDER, writeOrder(data, 1, { hash: hashOf(Buffer.from('other')) }));
    await send(agent, 1);
    await until('an answer', () => agent.of('content.failed').length === 1);
    expect(agent.of('content.failed')[0].problem).toMatch(/altered/);
    await until('nothing', () => room.results().length === 0);
  });

  it('that cannot be written is refused in words', async () => {
    rmSync(room.folder, { recursive: true });
    room.contents.write(agent, FOLDER, writeOrder(data, 1));
    await until('an answer', () => agent.of('content.failed').length === 1);
    expect(agent.of('content.failed')[0].problem).toMatch(/ENOENT/);
    // What was under way is passed over.
    room.contents.piece(agent, piece(1, 0, data.subarray(0, 10)));
  });

  it('out of turn, or too much at once, cuts its agent', async () => {
    room.contents.write(agent, FOLDER, writeOrder(data, 1));
    expect(() => room.contents.piece(agent, piece(1, 1, data.subarray(1, 10)))).toThrow(PeerError);
    expect(() => {
      for (let at = 0; at < data.length; at += pieceBytes) {
        room.contents.piece(agent, piece(1, at, data.subarray(at, at + pieceBytes)));
      }
    }).toThrow(/at once/);
    room.contents.write(agent, FOLDER, writeOrder(data, 2, { task: 5, size: 10 }));
    expect(() => room.contents.piece(agent, piece(2, 0, data.subarray(0, 11)))).toThrow(PeerError);
    room.contents.startEnded(START, RUN);
    await until('nothing', () => room.results().length === 0);
  });

  it('in smaller pieces than need be cuts its agent', async () => {
    room.contents.write(agent, FOLDER, writeOrder(data, 1));
    const small = (at: number, bytes: number) => (): void =>
      room.contents.piece(agent, piece(1, at, data.subarray(at, at + bytes)));
    expect(small(0, 1)).toThrow(PeerError);
    expect(small(0, pieceBytes - 1)).toThrow(PeerError);
    await send(agent, 1, data.length - 7);
    expect(small(data.length - 7, 6)).toThrow(PeerError);
    small(data.length - 7, 7)();
    await until('its end', () => done(agent));
  });

  it('that nobody sends any more makes room for others', async () => {
    const offer = async (task: number): Promise<Agent> => {
      const by = new Agent();
      room.contents.write(by, FOLDER, writeOrder(data, 1, { task }));
      await until('an answer', () => by.told.length > 0);
      return by;
    };
    const first: Agent[] = [];
    for (let task = 0; task < CONTENT_LIMITS.writes; task += 1) {
      first.push(await offer(task));
      room.contents.left(first[task]);
    }
    const moving = await offer(0);
    expect((await offer(100)).of('content.failed')).toEqual([
      { transfer: 1, problem: expect.stringContaining('results') as string, later: true }
    ]);
    const half = CONTENT_LIMITS.writes / 2;
    await until('room', () => room.results().length === half);
    expect(descriptors(room.folder).length).toBe(half);
    const longest = first.slice(1, half + 1);
    expect(longest.map(by => by.of('content.failed')[0].later)).toEqual(longest.map(() => true));
    expect((await offer(100)).of('content.taken').length).toBe(1);
    await send(moving, 1);
    await until('its end', () => done(moving));
    // One that was taken for dead begins anew.
    const again = await offer(1);
    expect(again.of('content.taken')[0].bytes).toBe(0);
    room.contents.startEnded(START, RUN);
    await until('nothing', () => descriptors(room.folder).length === 0);
    expect(room.errors).toEqual([]);
  });

  it('of other bytes takes the place of the one before', async () => {
    room.contents.write(agent, FOLDER, writeOrder(data, 1, { hash: hashOf(Buffer.from('other')) }));
    await send(agent, 1, pieceBytes);
    const again = new Agent();
    room.contents.write(again, FOLDER, writeOrder(data, 2));
    await send(again, 2);
    await until('its end', () => done(again));
    expect(again.of('content.failed')).toEqual([]);
    expect(room.results()).toEqual(['p1.ab-4']);
  });

  it('that cannot be closed or removed harms no other', async () => {
    room.contents.write(agent, FOLDER, writeOrder(data, 1));
    await send(agent, 1, pieceBytes);
    const part = join(room.folder, 'results', 'p1.ab-4.part');
    descriptors(part).forEach(closeSync);
    room.contents.write(agent, FOLDER, writeOrder(data, 2, { hash: hashOf(Buffer.from('other')) }));
    await until('its words', () => room.errors.length === 1);
    await until('the next one', () => agent.of('content.taken').at(-1)?.transfer === 2);
    rmSync(part);
    mkdirSync(part);
    room.contents.startEnded(START, null);
    await until('its words', () => room.errors.length === 2);
    expect(room.errors).toEqual(['content.part', 'content.part']);
  });

  it('whose worker has died leaves nothing', async () => {
    room.contents.write(agent, FOLDER, writeOrder(data, 1));
    await send(agent, 1, pieceBytes);
    room.contents.dropped(agent, 1);
    room.contents.dropped(agent, 2);
    room.contents.piece(agent, piece(1, pieceBytes, data.subarray(pieceBytes, 2 * pieceBytes)));
    await until('nothing', () => room.results().length === 0);
    expect(room.errors).toEqual([]);
  });

  it('that a worker of this machine has half written goes with its pool', async () => {
    const written = ['p1.ab-9.part', 'p1.ab-9', 'p1.abc-9.part', 'p1.ab-9-9.part', 'p1.ab-.part'];
    written.forEach(name => writeFileSync(join(room.folder, 'results', name), ''));
    room.contents.startEnded(START, null);
    room.contents.startEnded(START, RUN);
    await until('its end', () => room.results().length < written.length);
    expect(room.results().sort()).toEqual(written.slice(1).sort());
  });

  it('that is half there goes with its pool', async () => {
    room.contents.write(agent, FOLDER, writeOrder(data, 1));
    await send(agent, 1, pieceBytes);
    room.contents.startEnded(START, RUN);
    await until('nothing', () => room.results().length === 0);
    room.contents.piece(agent, piece(1, pieceBytes, data.subarray(0, 5)));
    expect(room.errors).toEqual([]);
  });
});
