import type { z } from 'zod';
import {
  type BRIDGE_NOTIFICATIONS,
  ExecutorId,
  LeaseId,
  RunId,
  TUNNEL_ID_BYTES
} from '../../src/protocol';
import { RUNTIME } from './agent';
import { Client } from './client';
import { TunnelEnd } from './tunnelEnd';
import { framedWire, webSocketWire } from './wire';

const EXECUTOR = ExecutorId.parse('simulated');
const RUN = RunId.parse('run-simulated');
const ARGUMENT_BYTES = 3000;
/** As the kernel's reporter merges what it tells. */
const REPORT_EVERY_MS = 30;

interface IHeld {
  readonly tunnel: TunnelEnd;
  readonly pilot: string;
}
type Change = z.infer<(typeof BRIDGE_NOTIFICATIONS)['leases.changed']>;
type Update = Record<string, unknown> & { readonly task: number };

/** A kernel with its home: it takes leases and has tasks run on them, and reports each. */
export class SimulatedKernel {
  private constructor(
    private readonly _kernel: Client,
    private readonly _home: Client
  ) {
    _kernel.onNotification = (method, params) => {
      if (method === 'leases.changed') {
        this._changed(params as Change);
      }
    };
    _home.wire.onFrame = frame => {
      this._tunnelOf(frame.toString('hex', 0, TUNNEL_ID_BYTES)).heard(frame);
    };
    this._reporting = setInterval(() => this._report(), REPORT_EVERY_MS);
  }

  /** Tasks that have come back. */
  done = 0;

  get pid(): number {
    return this._kernel.pid;
  }

  /** Leases whose pools are registered. */
  get held(): number {
    return this._held.size;
  }

  static async open(runtime: string, version: string, blocks: number): Promise<SimulatedKernel> {
    const [kernel, home] = [
      await Client.open(await webSocketWire(runtime), version, 'kernel'),
      await Client.open(await framedWire(runtime), version, 'home')
    ];
    await kernel.request('executors.open', {
      ...{ executor: EXECUTOR, pool: 'many', label: 'many', run: RUN, runtime: RUNTIME },
      origin: { pid: process.pid, workingFolder: '/' },
      ask: { kind: 'blocks', blocks },
      start: {
        ...{ workingFolder: '/', environment: {}, umask: 0o022, pythonPath: [] },
        ...{ curve: null, logs: 'warnings' }
      },
      ...{ leases: [], unfinished: 1, content: null }
    });
    await home.request('tunnels.open', { executor: EXECUTOR, tunnels: [] });
    return new SimulatedKernel(kernel, home);
  }

  /** @returns their names */
  async ask(count: number): Promise<LeaseId[]> {
    const leases = Array.from({ length: count }, () => {
      this._asked += 1;
      return LeaseId.parse(`lease-${this._asked}`);
    });
    const asked = leases.map(lease => ({ lease, command: ['pool'] }));
    await this._kernel.request('leases.ask', { executor: EXECUTOR, leases: asked });
    return leases;
  }

  /** Those that it was lent last. */
  newest(count: number): LeaseId[] {
    return [...this._held.keys()].slice(-count);
  }

  async giveBack(leases: readonly LeaseId[]): Promise<void> {
    await this._kernel.request('leases.end', { executor: EXECUTOR, leases: [...leases] });
  }

  /** From now on this lease has one task after the other. */
  keepBusy(lease: LeaseId): void {
    const held = this._held.get(lease);
    if (held === undefined) {
      throw new Error(`${lease} has no pool`);
    }
    held.tunnel.onPart = bytes => {
      this.done += 1;
      const task = bytes.readUInt32BE(0);
      this._updates.push({ task, state: 'done', reason: 'executed', endedAtMs: Date.now() });
      this._send(held);
    };
    this._send(held);
  }

  close(): void {
    clearInterval(this._reporting);
    this._kernel.wire.close();
    this._home.wire.close();
  }

  private _send({ tunnel, pilot }: IHeld): void {
    const task = this._tasks;
    this._tasks += 1;
    const now = Date.now();
    this._updates.push({
      ...{ task, app: 'simulated', cell: null, state: 'waiting', reason: 'pilot' },
      ...{ submittedAtMs: now, launchedAtMs: now, executor: EXECUTOR, executorTask: task, pilot }
    });
    const argument = Buffer.alloc(ARGUMENT_BYTES);
    argument.writeUInt32BE(task, 0);
    tunnel.send(argument);
  }

  private _changed({ lease, state, start, tunnel, pilot }: Change): void {
    if (state === 'ended') {
      this._held.delete(lease);
    } else if (state === 'starting' && start !== null && typeof tunnel === 'string') {
      this._held.set(lease, { tunnel: this._tunnelOf(tunnel), pilot: pilot ?? '' });
      this._kernel.notify('leases.registered', { lease, start });
    }
  }

  /** The bridge may tell the home of a tunnel before it tells the kernel. */
  private _tunnelOf(id: string): TunnelEnd {
    const known = this._tunnels.get(id);
    const tunnel = known ?? new TunnelEnd(id, frame => this._home.wire.sendFrame(frame));
    this._tunnels.set(id, tunnel);
    return tunnel;
  }

  private _report(): void {
    if (this._updates.length > 0) {
      const tasks = this._updates.splice(0);
      this._kernel.notify('tasks.report', { run: RUN, cells: [], tasks });
    }
  }

  private readonly _held = new Map<LeaseId, IHeld>();
  private readonly _tunnels = new Map<string, TunnelEnd>();
  private readonly _updates: Update[] = [];
  private readonly _reporting: NodeJS.Timeout;
  private _asked = 0;
  private _tasks = 1;
}
