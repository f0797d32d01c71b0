import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CONTENT_HEADER_BYTES,
  CONTENT_LIMITS,
  ContentHash,
  FRAME_HEADER_BYTES,
  PilotId,
  PoolStartId,
  RunFolderName
} from '../../protocol';
import { PeerError } from '../tunnels';
import { Contents, type Place } from '.';
import { readPiece } from './pieces';
import type { Peer, ReadOrder, WriteOrder } from './tokens';

const RUN = RunFolderName.parse(`1795306772-${process.pid}-x-0123456789abcdef`);
const START = PoolStartId.parse('p1.ab');
const FOLDER: Place = { kind: 'folder', run: RUN };
const { pieceBytes, windowBytes } = CONTENT_LIMITS;

/** An agent that keeps what it is told; its connection takes pieces only when it is `open`. */
class Agent implements Peer {
  readonly pilot = PilotId.parse('p1');
  readonly told: { method: string; params: Record<string, unknown> }[] = [];
  readonly pieces: { transfer: number; offset: number; bytes: Buffer }[] = [];
  open: Promise<boolean> = Promise.resolve(true);
  most = 0;
  private _under = 0;

  readonly content = {
    piece: async (frame: Buffer): Promise<boolean> => {
      this._under += 1;
      this.most = Math.max(this.most, this._under);
      const went = await this.open;
      this._under -= 1;
      const piece = readPiece(frame.subarray(FRAME_HEADER_BYTES));
      this.pieces.push({ ...piece, bytes: Buffer.from(piece.bytes) });
      return went;
    }
  };

  send(method: string, params: unknown): void {
    this.told.push({ method, params: params as Record<string, unknown> });
  }

  of(method: string): Record<string, unknown>[] {
    return this.told.filter(told => told.method === method).map(({ params }) => params);
  }
}

const hashOf = (data: Buffer): ContentHash =>
  ContentHash.parse(createHash('sha256').update(data).digest('hex'));

const read = (data: Buffer, offset: number, bytes: number, transfer = 1): ReadOrder => ({
  transfer,
  start: START,
  hash: hashOf(data),
  offset,
  bytes
});

const write = (data: Buffer, transfer: number, more: Partial<WriteOrder> = {}): WriteOrder => ({
  transfer,
  start: START,
  task: 4,
  hash: hashOf(data),
  size: data.length,
  ...more
});

const piece = (transfer: number, offset: number, bytes: Buffer): Buffer => {
  const head = Buffer.alloc(CONTENT_HEADER_BYTES);
  head.writeUInt32BE(transfer, 0);
  head.writeBigUInt64BE(BigInt(offset), 4);
  return Buffer.concat([head, bytes]);
};

async function until(what: string, look: () => boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!look()) {
    if (Date.now() > end) {
      throw new Error(`waited in vain for: ${what}`);
    }
    await new Promise(resolve => setTimeout(resolve, 2));
  }
}

/** This process's descriptors of files in a folder. */
const descriptors = (folder: string): number[] =>
  readdirSync('/proc/self/fd')
    .filter(name => {
      try {
        return readlinkSync(join('/proc/self/fd', name)).startsWith(folder);
      } catch {
        return false; // The one of this very listing is closed by now.
      }
    })
    .map(Number);

let state: string;
let contents: Contents;
let agent: Agent;
const errors: string[] = [];
const folder = (): string => join(state, 'runs', RUN, 'content');
const results = (): string[] => readdirSync(join(folder(), 'results'));

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'ph-'));
  mkdirSync(join(folder(), 'results'), { recursive: true });
  errors.length = 0;
  agent = new Agent();
  contents = new Contents({
    folders: { state, runtime: state },
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: event => void errors.push(event)
    }
  });
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

