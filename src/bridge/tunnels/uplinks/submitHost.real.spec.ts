import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FrameKind } from '../../../protocol';
import { Person } from '../../ssh/login.fixture';
import { descendants, makeKey, startSshd, type ISshd } from '../../ssh/sshd.fixture';
import { until } from '../../until.fixture';
import { encodeFrame } from '../frames';
import { UplinkRoom } from './uplinks.fixture';

jest.setTimeout(60_000);

/** A relay over a real login, at a machine that allows as little as there is. */
const folder = mkdtempSync(join(tmpdir(), 'ph-up-'));
const stops: (() => void | Promise<void>)[] = [];
const ALLOWED = ['AllowTcpForwarding no', 'MaxSessions 1', 'PermitTTY no'];
let sshd: ISshd;
beforeAll(async () => {
  const key = makeKey(join(folder, 'key'));
  sshd = await startSshd([key], ALLOWED);
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

async function scene(
  first = sshd
): Promise<{ room: UplinkRoom; login: (at?: ISshd) => Promise<void> }> {
  const room = await UplinkRoom.open();
  stops.push(() => room.dispose());
  const login = async (at = first): Promise<void> => {
    const who = new Person().knows(at.knownLine);
    stops.push(() => who.leave());
    const transport = await who.open({ port: at.port, keyFile: join(folder, 'key') });
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

it('says where pilots dial in vain once the name leads to another login node', async () => {
  const key = readFileSync(join(folder, 'key.pub'), 'utf8').trim();
  const [one, two] = await Promise.all(
    ['node-1.example.org', 'node-2.example.org'].map(name =>
      startSshd([key], ALLOWED, ['ed25519'], name)
    )
  );
  stops.push(
    () => one.stop(),
    () => two.stop()
  );
  const { room, login } = await scene(one);
  const again = async (at: ISshd): Promise<void> => {
    room.login.transport?.dispose();
    room.login.use(null);
    await login(at);
    await room.uplinks.addresses(profile(room));
  };
  const [address] = await room.uplinks.addresses(profile(room));
  expect(address.host).toBe('node-1.example.org');
  const [before] = room.uplinks.views([profile(room)]);
  expect(before.moved).toBeUndefined();

  await again(two);
  const [view] = room.uplinks.views([profile(room)]);
  expect(view.trouble).toBeNull();
  expect(view.moved).toMatchObject({ from: 'node-1.example.org', to: 'node-2.example.org' });
  // Whoever is submitted now is told of the machine that it is.
  const [now] = await room.uplinks.addresses(profile(room));
  expect(now.host).toBe('node-2.example.org');
  // An address for all of them is the person's word that it does not matter.
  const named = { ...profile(room).uplink, submitHostAddress: 'login.example.org' };
  const [forAll] = room.uplinks.views([{ ...profile(room), uplink: named }]);
  expect(forAll.moved).toBeUndefined();

  await again(one);
  expect(room.uplinks.views([profile(room)])[0].moved).toBeUndefined();
});
