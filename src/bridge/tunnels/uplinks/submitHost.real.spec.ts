import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FrameKind } from '../../../protocol';
import { Person } from '../../ssh/login.fixture';
import { descendants, makeKey, startSshd, type ISshd } from '../../ssh/sshd.fixture';
import { encodeFrame } from '../frames';
import { until, UplinkRoom } from './uplinks.fixture';

jest.setTimeout(60_000);

/** A relay over a real login, at a machine that allows as little as there is. */
const folder = mkdtempSync(join(tmpdir(), 'ph-up-'));
const stops: (() => void | Promise<void>)[] = [];
let sshd: ISshd;
beforeAll(async () => {
  const key = makeKey(join(folder, 'key'));
  sshd = await startSshd([key], ['AllowTcpForwarding no', 'MaxSessions 1', 'PermitTTY no']);
});
afterAll(async () => {
  await sshd.stop();
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) {
    await stop();
  }
});

const profile = (room: UplinkRoom) =>
  room.profile({
    submitHost: { address: 'login.example.org' },
    uplink: { kinds: ['submit-host'] }
  });

async function scene(): Promise<{ room: UplinkRoom; login: () => Promise<void> }> {
  const room = await UplinkRoom.open();
  stops.push(() => room.dispose());
  const login = async (): Promise<void> => {
    const who = new Person().knows(sshd.knownLine);
    stops.push(() => who.leave());
    const transport = await who.open({ port: sshd.port, keyFile: join(folder, 'key') });
    stops.push(() => transport.dispose());
    room.login.use(transport);
  };
  await login();
  return { room, login };
}

it('needs one channel and no forward, and leaves nothing there', async () => {
  const { room } = await scene();
  const before = descendants(sshd.pid).length;
  const [address, ...more] = await room.uplinks.addresses(profile(room));
  expect(more.every(({ port }) => port === address.port)).toBe(true);
  const line = await room.agent(address, 'p1');
  for (let number = 2; number <= 20; number += 1) {
    await room.agent(address, `p${number}`);
  }
  expect(room.login.transport?.channels.open).toBe(1);
  const bytes = Buffer.alloc(64 * 1024, 5);
  for (let count = 0; count < 100; count += 1) {
    line.socket.write(encodeFrame(FrameKind.stream, bytes));
  }
  await until('all of it', () => room.streamed.length === 100);
  expect(room.streamed.every(each => each.equals(bytes))).toBe(true);
  room.uplinks.keep([]);
  await until('its end', () => room.left.length === 20 && descendants(sshd.pid).length <= before);
});

it('comes back on its port after the connection broke', async () => {
  const { room, login } = await scene();
  const [address] = await room.uplinks.addresses(profile(room));
  await room.agent(address, 'p1');
  room.login.transport?.dispose();
  room.login.use(null);
  await until('the loss', () => room.left.length === 1);
  await login();
  const [again] = await room.uplinks.addresses(profile(room));
  expect(again).toEqual(address);
  await room.agent(again, 'p1');
});
