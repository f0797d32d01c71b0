import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ExecutorId,
  LeaseId,
  PoolName,
  Profile,
  TIMES,
  type Change,
  type Params,
  type Pilot,
  type PilotId,
  type RunId,
  type Times
} from '../../protocol';
import { systemClock } from '../clock';
import { anOpening } from '../entities.fixture';
import { PilothouseError } from '../errors';
import type { IRuntimes } from '../environments';
import type { IConnections } from '../ssh/connections';
import type { StandIn } from '../schedulers/standIn.fixture';
import { openStore, type IStore } from '../store';
import type {
  IBridgeContext,
  IClient,
  IClock,
  ILog,
  IPools,
  IProfiles,
  ITaskBook
} from '../tokens';
import { until } from '../until.fixture';
import { createPools } from '.';
import { ScriptedAgent } from './agent.fixture';
import type { LeaseChange } from './model';

/** Calls what is to fail, and gives the code of its error. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return error instanceof PilothouseError ? error.code : String(error);
  }
  return 'no error';
}

/** The same of what fails later. */
export async function codeOfAsync(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    return error instanceof PilothouseError ? error.code : String(error);
  }
  return 'no error';
}

/** A kernel's connection, as pools see it. */
export class TestKernel implements IClient {
  constructor(readonly id: number) {}
  readonly role = 'kernel';
  readonly pid = process.pid;
  closed = false;
  readonly heard: { method: string; params: unknown }[] = [];
  private readonly _calls = new Set<() => void>();

  notify(method: string, params: unknown): void {
    this.heard.push({ method, params });
  }

  onClosed(call: () => void): { dispose(): void } {
    this._calls.add(call);
    return { dispose: () => void this._calls.delete(call) };
  }

  close(): void {
    this.closed = true;
    this._calls.forEach(call => call());
  }

  /** What it was told last of a lease. */
  lease(lease: string): LeaseChange | undefined {
    return this.heard
      .filter(({ method }) => method === 'leases.changed')
      .map(({ params }) => params as LeaseChange)
      .filter(change => change.lease === lease)
      .at(-1);
  }

  target(): { target: number; urgent: boolean } | undefined {
    return this.heard
      .filter(({ method }) => method === 'executors.target')
      .map(({ params }) => params as { target: number; urgent: boolean })
      .at(-1);
  }
}

/** A bridge's pools in folders of their own, with real processes as pilots that only sleep. */
export class PoolRoom {
  constructor(
    given: {
      scaling?: Partial<Profile['scaling']>;
      environment?: Partial<Profile['environment']>;
      uplink?: Partial<Profile['uplink']>;
      submitHost?: Partial<Profile['submitHost']>;
      /** How it is reached, if it is elsewhere. */
      connections?: Pick<IConnections, 'of' | 'setPlaces'>;
      times?: Partial<Times>;
      home?: string;
      clock?: IClock;
      agent?: string;
      /** Another scheduler than this machine itself, under the name of Slurm. */
      standIn?: StandIn;
      runtimes?: IRuntimes;
      reached?: IBridgeContext['reached'];
    } = {}
  ) {
    this.home = given.home ?? mkdtempSync(join(tmpdir(), 'ph-'));
    const agentFile = join(this.home, 'agent');
    // What a test plays as an agent is no process; this stands for one to the scheduler.
    writeFileSync(agentFile, given.agent ?? 'sleep 300 & trap "kill $!; exit 43" TERM; wait\n');
    const profile = Profile.parse({
      name: 'local',
      pilot: { cores: 1 },
      scheduler: { kind: given.standIn === undefined ? 'local' : 'slurm' },
      environment: {
        python: '/bin/sh',
        ...(given.standIn === undefined ? {} : { sharesFiles: true }),
        ...given.environment
      }
    });
    // After the parse, so that a test need not wait for the shortest times a person may set.
    this.profile = {
      ...profile,
      scaling: { ...profile.scaling, ...given.scaling },
      uplink: { ...profile.uplink, ...given.uplink },
      submitHost: { ...profile.submitHost, ...given.submitHost }
    };
    const changes = this.changes;
    const context: IBridgeContext = {
      clock: given.clock ?? systemClock,
      log: this.log,
      times: { ...TIMES, ...given.times },
      changes: { put: change => void changes.push(change), late: put => this.late(put) },
      folders: { state: this.home, runtime: this.home },
      machine: 'test',
      agentFile,
      python: '/bin/sh',
      reached: given.reached
    };
    this.store = openStore(this.home, systemClock, this.log);
    const profiles: IProfiles = {
      get: name => {
        if (name !== this.profile.name) {
          throw new PilothouseError({ code: 'unknown_profile', params: { name } });
        }
        return this.profile;
      },
      read: () => ({ profile: { ...this.profile }, source: 'test', readOnly: false }),
      save: written => {
        this.profile = { ...this.profile, pilot: Profile.parse(written).pilot };
        return this.profile;
      },
      remove: () => undefined,
      list: () => ({
        profiles: [{ name: PoolName.parse('local'), title: '', source: '' }],
        broken: []
      }),
      watch: () => ({ dispose: () => undefined })
    };
    this.pools = createPools(context, {
      store: this.store.pilots,
      submissions: this.store.submissions,
      profiles,
      tasks: this.tasks,
      connections: given.connections,
      schedulers: given.standIn === undefined ? undefined : { slurm: given.standIn.create },
      runtimes: given.runtimes
    });
  }

