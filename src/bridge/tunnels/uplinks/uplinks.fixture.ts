import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import {
  FrameKind,
  HostId,
  PilotId,
  Profile,
  TIMES,
  relayNameOf,
  type WrittenProfile
} from '../../../protocol';
import { systemClock } from '../../clock';
import type { IChannel, ITransport } from '../../ssh/tokens';
import type { IBridgeContext } from '../../tokens';
import { until } from '../../until.fixture';
import { encodeFrame, FrameDecoder } from '../frames';
import { PilotSecrets } from '../secrets';
import type { AgentMessage, IAddress, IAgentConnection, ILogins } from '../tokens';
import { Uplinks } from '.';

/** A login to "another machine" whose commands are processes of this one. */
export class ProcessLogin {
  private readonly _calls = new Set<(connected: boolean) => void>();
  readonly processes: ChildProcess[] = [];
  /** What its login shell prints before and during all else. */
  noise = '';
  transport: ITransport | null = null;

  readonly logins: ILogins = {
    connection: ({ address }) =>
      address === undefined ? null : this._connection(HostId.parse(address))
  };

  open(): void {
    const exec = (line: string): Promise<IChannel> => Promise.resolve(this._exec(line));
    this.transport = { exec } as unknown as ITransport;
    this._calls.forEach(call => call(true));
  }

  /** A real one; null: it has broken. */
  use(transport: ITransport | null): void {
    this.transport = transport;
    this._calls.forEach(call => call(transport !== null));
  }

  /** The connection breaks: what runs over it loses its input and output. */
  cut(): void {
    this.transport = null;
    for (const { stdin, stdout } of this.processes.splice(0)) {
      stdin?.destroy();
      stdout?.destroy();
    }
    this._calls.forEach(call => call(false));
  }

  dispose(): void {
    this.cut();
  }

  private _connection(host: HostId): NonNullable<ReturnType<ILogins['connection']>> {
    const transport = (): ITransport | null => this.transport;
    return {
      host,
      get transport() {
        return transport();
      },
      onConnection: call => {
        this._calls.add(call);
        return { dispose: () => void this._calls.delete(call) };
      }
    };
  }

  private _exec(line: string): IChannel {
    const child = spawn('/bin/sh', ['-c', `printf '%s' "$NOISE"; ${line}`], {
      env: { PATH: process.env.PATH, NOISE: this.noise }
    });
    this.processes.push(child);
    return {
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      ended: new Promise(done => {
        child.on('close', (exitCode, signal) => done({ exitCode, signal }));
      }),
      close: () => {
        child.stdin.destroy();
        child.stdout.destroy();
      }
    };
  }
}

/** One connection of an agent, with all it was sent and whether it was cut. */
export interface IAgentLine {
  readonly socket: TLSSocket;
  readonly got: { readonly kind: number; readonly text: string; readonly content: Buffer }[];
  cut: boolean;
}

/** All ways home in a folder of its own. */
export class UplinkRoom {
  constructor(readonly home = mkdtempSync(join(tmpdir(), 'ph-'))) {
    const context: IBridgeContext = {
      clock: systemClock,
      log: {
        info: (event, fields) => void this.logged.push(`${event} ${JSON.stringify(fields)}`),
        warn: (event, fields) => void this.logged.push(`${event} ${JSON.stringify(fields)}`),
        error: (event, error) => void this.logged.push(`${event} ${String(error)}`)
      },
      times: { ...TIMES },
      changes: { put: () => undefined, late: () => undefined },
      folders: { state: this.home, runtime: this.home },
      machine: 'test',
      agentFile: '',
      relayFolder: resolve(__dirname, '../../../../pilothouse/relay'),
      python: ''
    };
    this.secrets = new PilotSecrets(this.home);
    this.uplinks = new Uplinks(
      context,
      {
        value: key => this.values.get(key) ?? null,
        putValue: (key, value) => void this.values.set(key, value)
      },
      this.secrets,
      this.login.logins
    );
  }

  readonly uplinks: Uplinks;
  readonly secrets: PilotSecrets;
  readonly login = new ProcessLogin();
  readonly values = new Map<string, string>();
  readonly logged: string[] = [];
  readonly arrived: IAgentConnection[] = [];
  readonly left: IAgentConnection[] = [];
  readonly said: AgentMessage[] = [];
  readonly streamed: Buffer[] = [];
  readonly lines: IAgentLine[] = [];

  static async open(home?: string): Promise<UplinkRoom> {
    const room = new UplinkRoom(home);
    await room.uplinks.start({
      judge: () => null,
      arrived: connection => void room.arrived.push(connection),
      said: (_, message) => void room.said.push(message),
      streamed: (_, frame) => void room.streamed.push(Buffer.from(frame)),
      pieced: () => undefined,
      left: connection => void room.left.push(connection)
    });
    return room;
  }

  profile(written: Partial<WrittenProfile>): Profile {
    return Profile.parse({ name: 'site', ...written });
  }

  /** An agent's TLS connection to an address. */
  dial({ port }: IAddress): IAgentLine {
    const socket = connect({
      host: '127.0.0.1',
      port,
      rejectUnauthorized: false,
      servername: relayNameOf(this.uplinks.fingerprint)
    });
    const decoder = new FrameDecoder(1 << 26);
    const line: IAgentLine = { socket, got: [], cut: false };
    socket.on('data', (bytes: Buffer) => {
      for (const { kind, content } of decoder.push(bytes)) {
        line.got.push({ kind, text: content.toString(), content });
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => (line.cut = true));
    this.lines.push(line);
    return line;
  }

  /** The same, proved: welcome. */
  async agent(address: IAddress, pilot: string): Promise<IAgentLine> {
    const line = this.dial(address);
    const expiresAtMs = Date.now() + 60_000;
    const params = {
      protocol: 1,
      pilot,
      attempt: 1,
      expiresAtMs,
      secret: this.secrets.derive(PilotId.parse(pilot), 1, expiresAtMs),
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
      starts: 'plain'
    };
    const request = { jsonrpc: '2.0', id: 1, method: 'agent.hello', params };
    line.socket.write(encodeFrame(FrameKind.json, JSON.stringify(request)));
    await until('a welcome', () => line.got.some(({ text }) => text.includes('"welcome":true')));
    return line;
  }

  dispose(): void {
    this.lines.forEach(({ socket }) => socket.destroy());
    this.uplinks.dispose();
    this.login.dispose();
    rmSync(this.home, { recursive: true, force: true });
  }
}
