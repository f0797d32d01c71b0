import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { FrameKind, LIMITS, PilotId, TIMES } from '../../protocol';
import { systemClock } from '../clock';
import { ManualClock } from '../manualClock.fixture';
import type { IBridgeContext, IClock } from '../tokens';
import { until } from '../until.fixture';
import { encodeFrame } from './frames';
import { PilotSecrets, Uplinks, type AgentMessage, type IAgentConnection } from '.';

describe('the pilots’ port', () => {
  let home: string;
  let listener: Uplinks;
  let secrets: PilotSecrets;
  const values = new Map<string, string>();
  const arrived: IAgentConnection[] = [];
  const left: IAgentConnection[] = [];
  const said: AgentMessage[] = [];
  const streamed: Buffer[] = [];
  const pieced: Buffer[] = [];
  const sockets: (Socket | TLSSocket)[] = [];
  let refuse: string | null = null;

  const open = async (clock: IClock = systemClock): Promise<void> => {
    const context: IBridgeContext = {
      clock,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      times: { ...TIMES, agentPingMs: 50, agentSilenceMs: 300 },
      changes: { put: () => undefined, late: () => undefined },
      folders: { state: home, runtime: home },
      machine: 'test',
      agentFile: '',
      python: ''
    };
    secrets = new PilotSecrets(home);
    const store = {
      value: (key: string) => values.get(key) ?? null,
      putValue: (key: string, value: string) => void values.set(key, value)
    };
    listener = new Uplinks(context, store, secrets);
    await listener.start({
      judge: () => refuse,
      arrived: connection => void arrived.push(connection),
      said: (_, message) => void said.push(message),
      streamed: (_, frame) => void streamed.push(frame),
      pieced: (_, frame) => void pieced.push(Buffer.concat(frame)),
      left: connection => void left.push(connection)
    });
  };

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'ph-'));
    [arrived, left, said, sockets].forEach(list => list.splice(0));
    values.clear();
    refuse = null;
    await open();
  });
  afterEach(() => {
    sockets.forEach(socket => socket.destroy());
    listener.dispose();
    rmSync(home, { recursive: true });
  });

  /** A connection, with all it was sent and whether it was cut. */
  const dial = () => {
    const socket = connect({ host: '127.0.0.1', port: listener.port, rejectUnauthorized: false });
    const line = { socket, got: Buffer.alloc(0), cut: false };
    socket.on('data', (bytes: Buffer) => (line.got = Buffer.concat([line.got, bytes])));
    socket.on('error', () => undefined);
    socket.on('close', () => (line.cut = true));
    sockets.push(socket);
    return line;
  };

  const claim = (over: Record<string, unknown> = {}) => {
    const expiresAtMs = (over.expiresAtMs as number | undefined) ?? Date.now() + 60_000;
    return {
      protocol: 1,
      pilot: 'p1',
      attempt: 1,
      expiresAtMs,
      secret: secrets.derive(PilotId.parse('p1'), 1, expiresAtMs),
      startedAtMs: 0,
      pid: 1,
      host: 'h',
      site: null,
      system: '',
      architecture: '',
      cores: 1,
      memoryMiB: 1,
      gpus: [],
      runtime: { executable: '', python: '', parsl: null, problem: null },
      pools: [],
      starts: 'plain',
      ...over
    };
  };
  const message = (method: string, params: unknown, id?: number): Buffer =>
    encodeFrame(FrameKind.json, JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  const hello = (over: Record<string, unknown> = {}): Buffer =>
    message('agent.hello', claim(over), 1);

  it('speaks TLS 1.3 with a certificate of its own, and its files are private', async () => {
    const { socket } = dial();
    await until('the handshake', () => 'fingerprint256' in socket.getPeerCertificate());
    expect(socket.getProtocol()).toBe('TLSv1.3');
    const shown = socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase();
    expect(listener.fingerprint).toBe(shown);
    for (const name of ['tls.key', 'tls.crt', 'bridge.key', 'contact.json']) {
      expect(statSync(join(home, name)).mode & 0o777).toBe(0o600);
    }
    expect(JSON.parse(readFileSync(listener.contactFile, 'utf8'))).toEqual({
      host: '127.0.0.1',
      port: listener.port
    });
  });

  it('refuses TLS 1.2', async () => {
    const socket = connect({
      host: '127.0.0.1',
      port: listener.port,
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.2'
    });
    let failed = false;
    socket.on('error', () => (failed = true));
    await until('the refusal', () => failed);
  });

  it('welcomes a pilot that proves itself and passes on what it says', async () => {
    const line = dial();
    line.socket.write(hello());
    await until('the welcome', () => line.got.includes('"welcome":true'));
    line.socket.write(message('ping', {}));
    line.socket.write(message('agent.ending', { reason: 'walltime', words: '' }));
    await until('the message', () => said.length === 1);
    expect(said[0]).toEqual({ method: 'agent.ending', params: { reason: 'walltime', words: '' } });
    expect(listener.count).toBe(1);
    await until('a ping', () => line.got.includes('"method":"ping"'));
  });

  it.each([
    ['a wrong secret', () => hello({ secret: '0'.repeat(64) })],
    ['another pilot’s secret', () => hello({ pilot: 'p2' })],
    ['another attempt’s secret', () => hello({ attempt: 2 })],
    [
      'a later expiry than was given',
      () => {
        const { secret } = claim();
        return hello({ expiresAtMs: Date.now() + 1e9, secret });
      }
    ],
    ['no hello', () => message('ping', {}, 1)],
    ['no JSON', () => encodeFrame(FrameKind.json, '{')],
    ['a stream frame', () => encodeFrame(FrameKind.stream, 'x')],
    [
      'a frame over the limit',
      () => encodeFrame(FrameKind.json, Buffer.alloc(LIMITS.unprovenFrameBytes + 1, 32))
    ]
  ])('cuts whoever comes with %s, without a word', async (_, bytes) => {
    const line = dial();
    line.socket.write(bytes());
    await until('the cut', () => line.cut);
    expect(line.got).toHaveLength(0);
    expect(arrived).toEqual([]);
  });

  it('tells a proved agent why it is turned away', async () => {
    const expired = dial();
    expired.socket.write(hello({ expiresAtMs: Date.now() - 1 }));
    await until('the cut', () => expired.cut);
    expect(expired.got.toString()).toContain('expired');
    refuse = 'the pilot has ended';
    const line = dial();
    line.socket.write(hello());
    await until('the cut', () => line.cut);
    expect(line.got.toString()).toContain('"welcome":false,"reason":"the pilot has ended"');
    expect(arrived).toEqual([]);
  });

  it.each([
    ['an unknown method', () => message('agent.format', {})],
    ['a wrong field', () => message('agent.ending', { reason: 'boredom', words: '' })]
  ])('cuts an agent that says %s', async (_, bytes) => {
    const line = dial();
    line.socket.write(hello());
    await until('its arrival', () => arrived.length === 1);
    line.socket.write(bytes());
    await until('the cut', () => line.cut && left.length === 1);
    expect(said).toEqual([]);
  });

  it('lets a newer connection of a pilot replace the older one', async () => {
    const older = dial();
    older.socket.write(hello());
    await until('the first', () => arrived.length === 1);
    dial().socket.write(hello());
    await until('the second', () => arrived.length === 2 && older.cut);
    expect(listener.count).toBe(1);
    expect(left).toEqual([]);
  });

  it('cuts an agent that is silent', async () => {
    const line = dial();
    line.socket.write(hello());
    await until('its arrival', () => arrived.length === 1);
    await until('the cut', () => line.cut && left.length === 1);
  });

  it('holds so many unproven connections and no more, plain ones too', async () => {
    const cut: Socket[] = [];
    for (let index = 0; index < LIMITS.unprovenConnections + 5; index += 1) {
      const socket = connectPlain(listener.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.on('close', () => cut.push(socket));
      sockets.push(socket);
    }
    await until('five to be turned away', () => cut.length === 5);
    sockets.forEach(socket => socket.destroy());
    await until('room', () => cut.length === LIMITS.unprovenConnections + 5);
    const line = dial();
    line.socket.write(hello());
    await until('a welcome', () => arrived.length === 1);
  });

  it('lets an agent in though a stranger holds all connections and says nothing', async () => {
    listener.dispose();
    const clock = new ManualClock(Date.now());
    await open(clock);
    let there = 0;
    for (let index = 0; index < LIMITS.unprovenConnections; index += 1) {
      const socket = connectPlain(listener.port, '127.0.0.1', () => (there += 1));
      socket.on('error', () => undefined);
      sockets.push(socket);
    }
    await until('the stranger', () => there === LIMITS.unprovenConnections);
    const early = dial();
    // While there are many, whose they are is looked up first.
    const passes = (look: () => boolean) => (): boolean => {
      clock.advance(1);
      return look();
    };
    await until(
      'the cut, since those before it may be about to finish',
      passes(() => early.cut)
    );
    clock.advance(300);
    const line = dial();
    line.socket.write(hello());
    await until(
      'a welcome',
      passes(() => arrived.length === 1)
    );
    expect(line.cut).toBe(false);
  });

  it('lets an agent in though another user of this machine takes every place again and again', async () => {
    const code = `const net = require('node:net');
      let count = 0;
      const dial = () => {
        const socket = net.connect(${listener.port}, '127.0.0.1', () => {
          count += 1;
          if (count === ${LIMITS.unprovenConnections}) process.stdout.write('all');
        });
        socket.on('error', () => undefined).on('close', () => setTimeout(dial, 1)).resume();
      };
      for (let index = 0; index < ${LIMITS.unprovenConnections} + 50; index += 1) dial();`;
    const words = ['--reuid', '65534', '--clear-groups', process.execPath, '-e', code];
    const stranger = spawn('setpriv', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(stranger.stdout, 'data');
      const line = dial();
      line.socket.write(hello());
      await until('a welcome', () => arrived.length === 1);
      expect(line.cut).toBe(false);
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  it('keeps port, key and certificate over a restart, and takes another port if it must', async () => {
    const { port, fingerprint } = listener;
    const secret = secrets.derive(PilotId.parse('p1'), 1, 5);
    listener.dispose();
    await open();
    expect([listener.port, listener.fingerprint]).toEqual([port, fingerprint]);
    expect(secrets.derive(PilotId.parse('p1'), 1, 5)).toBe(secret);
    const first = listener;
    await open();
    expect(listener.port).not.toBe(port);
    first.dispose();
  });
});