  readonly home: string;
  readonly store: IStore;
  readonly pools: IPools;
  readonly changes: Change[] = [];
  readonly late = jest.fn((put: () => void) => put());
  readonly agents: ScriptedAgent[] = [];
  readonly goneRuns: RunId[] = [];
  readonly running: unknown[] = [];
  profile: Profile;
  /** How long the longest task of each pilot has run. */
  longestMs = 0;

  readonly logged: string[] = [];
  readonly log: ILog = {
    info: () => undefined,
    warn: event => void this.logged.push(event),
    error: (event, error) => void this.logged.push(`${event} ${String(error)}`)
  };
  readonly tasks: ITaskBook = {
    running: (...said) => void this.running.push(said),
    appsRunning: () => [],
    isBusy: () => false,
    ran: () => 0,
    longestMs: () => this.longestMs,
    kernelGone: runs => void this.goneRuns.push(...runs)
  };

  static async open(given: ConstructorParameters<typeof PoolRoom>[0] = {}): Promise<PoolRoom> {
    const room = new PoolRoom(given);
    await room.pools.start();
    return room;
  }

  pilots(...states: Pilot['state'][]): Pilot[] {
    const all = this.pools.snapshot().pilots;
    return states.length === 0 ? all : all.filter(({ state }) => states.includes(state));
  }

  /** Where a pilot's files are; empty while it is not submitted. */
  folder(pilot: PilotId): string {
    const record = this.store.pilots.pilots().find(kept => kept.pilot.pilot === pilot);
    return record?.folder ?? '';
  }

  /** Waits for so many pilots to start, and plays their agents. */
  async staff(
    count: number,
    hello: Parameters<typeof ScriptedAgent.dial>[1] = {},
    far = false
  ): Promise<ScriptedAgent[]> {
    const starting = await until(`${count} pilots that start`, () => {
      const found = this.pilots('starting');
      const run = found.filter(({ pilot }) => existsSync(join(this.folder(pilot), 'pid')));
      return run.length >= count && run;
    });
    const agents: ScriptedAgent[] = [];
    for (const { pilot } of starting.slice(0, count)) {
      agents.push(await ScriptedAgent.dial(this.folder(pilot), hello, far));
    }
    this.agents.push(...agents);
    return agents;
  }

  /** Lends one pilot to a new executor `e1`; gives the agent, and the start that it was told. */
  async lend(kernel: TestKernel, more: Partial<Params<'executors.open'>> = {}, far = false) {
    this.open(kernel, 'e1', 1, { unfinished: 1, ...more });
    this.ask(kernel, 'e1', 'l1');
    const [agent] = await this.staff(1, {}, far);
    const told = await until('its start', () => agent.told('pool.start').at(0));
    return { agent, told };
  }

  setWanted(count: number | null): ReturnType<PoolRoom['pool']> {
    void this.pools.handlers['pools.setWanted']?.({ pool: 'local', count }, this.kernel());
    return this.pool();
  }

  pool() {
    return this.pools.snapshot().pools[0];
  }

  kernel(): TestKernel {
    this._kernels += 1;
    return new TestKernel(this._kernels);
  }

  open(
    kernel: TestKernel,
    executor: string,
    blocks: number,
    more: Partial<Params<'executors.open'>> = {}
  ): void {
    void this.pools.handlers['executors.open']?.(
      anOpening(executor, { ask: { kind: 'blocks', blocks }, ...more }),
      kernel
    );
  }

  ask(kernel: TestKernel, executor: string, ...leases: string[]): void {
    void this.pools.handlers['leases.ask']?.(
      {
        executor: ExecutorId.parse(executor),
        leases: leases.map(lease => ({ lease: LeaseId.parse(lease), command: ['pool'] }))
      },
      kernel
    );
  }

  giveBack(kernel: TestKernel, executor: string, ...leases: string[]): void {
    void this.pools.handlers['leases.end']?.(
      { executor: ExecutorId.parse(executor), leases: leases.map(lease => LeaseId.parse(lease)) },
      kernel
    );
  }

  load(kernel: TestKernel, executor: string, unfinished: number): void {
    this.pools.load(kernel, ExecutorId.parse(executor), unfinished);
  }

  /** The kernel sees the pool of a lease at its interchange. */
  async register(kernel: TestKernel, lease: string): Promise<LeaseChange> {
    const started = await until(`${lease} to start`, () => {
      const change = kernel.lease(lease);
      return change?.start && change.state !== 'ended' && change;
    });
    this.pools.registered(kernel, LeaseId.parse(lease), started.start ?? '');
    return started;
  }

  /** Ends it as a bridge does that leaves its pilots alive. */
  leave(): void {
    this.pools.dispose();
    this.store.dispose();
    this.agents.forEach(agent => agent.socket.destroy());
  }

  /** Ends it with all its processes. */
  async dispose(): Promise<void> {
    void this.pools.handlers['pools.down']?.({ pool: 'local' }, this.kernel());
    await until('all pilots to end', () => this.pools.alive === 0);
    this.leave();
    rmSync(this.home, { recursive: true, force: true });
  }

  private _kernels = 0;
}
