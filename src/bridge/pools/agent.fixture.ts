import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import type { z } from 'zod';
import { FrameKind, type AGENT_NOTIFICATIONS, PilotFile, type TO_AGENT } from '../../protocol';
import { encodeFrame, FrameDecoder } from '../tunnels/frames';
import type { AgentHello } from '../tunnels';

export interface IHeard {
  method: string;
  params: unknown;
}

/** An agent that a test plays: real TLS, real proof, and only what the test has it say. */
export class ScriptedAgent {
  private constructor(
    readonly folder: string,
    readonly file: PilotFile,
    readonly socket: TLSSocket
  ) {}

  readonly heard: IHeard[] = [];
  /** Frames of tunnels. */
  readonly streamed: Buffer[] = [];
  /** Pieces of what is large. */
  readonly pieced: Buffer[] = [];
  welcome: { welcome: boolean; reason: string | null } | null = null;
  closed = false;
  /** Whether it does what it is told: pools run at once and end when stopped, and leave no logs. */
  obeys = true;

  /** Dials home as the pilot of this folder; `far`: as one that does not see this machine's files. */
  static dial(
    folder: string,
    hello: Partial<AgentHello> = {},
    far = false
  ): Promise<ScriptedAgent> {
    const file = PilotFile.parse(JSON.parse(readFileSync(join(folder, 'pilot.json'), 'utf8')));
    const contact = JSON.parse(readFileSync(file.contactFile ?? '', 'utf8')) as { port: number };
    const port = (far ? file.addresses.at(-1)?.port : undefined) ?? contact.port;
    return new Promise((resolve, reject) => {
      const socket = connect({
        host: '127.0.0.1',
        port,
        rejectUnauthorized: false,
        minVersion: 'TLSv1.3'
      });
      const agent = new ScriptedAgent(folder, file, socket);
      const decoder = new FrameDecoder(1 << 26);
      socket.on('secureConnect', () => agent._hello(hello));
      socket.on('data', (bytes: Buffer) => {
        for (const frame of decoder.push(bytes)) {
          if (frame.kind === FrameKind.stream) {
            agent.streamed.push(Buffer.from(frame.content));
            continue;
          }
          if (frame.kind === FrameKind.content) {
            agent.pieced.push(Buffer.from(frame.content));
            continue;
          }
          agent._read(JSON.parse(frame.content.toString()) as Record<string, unknown>, resolve);
        }
      });
      socket.on('error', reject);
      socket.on('close', () => {
        agent.closed = true;
        reject(new Error('cut before the welcome'));
      });
    });
  }

  say<M extends keyof typeof AGENT_NOTIFICATIONS>(
    method: M,
    params: z.input<(typeof AGENT_NOTIFICATIONS)[M]>
  ): void {
    this.socket.write(
      encodeFrame(FrameKind.json, JSON.stringify({ jsonrpc: '2.0', method, params }))
    );
  }

  stream(frame: Buffer): void {
    this.socket.write(encodeFrame(FrameKind.stream, frame));
  }

  piece(frame: Buffer): void {
    this.socket.write(encodeFrame(FrameKind.content, frame));
  }

  /** Params of all it was told by one method. */
  told<M extends keyof typeof TO_AGENT>(method: M): z.infer<(typeof TO_AGENT)[M]>[] {
    return this.heard
      .filter(heard => heard.method === method)
      .map(heard => heard.params as z.infer<(typeof TO_AGENT)[M]>);
  }

  cut(): void {
    this.socket.destroy();
  }

  private _hello(given: Partial<AgentHello>): void {
    const { pilot, attempt, secret, expiresAtMs } = this.file;
    const params: AgentHello = {
      protocol: 1,
      pilot,
      attempt,
      restarts: 0,
      slot: null,
      nowMs: null,
      endsByMs: null,
      glibc: null,
      secret,
      expiresAtMs,
      startedAtMs: Date.now(),
      pid: process.pid,
      host: 'node-1',
      site: null,
      system: 'Linux',
      architecture: 'x86_64',
      cores: 1,
      memoryMiB: 1000,
      gpus: [],
      runtime: { executable: '/bin/sh', python: '3.11.7', parsl: '2026.10.26', problem: null },
      pools: [],
      starts: 'zygote',
      ...given
    };
    const request = { jsonrpc: '2.0', id: 1, method: 'agent.hello', params };
    this.socket.write(encodeFrame(FrameKind.json, JSON.stringify(request)));
  }

  private _endJob(): void {
    try {
      process.kill(-Number(readFileSync(join(this.folder, 'pid'), 'utf8')), 'SIGTERM');
    } catch (error) {
      // The scheduler, told at the same time, was quicker.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
        throw error;
      }
    }
  }

  private _read(message: Record<string, unknown>, welcomed: (agent: ScriptedAgent) => void): void {
    if ('result' in message) {
      this.welcome = message.result as { welcome: boolean; reason: string | null };
      welcomed(this);
      return;
    }
    const heard = message as unknown as IHeard;
    this.heard.push(heard);
    if (!this.obeys) {
      return;
    }
    if (heard.method === 'pool.start') {
      const { lease, start } = heard.params as z.infer<(typeof TO_AGENT)['pool.start']>;
      this._pools.set(lease, start);
      this.say('agent.pool', { lease, start, state: 'running', exitCode: null, words: '' });
    } else if (heard.method === 'logs.list') {
      const { id } = heard.params as z.infer<(typeof TO_AGENT)['logs.list']>;
      this.say('agent.log', { id, answer: { kind: 'leases', folder: this.folder, leases: [] } });
    } else if (heard.method === 'pilot.end') {
      const { reason } = heard.params as z.infer<(typeof TO_AGENT)['pilot.end']>;
      this.say('agent.ending', { reason, words: '' });
      this._endJob();
    } else if (heard.method === 'pool.stop') {
      const { lease } = heard.params as z.infer<(typeof TO_AGENT)['pool.stop']>;
      const start = this._pools.get(lease);
      if (start !== undefined) {
        this._pools.delete(lease);
        this.say('agent.pool', { lease, start, state: 'ended', exitCode: -9, words: '' });
      }
    }
  }

  private readonly _pools = new Map<string, z.infer<(typeof TO_AGENT)['pool.start']>['start']>();
}
