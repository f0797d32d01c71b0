import { request } from 'node:http';
import { connect } from 'node:net';
import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  ErrorData,
  ExecutorId,
  FrameKind,
  HomeFrame,
  LIMITS,
  METHODS,
  RpcResponse,
  TunnelFrame,
  TunnelId
} from '../../protocol';
import { TestBridge } from '../life/bridge.fixture';
import { ManualClock } from '../manualClock.fixture';
import { FramedClient, TestClient } from './client.fixture';
import { CLIENT_PING_MS } from '.';

describe('the door of the bridge', () => {
  let bridge: TestBridge;
  const clients: TestClient[] = [];
  const framed: FramedClient[] = [];
  const open = async (
    role?: 'view' | 'kernel' | 'command' | 'home' | null
  ): Promise<TestClient> => {
    const client = await bridge.client(role);
    clients.push(client);
    return client;
  };

  beforeEach(async () => {
    bridge = await TestBridge.start();
  });

  afterEach(async () => {
    clients.splice(0).forEach(client => client.close());
    framed.splice(0).forEach(client => client.close());
    await bridge.dispose();
  });

  const status = (path: string, headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request({ socketPath: bridge.socket, path, headers }, response => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject);
      sent.end();
    });
  const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
  const key = { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' };

  it('lies in a folder, a socket and files of its owner only', () => {
    const mode = (name: string): number => lstatSync(join(bridge.home, 'run', name)).mode & 0o777;
    expect(mode('.')).toBe(0o700);
    expect(['bridge.sock', 'secret', 'bridge.json'].map(mode)).toEqual([0o600, 0o600, 0o600]);
    expect(bridge.secret).toMatch(/^[0-9a-f]{64}$/);
    expect(lstatSync(join(bridge.home, 'bridge.db')).mode & 0o777).toBe(0o600);
    expect(lstatSync(join(bridge.home, 'bridge.log')).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['no secret', {}],
    ['a wrong secret', { Authorization: `Bearer ${'0'.repeat(64)}` }],
    ['an empty secret', { Authorization: 'Bearer ' }],
    ['a longer one', { Authorization: `Bearer ${'0'.repeat(6400)}` }]
  ])('turns away who shows %s', async (_, headers) => {
    expect(await status('/', { ...upgrade, ...key, ...headers })).toBe(401);
    await expect(TestClient.connect(bridge.socket, null)).rejects.toThrow('401');
  });

  it('is no web server', async () => {
    expect(await status('/', { Authorization: `Bearer ${bridge.secret}` })).toBe(404);
    const garbage = connect(bridge.socket);
    garbage.write('\u0000\u0001 no http\r\n\r\n');
    const answer = await new Promise<string>(resolve =>
      garbage.once('data', d => resolve(d.toString()))
    );
    expect(answer).toContain('400');
    garbage.destroy();
    expect((await (await open()).call('bridge.status')).result).toBeDefined();
  });

  it('tells who has said hello what it is, as the schema says', async () => {
    const client = await open(null);
    const hello = await client.hello('view');
    expect(METHODS['bridge.hello'].result.parse(hello.result)).toMatchObject({ version: '1.0' });
    const answer = METHODS['bridge.status'].result.parse(
      (await client.call('bridge.status', {})).result
    );
    expect(answer).toMatchObject({
      clients: { view: 1, kernel: 0, command: 0 },
      pid: process.pid,
      stateFolder: bridge.home
    });
    expect((await client.hello('view')).error?.data.code).toBe('not_allowed');
  });

  it('answers nothing before hello', async () => {
    const client = await open(null);
    const answer = await client.call('bridge.status', {});
    expect(answer.error?.data).toEqual({
      code: 'not_allowed',
      params: { method: 'bridge.status', why: 'before bridge.hello' }
    });
    client.send({ jsonrpc: '2.0', method: 'tasks.report', params: {} });
    await client.hello('view');
    expect(bridge.log()).toContainEqual(
      expect.objectContaining({ event: 'notification_refused', method: 'tasks.report' })
    );
  });

  it.each([
    ['{', 'no JSON'],
    ['[]', 'no JSON-RPC 2.0'],
    ['null', 'no JSON-RPC 2.0'],
    ['{"id": 1, "method": "bridge.status"}', 'no JSON-RPC 2.0'],
    ['{"jsonrpc": "2.0", "id": {}, "method": "bridge.status"}', 'no JSON-RPC 2.0'],
    ['{"jsonrpc": "2.0", "method": 5}', 'no JSON-RPC 2.0']
  ])('answers %s with invalid_message, and goes on', async (text, why) => {
    const client = await open();
    client.send(text);
    const answer = await client.until(() => client.received.find(({ id }) => id === null));
    expect(RpcResponse.parse(answer)).toMatchObject({
      error: { data: { code: 'invalid_message', params: { why } } }
    });
    expect((await client.call('bridge.status')).result).toBeDefined();
  });

  it('takes no binary messages', async () => {
    const client = await open();
    client.socket.send(Buffer.from('{}'));
    const answer = await client.until(() => client.received.find(({ id }) => id === null));
    expect(answer.error?.data).toMatchObject({ code: 'invalid_message' });
  });

  it('carries frames of tunnels to and from a home, and cuts one that sends others', async () => {
    const [executor, tunnel] = [ExecutorId.parse('e1'), TunnelId.parse('00000000000000a1')];
    const frame = (kind: number): Buffer =>
      Buffer.concat([Buffer.from(tunnel, 'hex'), Buffer.from([kind])]);
    const heard: Buffer[] = [];
    const end = { send: (bytes: Uint8Array) => heard.push(Buffer.from(bytes)) > 0 };
    bridge.pools.tunnels.add(tunnel, executor, end);
    const home = await bridge.framed();
    framed.push(home);
    const asked = { executor, tunnels: [tunnel] };
    expect((await home.call('tunnels.open', asked)).result).toEqual({});
    await home.until(() => home.frames.length === 1);
    expect(home.frames[0]).toEqual({ kind: FrameKind.stream, content: frame(TunnelFrame.way) });
    home.write(FrameKind.stream, Buffer.concat([frame(TunnelFrame.taken), Buffer.alloc(8)]));
    expect((await home.call('tunnels.open', asked)).error?.data.code).toBe('not_allowed');
    expect(heard.map(bytes => bytes[8])).toEqual([TunnelFrame.way, TunnelFrame.taken]);
    const view = await open('view');
    expect((await view.call('tunnels.open', asked)).error?.data.code).toBe('not_allowed');
    const other = await open('home');
    expect((await other.call('tunnels.open', asked)).error?.data.params).toMatchObject({
      why: 'by a websocket'
    });
    home.write(FrameKind.stream, frame(TunnelFrame.way));
    expect(await home.closed()).toBe(0);
    expect((await view.call('bridge.status')).result).toBeDefined();
  });

  it('pings homes, and cuts one that does not answer or sends what is no frame', async () => {
    await bridge.dispose();
    const clock = new ManualClock();
    bridge = await TestBridge.start({ clock });
    const homes = await Promise.all([bridge.framed(), bridge.framed(), bridge.framed()]);
    framed.push(...homes);
    const [silent, fine, wrong] = homes;
    wrong.socket.write(Buffer.from('0000000163', 'hex'));
    expect(await wrong.closed()).toBe(0);
    const pinged = (client: FramedClient, times: number) => (): boolean =>
      client.frames.filter(({ kind }) => kind === HomeFrame.ping).length === times;
    clock.advance(CLIENT_PING_MS);
    await fine.until(pinged(fine, 1));
    fine.write(HomeFrame.pong, '');
    expect((await fine.call('tunnels.open', { executor: 'e1', tunnels: [] })).result).toEqual({});
    clock.advance(CLIENT_PING_MS);
    expect(await silent.closed()).toBe(0);
    await fine.until(pinged(fine, 2));
  });

  it('lets no home in without the secret', async () => {
    await expect(FramedClient.connect(bridge.socket, 'f'.repeat(64))).rejects.toThrow(' 401 ');
  });

  it('cuts off who sends too large a message, and nobody else', async () => {
    const [large, other] = [await open(), await open()];
    large.send(' '.repeat(LIMITS.clientMessageBytes + 1));
    expect(await large.closed()).toBe(1009);
    expect((await other.call('bridge.status')).result).toBeDefined();
  });

  it('says which method is unknown, which field is wrong, and who may not', async () => {
    const [view, kernel] = [await open('view'), await open('kernel')];
    const unknown = await view.call('bridge.dance', {});
    expect(unknown.error?.data).toEqual({
      code: 'unknown_method',
      params: { method: 'bridge.dance' }
    });
    expect((await view.call('toString', {})).error?.data.code).toBe('unknown_method');
    const wrong = await view.call('tasks.list', { limit: 0 });
    expect(wrong.error?.data).toMatchObject({
      code: 'invalid_params',
      params: { method: 'tasks.list', field: 'limit' }
    });
    expect(wrong.error?.data.params.message).toMatch(/1/);
    const refused = await view.call('bridge.stop', {});
    expect(refused.error?.data).toMatchObject({
      code: 'not_allowed',
      params: { role: 'view', roles: 'command' }
    });
    expect((await kernel.call('bridge.stop', {})).error?.data.code).toBe('not_allowed');
    expect((await view.call('leases.end', {})).error?.data.code).toBe('not_allowed');
    for (const answer of [unknown, wrong, refused]) {
      expect(ErrorData.safeParse(answer.error?.data).success).toBe(true);
    }
  });

  it('answers a mistake of its own with internal, and lives on', async () => {
    const view = await open();
    const answer = await view.call('pools.resume', { pool: 'local' });
    expect(answer.error?.data).toEqual({
      code: 'internal',
      params: { method: 'pools.resume' },
      words: 'a mistake of ours'
    });
    expect(bridge.log()).toContainEqual(
      expect.objectContaining({ event: 'request_failed', level: 'error' })
    );
    expect((await view.call('bridge.status')).result).toBeDefined();
  });

  it('tells a client of another version both; a command may still stop the bridge', async () => {
    const view = await open(null);
    const refused = await view.hello('view', '0.9');
    expect(refused.error?.data).toEqual({
      code: 'version_mismatch',
      params: { client: '0.9', bridge: '1.0' }
    });
    expect((await view.call('bridge.status')).error?.data.code).toBe('not_allowed');

    const command = await open(null);
    expect((await command.hello('command', '2.0')).error?.data.code).toBe('version_mismatch');
    expect((await command.call('pools.status', {})).error?.data.code).toBe('not_allowed');
    expect((await command.call('bridge.status')).result).toMatchObject({ version: '1.0' });
    expect((await command.call('bridge.stop', { restarting: true })).result).toEqual({});
    await command.until(() => command.received.find(({ method }) => method === 'bridge.ending'));
    expect(command.received.at(-1)?.params).toEqual({ restarting: true });
    expect(await command.closed()).toBe(1001);
    await bridge.bridge.ended;
  });

  it('lets in only so many clients', async () => {
    for (let n = 0; n < LIMITS.clients; n++) {
      await open(null);
    }
    await expect(open(null)).rejects.toThrow('503');
    clients.splice(0, 1).forEach(client => client.close());
    // The bridge learns of an end a moment later.
    for (let tries = 0; clients.length < LIMITS.clients; tries++) {
      await open(null).catch((error: unknown) => {
        if (tries > 100) {
          throw error;
        }
      });
    }
    expect((await clients[5].hello('view')).result).toBeDefined();
  });

  it('lets one client have only so many requests under way', async () => {
    const client = await open();
    for (let id = 1000; id <= 1000 + LIMITS.requestsUnderWay; id++) {
      client.send({ jsonrpc: '2.0', id, method: 'pools.down', params: { pool: 'local' } });
    }
    const refused = await client.until(() => client.received.find(({ error }) => error));
    expect(refused.id).toBe(1000 + LIMITS.requestsUnderWay);
    expect(refused.error?.data.code).toBe('too_many_requests');
    bridge.pools.answers.splice(0).forEach(answer => answer());
    await client.until(
      () => client.received.filter(({ result }) => result).length > LIMITS.requestsUnderWay
    );
  });

  it('cuts off a client that does not read', async () => {
    const [deaf, other] = [await open(), await open()];
    deaf.socket.pause();
    const profiles = join(bridge.home, 'profiles');
    mkdirSync(profiles);
    const environment = { workerInit: '#'.repeat(100_000) };
    writeFileSync(join(profiles, 'long.json'), JSON.stringify({ name: 'long', environment }));
    const asked = { jsonrpc: '2.0', id: 1, method: 'profiles.get', params: { name: 'long' } };
    const closed = deaf.closed();
    // Answers of 100 KB each that nobody reads.
    const cut = (): boolean => bridge.log().some(({ event }) => event === 'client_does_not_read');
    while (!cut()) {
      for (let n = 0; n < 100; n++) {
        deaf.send(asked);
      }
      await other.call('bridge.status');
    }
    deaf.socket.resume();
    await closed;
    const counts = z
      .object({ clients: z.object({ view: z.int() }) })
      .parse((await other.call('bridge.status')).result);
    expect(counts.clients.view).toBe(1);
  });
});