describe('an argument', () => {
  const data = randomBytes(3 * pieceBytes + 5);
  beforeEach(() => writeFileSync(join(folder(), hashOf(data)), data));

  it('is read piece by piece, from anywhere', async () => {
    for (let offset = 0; offset < data.length; offset += pieceBytes) {
      const bytes = Math.min(pieceBytes, data.length - offset);
      contents.read(agent, FOLDER, read(data, offset, bytes));
    }
    contents.read(agent, FOLDER, read(data, 7, 9, 2));
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
      contents.read(agent, FOLDER, read(data, 0, pieceBytes));
    }
    expect(() => contents.read(agent, FOLDER, read(data, 0, 1))).toThrow(PeerError);
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
    contents.read(agent, FOLDER, read(data, 0, 10, 1));
    contents.read(agent, FOLDER, read(data, data.length, 10, 2));
    contents.read(agent, FOLDER, read(data, 20, 10, 3));
    await new Promise(resolve => setTimeout(resolve, 50));
    go(true);
    await until('all', () => agent.pieces.length === 2);
    expect(agent.pieces.map(({ transfer }) => transfer)).toEqual([1, 3]);
    expect(agent.pieces[0].bytes.equals(data.subarray(0, 10))).toBe(true);
    expect(agent.of('content.failed').map(({ transfer }) => transfer)).toEqual([2]);
  });

  it('whose file cannot be closed harms nobody, and the log says so', async () => {
    let go: (open: boolean) => void = () => undefined;
    agent.open = new Promise(resolve => (go = resolve));
    contents.read(agent, FOLDER, read(data, 0, 10));
    // It waits for the first, with the file open.
    contents.read(agent, FOLDER, read(data, 10, 10));
    await until('a piece under way', () => agent.most === 1);
    descriptors(folder()).forEach(closeSync);
    go(true);
    await until('its words', () => errors.length > 0);
    expect(errors).toEqual(['content.close']);
    contents.read(agent, FOLDER, read(data, 20, 10, 9));
    await until('another', () => agent.pieces.some(({ transfer }) => transfer === 9));
  });

  it('is nobody’s whose connection has gone', async () => {
    agent.open = Promise.resolve(false);
    contents.read(agent, FOLDER, read(data, 0, 10));
    contents.read(agent, FOLDER, read(data, 0, 10));
    contents.left(agent);
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(agent.pieces.length).toBeLessThan(2);
  });

  it.each([
    ['is not there', read(Buffer.from('none'), 0, 1), 'ENOENT'],
    ['is shorter', read(data, data.length - 3, 4), 'ends at byte']
  ])('that %s is refused in words', async (_, order, words) => {
    contents.read(agent, FOLDER, order);
    await until('an answer', () => agent.told.length === 1);
    expect(agent.of('content.failed')).toEqual([
      { transfer: 1, problem: expect.stringContaining(words) as string, later: false }
    ]);
  });

  it('is no link to another file', async () => {
    const other = Buffer.from('other');
    symlinkSync('/etc/passwd', join(folder(), hashOf(other)));
    contents.read(agent, FOLDER, read(other, 0, 4));
    await until('an answer', () => agent.told.length === 1);
    expect(agent.pieces).toEqual([]);
  });

  it.each([
    [{ kind: 'none', problem: 'not lent' }, false],
    [{ kind: 'later', problem: 'not yet' }, true]
  ] as const)('of a pool that %o is not given', (place, later) => {
    contents.read(agent, place, read(data, 0, 4));
    contents.write(agent, place, write(data, 2));
    expect(agent.of('content.failed')).toEqual([
      { transfer: 1, problem: place.problem, later },
      { transfer: 2, problem: place.problem, later }
    ]);
  });
});

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
      contents.piece(by, piece(transfer, at, bytes));
      at += bytes.length;
    }
    if (to < data.length) {
      await until('all of it written', () => by.of('content.taken').at(-1)?.bytes === to);
    }
  };
  const done = (by: Agent): boolean => by.of('content.taken').some(said => said.done === true);

  it('is there under its name when it is whole', async () => {
    contents.write(agent, FOLDER, write(data, 1));
    await send(agent, 1, data.length - 7);
    expect(results()).toEqual(['p1.ab-4.part']);
    contents.piece(agent, piece(1, data.length - 7, data.subarray(-7)));
    await until('its end', () => done(agent));
    expect(results()).toEqual(['p1.ab-4']);
    expect(readFileSync(join(folder(), 'results', 'p1.ab-4')).equals(data)).toBe(true);
  });

  it('goes on over another connection, from where it was', async () => {
    contents.write(agent, FOLDER, write(data, 1));
    await send(agent, 1, 3 * pieceBytes);
    contents.left(agent);
    const again = new Agent();
    contents.write(again, FOLDER, write(data, 9));
    await until('how far it is', () => again.told.length > 0);
    expect(again.of('content.taken')[0]).toEqual({
      transfer: 9,
      bytes: 3 * pieceBytes,
      done: false
    });
    await send(again, 9);
    await until('its end', () => done(again));
    expect(readFileSync(join(folder(), 'results', 'p1.ab-4')).equals(data)).toBe(true);
  });

  it('of other bytes is refused, and leaves nothing', async () => {
    contents.write(agent, FOLDER, write(data, 1, { hash: hashOf(Buffer.from('other')) }));
    await send(agent, 1);
    await until('an answer', () => agent.of('content.failed').length === 1);
    expect(agent.of('content.failed')[0].problem).toMatch(/altered/);
    await until('nothing', () => results().length === 0);
  });

  it('that cannot be written is refused in words', async () => {
    rmSync(folder(), { recursive: true });
    contents.write(agent, FOLDER, write(data, 1));
    await until('an answer', () => agent.of('content.failed').length === 1);
    expect(agent.of('content.failed')[0].problem).toMatch(/ENOENT/);
    // What was under way is passed over.
    contents.piece(agent, piece(1, 0, data.subarray(0, 10)));
  });

  it('out of turn, or too much at once, cuts its agent', async () => {
    contents.write(agent, FOLDER, write(data, 1));
    expect(() => contents.piece(agent, piece(1, 1, data.subarray(1, 10)))).toThrow(PeerError);
    expect(() => {
      for (let at = 0; at < data.length; at += pieceBytes) {
        contents.piece(agent, piece(1, at, data.subarray(at, at + pieceBytes)));
      }
    }).toThrow(/at once/);
    contents.write(agent, FOLDER, write(data, 2, { task: 5, size: 10 }));
    expect(() => contents.piece(agent, piece(2, 0, data.subarray(0, 11)))).toThrow(PeerError);
    contents.startEnded(START);
    await until('nothing', () => results().length === 0);
  });

  it('in smaller pieces than need be cuts its agent', async () => {
    contents.write(agent, FOLDER, write(data, 1));
    const small = (at: number, bytes: number) => (): void =>
      contents.piece(agent, piece(1, at, data.subarray(at, at + bytes)));
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
      contents.write(by, FOLDER, write(data, 1, { task }));
      await until('an answer', () => by.told.length > 0);
      return by;
    };
    const first: Agent[] = [];
    for (let task = 0; task < CONTENT_LIMITS.writes; task += 1) {
      first.push(await offer(task));
      contents.left(first[task]);
    }
    const moving = await offer(0);
    expect((await offer(100)).of('content.failed')).toEqual([
      { transfer: 1, problem: expect.stringContaining('results') as string, later: true }
    ]);
    const half = CONTENT_LIMITS.writes / 2;
    await until('room', () => results().length === half);
    expect(descriptors(folder()).length).toBe(half);
    const longest = first.slice(1, half + 1);
    expect(longest.map(by => by.of('content.failed')[0].later)).toEqual(longest.map(() => true));
    expect((await offer(100)).of('content.taken').length).toBe(1);
    await send(moving, 1);
    await until('its end', () => done(moving));
    // One that was taken for dead begins anew.
    const again = await offer(1);
    expect(again.of('content.taken')[0].bytes).toBe(0);
    contents.startEnded(START);
    await until('nothing', () => descriptors(folder()).length === 0);
    expect(errors).toEqual([]);
  });

  it('of other bytes takes the place of the one before', async () => {
    contents.write(agent, FOLDER, write(data, 1, { hash: hashOf(Buffer.from('other')) }));
    await send(agent, 1, pieceBytes);
    const again = new Agent();
    contents.write(again, FOLDER, write(data, 2));
    await send(again, 2);
    await until('its end', () => done(again));
    expect(again.of('content.failed')).toEqual([]);
    expect(results()).toEqual(['p1.ab-4']);
  });

  it('that cannot be closed or removed harms no other', async () => {
    contents.write(agent, FOLDER, write(data, 1));
    await send(agent, 1, pieceBytes);
    const part = join(folder(), 'results', 'p1.ab-4.part');
    descriptors(part).forEach(closeSync);
    contents.write(agent, FOLDER, write(data, 2, { hash: hashOf(Buffer.from('other')) }));
    await until('its words', () => errors.length === 1);
    await until('the next one', () => agent.of('content.taken').at(-1)?.transfer === 2);
    rmSync(part);
    mkdirSync(part);
    contents.startEnded(START);
    await until('its words', () => errors.length === 2);
    expect(errors).toEqual(['content.part', 'content.part']);
  });

  it('that is half there goes with its pool', async () => {
    contents.write(agent, FOLDER, write(data, 1));
    await send(agent, 1, pieceBytes);
    contents.startEnded(START);
    await until('nothing', () => results().length === 0);
    contents.piece(agent, piece(1, pieceBytes, data.subarray(0, 5)));
    expect(errors).toEqual([]);
  });
});

