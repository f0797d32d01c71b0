import { createServer, connect as connectPlain, type AddressInfo } from 'node:net';
import { FrameKind, TUNNEL_LIMITS } from '../../../protocol';
import { PilothouseError } from '../../errors';
import { until } from '../../until.fixture';
import { encodeFrame } from '../frames';
import type { IAddress } from '../tokens';
import { UplinkRoom } from './uplinks.fixture';

let room: UplinkRoom;
beforeEach(async () => {
  room = await UplinkRoom.open();
});
afterEach(() => room.dispose());

const failure = async (call: () => Promise<unknown>): Promise<PilothouseError> => {
  try {
    await call();
  } catch (error) {
    if (error instanceof PilothouseError) {
      return error;
    }
    throw error;
  }
  throw new Error('nothing failed');
};

/** A port that nobody listens at just now. */
const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const addressOf = (found: readonly IAddress[]): IAddress => {
  const last = found.at(-1);
  if (last === undefined) {
    throw new Error('no address');
  }
  return last;
};

describe('near', () => {
  it('is there for all whose submit host is this machine, and says that it is near', async () => {
    const [address, ...more] = await room.uplinks.addresses(room.profile({}));
    expect(more).toEqual([]);
    expect(address.host).toBe('127.0.0.1');
    await room.agent(address, 'p1');
    expect(room.arrived[0].near).toBe(true);
  });

  it('is of no use elsewhere, which is an error and not a pilot that never comes', async () => {
    const elsewhere = room.profile({ submitHost: { address: 'login.example.org' } });
    const error = await failure(() => room.uplinks.addresses(elsewhere));
    expect(error.code).toBe('uplink_failed');
    expect(error.data.params.field).toBe('uplink.kinds');
  });
});

describe('direct', () => {
  it('listens where the profile says once it is wanted, and tells the address to be dialled', async () => {
    const port = await freePort();
    const uplink = {
      listenAddress: '127.0.0.1',
      listenPorts: `${port}`,
      advertiseAddress: 'notebook.example.org',
      advertisePort: 443
    };
    const profile = room.profile({ submitHost: { address: 'login.example.org' }, uplink });
    expect(await room.uplinks.addresses(profile)).toEqual([
      { host: 'notebook.example.org', port: 443 }
    ]);
    await room.agent({ host: '', port }, 'p1');
    expect(room.arrived[0].near).toBe(false);
  });

  it('takes another port of the range if one is in use, and the same after a restart', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    const uplink = { listenAddress: '127.0.0.1', listenPorts: `${port}-${port + 5}` };
    const profile = room.profile({ uplink });
    const got = addressOf(await room.uplinks.addresses(profile)).port;
    expect(got).toBeGreaterThan(port);
    expect(got).toBeLessThanOrEqual(port + 5);
    await new Promise(resolve => server.close(resolve));
    room.uplinks.keep([]);
    expect(addressOf(await room.uplinks.addresses(profile)).port).toBe(got);
  });

  it('listens no more when no profile wants it, and again for pilots of the bridge before', async () => {
    const uplink = { listenAddress: '127.0.0.1', listenPorts: `${await freePort()}` };
    const profile = room.profile({ uplink });
    room.uplinks.keep([profile]);
    const dial = async (): Promise<boolean> => {
      const socket = connectPlain(Number(uplink.listenPorts), '127.0.0.1');
      const connected = await new Promise<boolean>(resolve => {
        socket.on('connect', () => resolve(true));
        socket.on('error', () => resolve(false));
      });
      socket.destroy();
      return connected;
    };
    await until('the port', () => room.logged.some(line => line.startsWith('uplink.open')));
    expect(await dial()).toBe(true);
    room.uplinks.keep([]);
    let refused = false;
    await until('the refusal', () => {
      void dial().then(connected => (refused = !connected));
      return refused;
    });
  });

  it.each([
    [{ listenAddress: '192.0.2.1' }, 'uplink.listenAddress', /no address of test/],
    [{ listenAddress: 'not.a.host.invalid' }, 'uplink.listenAddress', /no address of test/],
    [{ listenAddress: '127.0.0.1', listenPorts: '70000' }, 'uplink.listenPorts', /no ports/]
  ])('%j fails at %s', async (uplink, field, words) => {
    const profile = room.profile({ submitHost: { address: 'login.example.org' }, uplink });
    const { code, data } = await failure(() => room.uplinks.addresses(profile));
    expect([code, data.params.field]).toEqual(['uplink_failed', field]);
    expect(data.params.problem).toMatch(words);
    expect(data.words).not.toBe('');
  });

  it('says that all ports are in use', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    const uplink = { listenAddress: '127.0.0.1', listenPorts: `${port}` };
    const profile = room.profile({ submitHost: { address: 'login.example.org' }, uplink });
    const { data } = await failure(() => room.uplinks.addresses(profile));
    expect(data.params.field).toBe('uplink.listenPorts');
    expect(data.params.problem).toContain('in use');
    await new Promise(resolve => server.close(resolve));
  });
});

