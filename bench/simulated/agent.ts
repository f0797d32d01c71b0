import { readFileSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';
import type { z } from 'zod';
import {
  type AGENT_METHODS,
  type AGENT_NOTIFICATIONS,
  FrameKind,
  LIMITS,
  PilotFile,
  type TO_AGENT
} from '../../src/protocol';
import { encodeFrame, FrameDecoder } from '../../src/bridge/tunnels/frames';
import { TunnelEnd } from './tunnelEnd';

type Hello = z.input<(typeof AGENT_METHODS)['agent.hello']['params']>;
type Start = z.infer<(typeof TO_AGENT)['pool.start']>;

/** What all simulated pilots and their kernel have in common. */
export const RUNTIME = { executable: '/simulated/python', python: '3.11.7', parsl: '2026.10.26' };

/** What a pilot that is simulated tells the measurement. */
export interface IAgentAudience {
  started(lease: string): void;
  /** It heard nothing of the bridge for so long, until it did. */
  silent(ms: number): void;
  cut(why: string): void;
}

/** A pilot as the bridge sees one: a real connection, a real proof, and no process behind it. */
export class SimulatedAgent {
  constructor(
    path: string,
    private readonly _address: string,
    private readonly _audience: IAgentAudience
  ) {
    this._file = PilotFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  }

  /** Resolves once it is welcome. */
  dial(): Promise<void> {
    const address = this._file.addresses.find(({ host }) => host === this._address);
    if (address === undefined) {
      throw new Error(`pilots are not told to dial ${this._address}`);
    }
    return new Promise((resolve, reject) => {
      const { host, port } = address;
      // The certificate is pinned by real agents: here nobody else listens.
      const socket = connect({ host, port, rejectUnauthorized: false, minVersion: 'TLSv1.3' });
      const decoder = new FrameDecoder(LIMITS.agentFrameBytes);
      socket.setNoDelay(true);
      socket.on('secureConnect', () => this._hello());
      socket.on('error', reject);
      socket.on('close', () => {
        reject(new Error('cut before its welcome'));
        this._audience.cut(`${this._file.pilot} at ${this._saidAtMs}`);
      });
      socket.on('data', (bytes: Buffer) => {
        this._heard();
        for (const { kind, content } of decoder.push(bytes)) {
          if (kind === FrameKind.stream) {
            this._tunnel?.heard(Buffer.from(content));
          } else {
            this._read(JSON.parse(content.toString()) as Record<string, unknown>, resolve);
          }
        }
      });
      this._socket = socket;
    });
  }

  /** From now on it runs each task that comes through a tunnel of its for so long, and answers. */
  serve(taskMs: number, resultBytes: number): void {
    this._work = { taskMs, resultBytes };
  }

  close(): void {
    this._socket?.removeAllListeners('close').destroy();
    clearInterval(this._pinging);
  }

  private _hello(): void {
    const { pilot, attempt, secret, expiresAtMs, pingMs } = this._file;
    const params: Hello = {
      ...{ protocol: 1, pilot, attempt, secret, expiresAtMs },
      ...{ startedAtMs: Date.now(), nowMs: Date.now(), pid: process.pid, host: 'node', site: null },
      ...{ system: 'Linux', architecture: 'x86_64', cores: 1, memoryMiB: 1000, gpus: [] },
      ...{ runtime: { ...RUNTIME, problem: null }, pools: [], starts: 'zygote' }
    };
    this._write({ id: 1, method: 'agent.hello', params });
    this._pinging = setInterval(() => this._say('ping', {}), pingMs);
  }

  private _read(message: Record<string, unknown>, welcome: () => void): void {
    if ('result' in message) {
      if (!(message.result as { welcome: boolean }).welcome) {
        throw new Error(JSON.stringify(message));
      }
      welcome();
    } else if (message.method === 'pool.start') {
      const { lease, start, tunnel } = message.params as Start;
      if (tunnel === null) {
        throw new Error('a pool without a tunnel');
      }
      this._lease = lease;
      this._audience.started(lease);
      this._tunnel = new TunnelEnd(tunnel, frame =>
        this._socket?.write(encodeFrame(FrameKind.stream, frame))
      );
      this._tunnel.onPart = bytes => this._run(lease, bytes);
      this._pool('running', start, tunnel);
    } else if (message.method === 'pool.stop') {
      const { id, start } = { id: this._tunnel?.id ?? null, start: this._start };
      this._tunnel = null;
      this._pool('ended', start, id);
    }
  }

  private _run(lease: Start['lease'], argument: Buffer): void {
    const tunnel = this._tunnel;
    const executorTask = argument.readUInt32BE(0);
    const task = { worker: 0, executorTask, startedAtMs: Date.now() };
    this._say('agent.running', { lease, running: [task] });
    setTimeout(() => {
      const result = Buffer.alloc(this._work.resultBytes);
      result.writeUInt32BE(executorTask, 0);
      tunnel?.send(result);
      this._say('agent.running', { lease, running: [] });
    }, this._work.taskMs);
  }

  private _pool(state: 'running' | 'ended', start: string, tunnel: string | null): void {
    this._start = start;
    const of = { lease: this._lease, start, tunnel } as never as Pick<
      Start,
      'lease' | 'start' | 'tunnel'
    >;
    this._say('agent.pool', { ...of, state, exitCode: state === 'ended' ? 0 : null, words: '' });
  }

  private _heard(): void {
    const now = Date.now();
    if (this._heardAtMs > 0) {
      this._audience.silent(now - this._heardAtMs);
    }
    this._heardAtMs = now;
  }

  private _say<M extends keyof typeof AGENT_NOTIFICATIONS>(
    method: M,
    params: z.input<(typeof AGENT_NOTIFICATIONS)[M]>
  ): void {
    this._write({ method, params });
  }

  private _write(message: object): void {
    this._saidAtMs = Date.now();
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this._socket?.write(encodeFrame(FrameKind.json, text));
  }

  private readonly _file: PilotFile;
  private _socket: TLSSocket | null = null;
  private _tunnel: TunnelEnd | null = null;
  private _work = { taskMs: 0, resultBytes: 4 };
  private _lease = '';
  private _start = '';
  private _heardAtMs = 0;
  private _saidAtMs = 0;
  private _pinging: NodeJS.Timeout | undefined;
}
