import { PassThrough, Writable, type Duplex } from 'node:stream';
import { RELAY_LIMITS, RelayFrame } from '../../../protocol';
import { ManualClock } from '../../manualClock.fixture';
import { Carrier } from './carrier';
import { RelayDecoder, relayHeader, type IRelayFrame } from './relayFrames';

let clock: ManualClock;
let input: PassThrough;
let sent: IRelayFrame[];
let accepted: Duplex[];
let why: string[];
let carrier: Carrier;
let isClosed: boolean;

beforeEach(() => {
  clock = new ManualClock();
  input = new PassThrough();
  const output = new PassThrough();
  const decoder = new RelayDecoder();
  sent = [];
  accepted = [];
  why = [];
  isClosed = false;
  output.on('data', (bytes: Buffer) => sent.push(...decoder.push(Buffer.from(bytes))));
  carrier = new Carrier(
    clock,
    { input, output, close: () => (isClosed = true) },
    { accept: connection => void accepted.push(connection) },
    { ready: () => undefined, ended: words => void why.push(words) }
  );
});
afterEach(() => carrier.dispose());

const frame = (connection: number, kind: number, content: Buffer | string = ''): Buffer => {
  const bytes = Buffer.from(content);
  return Buffer.concat([relayHeader(connection, kind as RelayFrame, bytes.length), bytes]);
};
const count = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
const OPEN = frame(1, RelayFrame.open, '10.0.0.1');

it.each<[string, Buffer]>([
  ['an unknown kind', frame(1, 9)],
  ['more than a frame', relayHeader(1, RelayFrame.bytes, RELAY_LIMITS.frameBytes + 1)],
  ['a ready that is none', frame(0, RelayFrame.ready, '{"port": 0}')],
  ['a ready that is no JSON', frame(0, RelayFrame.ready, '{')],
  ['a connection twice', Buffer.concat([OPEN, OPEN])],
  ['a taken of another size', Buffer.concat([OPEN, frame(1, RelayFrame.taken, 'x')])],
  ['more taken than sent', Buffer.concat([OPEN, frame(1, RelayFrame.taken, count(1))])],
  [
    'more than a window',
    Buffer.concat([
      OPEN,
      ...Array.from({ length: RELAY_LIMITS.windowBytes / RELAY_LIMITS.frameBytes + 2 }, () =>
        frame(1, RelayFrame.bytes, Buffer.alloc(RELAY_LIMITS.frameBytes))
      )
    ])
  ]
])('a relay that says %s is left, with all that it carries', (_, bytes) => {
  // Nobody reads, so that nothing is taken.
  carrier.begin(bytes);
  expect(why).toHaveLength(1);
  expect(isClosed).toBe(true);
  expect(carrier.count).toBe(0);
});

it('bytes and ends go both ways, cut anywhere', async () => {
  const bytes = Buffer.concat([OPEN, frame(1, RelayFrame.bytes, 'hello')]);
  for (const byte of bytes) {
    carrier.begin(Buffer.from([byte]));
  }
  const [connection] = accepted;
  const got: Buffer[] = [];
  let ended = false;
  connection.on('data', (data: Buffer) => got.push(data));
  connection.on('end', () => (ended = true));
  connection.write('welcome');
  await settled();
  expect(Buffer.concat(got).toString()).toBe('hello');
  const said = sent.map(({ connection: id, kind, content }) => [id, kind, content.toString()]);
  expect(said).toHaveLength(2);
  expect(said).toContainEqual([1, RelayFrame.taken, count(5).toString()]);
  expect(said).toContainEqual([1, RelayFrame.bytes, 'welcome']);
  carrier.begin(frame(1, RelayFrame.closed));
  await settled();
  expect(ended).toBe(true);
  expect(carrier.count).toBe(0);
  expect(why).toEqual([]);
});

it('sends no more than a window before that is taken', async () => {
  carrier.begin(OPEN);
  const bytesSent = (): number =>
    sent
      .filter(({ kind }) => kind === RelayFrame.bytes)
      .reduce((sum, f) => sum + f.content.length, 0);
  accepted[0].write(Buffer.alloc(RELAY_LIMITS.windowBytes + 1000));
  await settled();
  expect(bytesSent()).toBe(RELAY_LIMITS.windowBytes);
  carrier.begin(frame(1, RelayFrame.taken, count(600)));
  await settled();
  expect(bytesSent()).toBe(RELAY_LIMITS.windowBytes + 600);
});

it('a connection that ends here is told there, once', async () => {
  carrier.begin(OPEN);
  accepted[0].destroy();
  await settled();
  expect(sent.map(({ kind }) => kind)).toEqual([RelayFrame.closed]);
  carrier.begin(frame(1, RelayFrame.bytes, 'late'));
  expect(why).toEqual([]);
});

it('a relay that falls silent is left', () => {
  clock.advance(RELAY_LIMITS.silenceMs + 2 * RELAY_LIMITS.pingMs);
  expect(why).toEqual(['the relay is silent']);
  expect(clock.pending).toBe(0);
});

it('a relay that opens without end and reads nothing is left', () => {
  const deaf = new Writable({ highWaterMark: 1, write: () => undefined });
  const ended: string[] = [];
  const talker = new Carrier(
    clock,
    { input: new PassThrough(), output: deaf, close: () => undefined },
    { accept: connection => void connection.destroy() },
    { ready: () => undefined, ended: words => void ended.push(words) }
  );
  let connection = 0;
  while (ended.length === 0 && connection < 300_000) {
    connection += 1;
    talker.begin(frame(connection, RelayFrame.open, '10.0.0.1'));
  }
  expect(ended).toEqual(['the relay does not read what it is told']);
  expect(talker.count).toBe(0);
  talker.dispose();
});

it('of noise nothing worse comes than an end', () => {
  let seed = 3;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let round = 0; round < 2000; round += 1) {
    const decoder = new RelayDecoder();
    const bytes = Buffer.concat([OPEN, frame(1, RelayFrame.bytes, 'x'.repeat(random(50))), OPEN]);
    for (let change = 0; change < 3; change += 1) {
      bytes[random(bytes.length)] = random(256);
    }
    try {
      decoder.push(bytes);
    } catch (error) {
      expect((error as Error).name).toBe('PeerError');
    }
  }
});