it('what a kernel leaves goes with it, and what one left goes at the next start', async () => {
  const gone = RunFolderName.parse('1795306772-4194303-x-0123456789abcdef');
  mkdirSync(join(state, 'runs', gone, 'content'), { recursive: true });
  writeFileSync(join(state, 'runs', gone, 'home.log'), 'kept');
  mkdirSync(join(state, 'runs', 'other'));
  await contents.clean();
  expect(existsSync(folder())).toBe(true);
  expect(readdirSync(join(state, 'runs', gone))).toEqual(['home.log']);
  contents.kernelGone(RUN);
  await until('its end', () => !existsSync(folder()));
  expect(errors).toEqual([]);
});

it('no bytes do anything else than be a piece or be refused', () => {
  for (let turn = 0; turn < 5000; turn += 1) {
    const content = randomBytes(turn % 40);
    let found: ReturnType<typeof readPiece>;
    try {
      found = readPiece(content);
    } catch (error) {
      expect(error).toBeInstanceOf(PeerError);
      continue;
    }
    expect(found.bytes.length).toBe(content.length - CONTENT_HEADER_BYTES);
    expect(found.offset).toBeLessThanOrEqual(CONTENT_LIMITS.contentBytes);
  }
  expect(() => readPiece(Buffer.alloc(CONTENT_HEADER_BYTES + pieceBytes + 1))).toThrow(PeerError);
});
