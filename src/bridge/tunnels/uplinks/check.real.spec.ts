import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Profile, UplinkKind, UplinkStep } from '../../../protocol';
import { Person } from '../../ssh/login.fixture';
import { descendants, freePort, makeKey, startSshd, type ISshd } from '../../ssh/sshd.fixture';
import { until } from '../../until.fixture';
import { Relay } from './relay.fixture';
import { UplinkRoom } from './uplinks.fixture';

jest.setTimeout(120_000);

/** Ways home tried over real logins: to a machine that allows forwards, and to one that does not. */
const folder = mkdtempSync(join(tmpdir(), 'ph-up-'));
const SITES = { forwards: [], none: ['AllowTcpForwarding no', 'MaxSessions 3'] };
const sshds = new Map<string, ISshd>();
const stops: (() => void | Promise<void>)[] = [];
let room: UplinkRoom;
beforeAll(async () => {
  const key = makeKey(join(folder, 'key'));
  for (const [name, lines] of Object.entries(SITES)) {
    sshds.set(name, await startSshd([key], lines));
  }
});
afterAll(async () => {
  for (const sshd of sshds.values()) {
    await sshd.stop();
  }
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  room = await UplinkRoom.open();
  stops.push(() => room.dispose());
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) {
    await stop();
  }
});

async function logIn(site: string): Promise<number> {
  const sshd = sshds.get(site);
  if (sshd === undefined) {
    throw new Error(`no sshd ${site}`);
  }
  const who = new Person().knows(sshd.knownLine);
  stops.push(() => who.leave());
  const transport = await who.open({ port: sshd.port, keyFile: join(folder, 'key') });
  stops.push(() => transport.dispose());
  room.login.use(transport);
  return sshd.pid;
}

const profile = (uplink: Partial<Profile['uplink']>): Profile =>
  room.profile({ submitHost: { address: 'login.example.org' }, uplink });

/** What was tried, as a person reads it: what, by whom, and whether it went well. */
const told = ({ what, by, error }: UplinkStep): string =>
  `${what} by ${by}: ${error === null ? 'well' : `${error.code} ${error.words ?? ''}`}`;

async function check(kind: UplinkKind, uplink: Partial<Profile['uplink']>, mayListen = true) {
  const { result, steps } = await room.uplinks.check(
    profile({ kinds: [kind], ...uplink }),
    kind,
    mayListen
  );
  return { result, steps, told: steps.map(told) };
}

const HERE = 'test';
const THERE = 'login.example.org';

describe.each(Object.keys(SITES))('at a submit host with forwards: %s', site => {
  let pid: number;
  beforeEach(async () => {
    pid = await logIn(site);
  });

  it('a relay there is started, dialled from there, and ended', async () => {
    const before = descendants(pid).length;
    const found = await check('submit-host', { submitHostAddress: '127.0.0.1' });
    expect(found.told).toEqual([`open by ${THERE}: well`, `dial by ${THERE}: well`]);
    expect(found.result).toEqual({ verdict: 'works' });
    expect(found.steps[0].port).toBe(found.steps[1].port);
    expect(found.steps[1].port).toBeGreaterThan(0);
    await until('nothing left there', () => descendants(pid).length <= before);
    expect(room.uplinks.views([profile({ kinds: ['submit-host'] })])).toEqual([]);
  });

  it('a name of it that leads nowhere is told with the machine that says so', async () => {
    const found = await check('submit-host', { submitHostAddress: 'no.such.name.invalid' });
    expect(found.result).toEqual({ verdict: 'fails' });
    const [, dial] = found.steps;
    expect(dial.error).toMatchObject({
      code: 'host_unreachable',
      machine: THERE,
      params: { address: `no.such.name.invalid:${dial.port}` },
      words: expect.stringMatching(/not known|resolution|resolve/) as string
    });
  });

  it('a port here is dialled back from there, by consent alone', async () => {
    const uplink = { listenAddress: '127.0.0.1', listenPorts: `${await freePort()}` };
    expect((await check('direct', uplink, false)).result).toEqual({
      verdict: 'untried',
      why: 'consent'
    });
    const found = await check('direct', uplink);
    expect(found.told).toEqual([`open by ${HERE}: well`, `dial by ${THERE}: well`]);
    expect(found.result).toEqual({ verdict: 'works' });
  });

  it('somebody else at the advertised port is not taken for this bridge', async () => {
    const stranger: Server = createServer(socket => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n'));
    }).listen(await freePort(), '127.0.0.1');
    stops.push(() => void stranger.close());
    await until('the stranger', () => stranger.listening);
    const { port } = stranger.address() as { port: number };
    const found = await check('direct', {
      listenAddress: '127.0.0.1',
      advertiseAddress: '127.0.0.1',
      advertisePort: port
    });
    expect(found.result).toEqual({ verdict: 'fails' });
    expect(found.steps[1]).toMatchObject({ by: THERE, port, error: { code: 'host_unreachable' } });
  });

  it('nobody at the advertised port is told in the words of that machine', async () => {
    const found = await check('direct', {
      listenAddress: '127.0.0.1',
      advertiseAddress: '127.0.0.1',
      advertisePort: await freePort()
    });
    expect(found.result).toEqual({ verdict: 'fails' });
    expect(found.told[1]).toMatch(/host_unreachable .*refused/);
  });

  it('a relay elsewhere is proved, and carries what is dialled from here and from there', async () => {
    const secret = join(room.home, 'secret');
    writeFileSync(secret, `${'a1'.repeat(32)}\n`, { mode: 0o600 });
    const relay = new Relay(secret);
    stops.push(() => relay.end());
    const named = { relay: `127.0.0.1:${await relay.port()}`, relaySecretFile: secret };
    const found = await check('relay', named);
    expect(found.told).toEqual([
      `open by ${HERE}: well`,
      `dial by ${HERE}: well`,
      `dial by ${THERE}: well`
    ]);
    expect(found.result).toEqual({ verdict: 'works' });
  });
});

it('what cannot be tried is told, and why', async () => {
  const named = { listenAddress: '127.0.0.1' };
  expect((await check('submit-host', {})).result).toEqual({ verdict: 'untried', why: 'login' });
  expect(await check('direct', {})).toMatchObject({
    result: { verdict: 'fails' },
    steps: [{ what: 'open', error: { params: { field: 'uplink.listenAddress' } } }]
  });
  expect((await check('direct', named)).result).toEqual({ verdict: 'unproven' });
  const here = room.profile({ uplink: { kinds: ['submit-host'] } });
  expect((await room.uplinks.check(here, 'submit-host', true)).result).toEqual({
    verdict: 'untried',
    why: 'here'
  });
  const plain = room.profile({});
  expect((await room.uplinks.check(plain, 'direct', true)).result).toEqual({
    verdict: 'untried',
    why: 'unnamed'
  });
});

it('a relay that is not there fails with what helps', async () => {
  const secret = join(room.home, 'secret');
  writeFileSync(secret, `${'a1'.repeat(32)}\n`, { mode: 0o600 });
  const port = await freePort();
  const found = await check('relay', { relay: `127.0.0.1:${port}`, relaySecretFile: secret });
  expect(found.result).toEqual({ verdict: 'fails' });
  expect(found.steps).toMatchObject([
    {
      what: 'open',
      by: HERE,
      host: '127.0.0.1',
      port,
      error: { code: 'uplink_failed', words: 'Check whether a relay runs there.' }
    }
  ]);
});
