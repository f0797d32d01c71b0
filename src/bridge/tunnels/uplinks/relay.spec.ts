import { chmodSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { FrameKind } from '../../../protocol';
import { PilothouseError } from '../../errors';
import { until } from '../../until.fixture';
import { encodeFrame } from '../frames';
import { Relay } from './relay.fixture';
import { UplinkRoom } from './uplinks.fixture';

const anything: unknown = expect.anything();
let room: UplinkRoom;
let relay: Relay | null = null;
const others: UplinkRoom[] = [];
beforeEach(async () => {
  room = await UplinkRoom.open();
});
afterEach(async () => {
  room.dispose();
  others.splice(0).forEach(other => other.dispose());
  await relay?.end();
  relay = null;
});

const secretFile = (text = 'a1'.repeat(32), mode = 0o600): string => {
  const file = join(room.home, 'relay-secret');
  writeFileSync(file, `${text}\n`);
  chmodSync(file, mode);
  return file;
};
const profile = (port: number, file: string) =>
  room.profile({
    submitHost: { address: 'login.example.org' },
    uplink: { kinds: ['relay'], relay: `127.0.0.1:${port}`, relaySecretFile: file }
  });

it('carries agents to the bridge that they are for, and no other', async () => {
  const file = secretFile();
  relay = new Relay(file);
  const port = await relay.port();
  const other = await UplinkRoom.open();
  others.push(other);
  const address = { host: '127.0.0.1', port };
  expect(await room.uplinks.addresses(profile(port, file))).toEqual([address]);
  expect(await other.uplinks.addresses(profile(port, file))).toEqual([address]);
  const line = await room.agent(address, 'p1');
  await other.agent(address, 'p2');
  expect(room.arrived.map(({ pilot, near }) => [pilot, near])).toEqual([['p1', false]]);
  expect(other.arrived.map(({ pilot }) => pilot)).toEqual(['p2']);
  const bytes = Buffer.alloc(60_000, 3);
  for (let count = 0; count < 30; count += 1) {
    line.socket.write(encodeFrame(FrameKind.stream, bytes));
  }
  await until('all of it', () => room.streamed.length === 30);
  expect(Buffer.concat(room.streamed).equals(Buffer.alloc(30 * 60_000, 3))).toBe(true);
});

it('is dialled again when it has been started anew', async () => {
  const file = secretFile();
  relay = new Relay(file);
  const port = await relay.port();
  room.uplinks.keep([profile(port, file)]);
  const [address] = await room.uplinks.addresses(profile(port, file));
  await room.agent(address, 'p1');
  const views = () => room.uplinks.views([profile(port, file)]);
  const shown = { kind: 'relay', machine: '127.0.0.1', port };
  expect(views()).toEqual([{ ...shown, sinceMs: anything, trouble: null, nextTryMs: null }]);
  await relay.end();
  await until('the loss', () => room.left.length === 1);
  await until('that it is seen', () => views()[0].trouble?.params.passing === true);
  const [{ sinceMs, trouble }] = views();
  expect(trouble).toMatchObject({ code: 'uplink_failed', params: { field: 'uplink.relay' } });
  await until('another try', () =>
    String(views()[0].trouble?.params.problem).includes('ECONNREFUSED')
  );
  expect(views()).toEqual([
    { ...shown, sinceMs, trouble: anything, nextTryMs: expect.any(Number) as number }
  ]);
  relay = new Relay(file, port);
  await relay.port();
  await until(
    'its return',
    () => room.logged.filter(line => line.startsWith('uplink.open')).length === 2
  );
  await room.agent(address, 'p1');
  expect(views()).toMatchObject([{ trouble: null }]);
  room.uplinks.keep([]);
  expect(views()).toEqual([]);
});

it('lets nobody in who does not know the secret, and says so', async () => {
  relay = new Relay(secretFile());
  const port = await relay.port();
  const wrong = secretFile('b2'.repeat(32));
  await expect(room.uplinks.addresses(profile(port, wrong))).rejects.toMatchObject({
    code: 'uplink_failed',
    data: { params: { field: 'uplink.relaySecretFile' } }
  });
});

it('believes no relay that does not know the secret', async () => {
  const liar = createServer(socket => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(Buffer.alloc(64, 1)));
  });
  await new Promise<void>(done => liar.listen(0, '127.0.0.1', done));
  const { port } = liar.address() as AddressInfo;
  await expect(room.uplinks.addresses(profile(port, secretFile()))).rejects.toMatchObject({
    code: 'uplink_failed',
    data: { params: { field: 'uplink.relay' } }
  });
  liar.close();
});

it.each([
  ['that others can read', () => secretFile('a1'.repeat(32), 0o644), /chmod 600/],
  ['that is short', () => secretFile('short'), /openssl rand/],
  ['that is not there', () => '/nowhere/secret', /file of this machine/]
])('uses no secret %s', async (_, file, words) => {
  try {
    await room.uplinks.addresses(profile(1, file()));
    throw new Error('it was used');
  } catch (error) {
    expect(error).toBeInstanceOf(PilothouseError);
    expect((error as PilothouseError).data.words).toMatch(words);
  }
});

it('is not bothered by strangers at the same port', async () => {
  const file = secretFile();
  relay = new Relay(file);
  const port = await relay.port();
  await room.uplinks.addresses(profile(port, file));
  const got: Buffer[] = [];
  let cut = 0;
  const strangers = [
    Buffer.from('GET / HTTP/1.0\r\n\r\n'),
    Buffer.alloc(200),
    Buffer.concat([Buffer.from('PHR1'), Buffer.alloc(80, 9)]),
    Buffer.from([22, 3, 1, 0, 5, 1, 0, 0, 1, 0]),
    Buffer.from([22, 3, 1, 255, 255])
  ];
  for (const bytes of strangers) {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (data: Buffer) => got.push(data));
    socket.on('error', () => undefined);
    socket.on('close', () => (cut += 1));
  }
  await until('all to be cut', () => cut === strangers.length);
  expect(got).toEqual([]);
  await room.agent({ host: '127.0.0.1', port }, 'p1');
});