describe('submit-host', () => {
  const profile = () =>
    room.profile({
      submitHost: { address: 'login.example.org' },
      uplink: { kinds: ['submit-host'], submitHostAddress: 'inside.example.org' }
    });

  it('needs a login', async () => {
    expect((await failure(() => room.uplinks.addresses(profile()))).code).toBe('login_needed');
  });

  it('carries agents over one command, whatever the login shell prints', async () => {
    room.login.noise = 'Welcome!\n\u001b[1mpilothouse-relay\u001b[0m\n';
    room.login.open();
    const address = addressOf(await room.uplinks.addresses(profile()));
    expect(address.host).toBe('inside.example.org');
    const one = await room.agent(address, 'p1');
    await room.agent(address, 'p2');
    expect(room.arrived.map(({ near }) => near)).toEqual([false, false]);
    expect(room.login.processes).toHaveLength(1);
    // Streams, both ways, larger than a window.
    const bytes = Buffer.alloc(TUNNEL_LIMITS.partBytes, 7);
    for (let count = 0; count < 40; count += 1) {
      one.socket.write(encodeFrame(FrameKind.stream, bytes));
      room.arrived[0].tunnels.send(bytes);
    }
    await until('all parts here', () => room.streamed.length === 40);
    await until('all parts there', () => one.got.filter(({ kind }) => kind === 1).length === 40);
    expect(room.streamed.every(part => part.equals(bytes))).toBe(true);
    one.socket.destroy();
    await until('its end', () => room.left.length === 1);
  });

  it('does not hold up one pilot for another that does not read', async () => {
    room.login.open();
    const address = addressOf(await room.uplinks.addresses(profile()));
    const slow = await room.agent(address, 'slow');
    const quick = await room.agent(address, 'quick');
    slow.socket.pause();
    const bytes = Buffer.alloc(64 * 1024);
    for (let count = 0; count < 60; count += 1) {
      room.arrived[0].tunnels.send(bytes);
    }
    room.arrived[1].tunnels.send(Buffer.from('hello'));
    await until('the quick one', () => quick.got.some(({ text }) => text === 'hello'));
    expect(slow.cut).toBe(false);
    // One that never reads is cut, and not kept for.
    for (let count = 0; count < 200; count += 1) {
      room.arrived[0].tunnels.send(bytes);
    }
    await until('the cut', () => room.left.some(({ pilot }) => pilot === 'slow'));
    expect(quick.cut).toBe(false);
  });

  it('is started again on the same port when the login is back', async () => {
    room.login.open();
    const address = addressOf(await room.uplinks.addresses(profile()));
    const line = await room.agent(address, 'p1');
    room.login.cut();
    await until('the end of what it carried', () => room.left.length === 1 && line.cut);
    const view = () => room.uplinks.views([profile()]).at(0);
    await until('what it waits for', () => view()?.trouble?.code === 'login_needed');
    expect(view()).toMatchObject({ machine: 'inside.example.org', port: address.port });
    expect(view()?.nextTryMs).toBeNull();
    expect((await failure(() => room.uplinks.addresses(profile()))).code).toBe('login_needed');
    room.login.open();
    expect(await room.uplinks.addresses(profile())).toEqual([address]);
    await room.agent(address, 'p1');
    expect(view()?.trouble).toBeNull();
  });

  it('takes another port if a stranger has that of before', async () => {
    room.login.open();
    const stranger = createServer().listen(0, '127.0.0.1');
    await until('the stranger', () => stranger.listening);
    const { port } = stranger.address() as AddressInfo;
    room.values.set('uplink.submit-host.login.example.org|', `${port}`);
    const got = addressOf(await room.uplinks.addresses(profile())).port;
    expect(got).not.toBe(port);
    stranger.close();
  }, 60_000);

  it('that is on another machine than older pilots know is so after a restart, too', async () => {
    const anywhere = room.profile({
      submitHost: { address: 'login.example.org' },
      uplink: { kinds: ['submit-host'] }
    });
    room.values.set('uplink.submit-host.login.example.org|.machine', 'node-1');
    const movedIn = async (at: UplinkRoom) => {
      at.login.open();
      at.uplinks.keep([anywhere]);
      await at.uplinks.addresses(anywhere);
      return at.uplinks.views([anywhere]).at(0)?.moved;
    };
    const moved = await movedIn(room);
    expect(moved?.from).toBe('node-1');
    const after = await UplinkRoom.open();
    room.values.forEach((value, key) => after.values.set(key, value));
    room.uplinks.keep([]);
    try {
      expect(await movedIn(after)).toEqual(moved);
    } finally {
      after.dispose();
    }
    // No pilot lives that was told of any machine: it begins anew.
    expect((await room.uplinks.addresses(anywhere)).length).toBeGreaterThan(0);
    expect(room.uplinks.views([anywhere]).at(0)?.moved).toBeUndefined();
    room.uplinks.keep([]);
    expect(await movedIn(room)).toBeUndefined();
  });

  it('ends with the profiles that want it, and leaves no process', async () => {
    room.login.open();
    await room.uplinks.addresses(profile());
    const [child] = room.login.processes;
    room.uplinks.keep([]);
    await until('its end', () => child.exitCode !== null || child.signalCode !== null);
  });
});
