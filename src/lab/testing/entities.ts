import type {
  Executor,
  HostConnection,
  Login,
  LoginQuestion,
  Pilot,
  Pool,
  Snapshot,
  Task,
  TaskGroup
} from '../../protocol';
import {
  Executor as ExecutorSchema,
  HostConnection as HostSchema,
  Login as LoginSchema,
  Pilot as PilotSchema,
  Pool as PoolSchema
} from '../../protocol';
import { Snapshot as SnapshotSchema, Task as TaskSchema } from '../../protocol';
import { TaskGroup as GroupSchema } from '../../protocol';

/** Entities as the bridge would send them, checked by the contract. */
const TITLE = 'This computer';
const LABEL = 'local';
export const NOW_MS = 1_800_000_000_000;
const NO_COUNTS: Pool['counts'] = {
  requested: 0,
  queued: 0,
  held: 0,
  suspended: 0,
  starting: 0,
  idle: 0,
  busy: 0,
  draining: 0,
  lost: 0
};

export const aPool = (
  changes: Partial<Omit<Pool, 'counts' | 'wanted' | 'pool' | 'host'>> & {
    pool?: string;
    host?: string | null;
    counts?: Partial<Pool['counts']>;
    wanted?: Partial<Pool['wanted']>;
  } = {}
): Pool =>
  PoolSchema.parse({
    pool: 'local',
    title: TITLE,
    scheduler: 'local',
    submitHost: 'here',
    schedulerTrouble: null,
    workersPerPilot: 1,
    stopped: null,
    waitingWhy: null,
    ...changes,
    wanted: { count: 0, typed: null, asked: 0, min: 0, max: 64, ...changes.wanted },
    counts: { ...NO_COUNTS, ...changes.counts }
  });

export const aPilot = (
  id: string,
  changes: Partial<Omit<Pilot, 'pool'>> & { pool?: string } = {}
): Pilot =>
  PilotSchema.parse({
    pilot: id,
    pool: 'local',
    attempt: 1,
    state: 'idle',
    sinceMs: NOW_MS - 180_000,
    cause: 'agent',
    words: '',
    end: null,
    createdAtMs: NOW_MS - 200_000,
    startedAtMs: NOW_MS - 180_000,
    endedAtMs: null,
    endsByMs: null,
    resumesUntilMs: null,
    clockBehindMs: 0,
    schedulerId: '4711',
    host: 'node7',
    site: null,
    cores: 2,
    memoryMiB: 1536,
    gpus: [],
    runtime: { python: '3.11.7' },
    lease: null,
    running: [],
    ran: 12,
    ...changes
  });

export const anExecutor = (id: string, changes: Partial<Executor> = {}): Executor =>
  ExecutorSchema.parse({
    executor: id,
    pool: 'local',
    label: LABEL,
    origin: { kernelId: 'k1', notebook: 'work/pi.ipynb', pid: 99, workingFolder: '/w' },
    runtime: { executable: '/usr/bin/python3', python: '3.11.7', parsl: '2026.10.26' },
    ask: { kind: 'blocks', blocks: 4 },
    asksFor: 4,
    target: 4,
    registered: 4,
    resting: false,
    connected: true,
    openedAtMs: NOW_MS - 1000,
    ...changes
  });

export const aGroup = (
  id: string,
  changes: Partial<Omit<TaskGroup, 'cell' | 'group' | 'waitsFor'>> & {
    cell?: Partial<TaskGroup['cell']>;
    waitsFor?: string[];
  } = {}
): TaskGroup =>
  GroupSchema.parse({
    group: id,
    run: 'run1',
    origin: { kernelId: 'k1', notebook: 'work/pi.ipynb', pid: 99, workingFolder: '/w' },
    app: 'pi',
    total: 0,
    waiting: 0,
    waitingForFutures: 0,
    running: 0,
    done: 0,
    fromMemory: 0,
    failed: 0,
    retried: 0,
    waitsFor: [],
    pilotsNow: 0,
    sites: [],
    firstAtMs: NOW_MS - 72_000,
    lastAtMs: NOW_MS,
    error: null,
    kernelGone: false,
    ...changes,
    cell:
      changes.cell === null
        ? null
        : { messageId: 'm1', cellId: 'c1', executionCount: 5, session: 's1', ...changes.cell }
  });

export const aTask = (number: number, changes: Partial<Task> = {}): Task =>
  TaskSchema.parse({
    run: 'run1',
    task: number,
    group: 'g1',
    app: 'pi',
    state: 'done',
    reason: 'executed',
    dependsOn: [],
    failedInput: null,
    tries: 1,
    pilot: 'p1',
    host: 'node7',
    site: null,
    worker: 0,
    submittedAtMs: NOW_MS - 5000,
    launchedAtMs: NOW_MS - 4900,
    startedAtMs: NOW_MS - 4000,
    endedAtMs: NOW_MS - 2500,
    error: null,
    printed: '',
    ...changes
  });

/** Nobody is logged in to it. */
export const aHost = (
  changes: Partial<Omit<HostConnection, 'host' | 'pools'>> & {
    host?: string;
    pools?: string[];
  } = {}
): HostConnection =>
  HostSchema.parse({
    host: 'h1',
    address: 'ap40.example.org',
    user: 'alice',
    port: 22,
    via: [],
    transport: 'ssh2',
    state: 'away',
    sinceMs: NOW_MS - 40_000,
    login: null,
    key: null,
    methods: [],
    returnsByItself: false,
    nextTryMs: null,
    channels: { open: 0, most: 0 },
    trouble: null,
    pools: ['ospool'],
    ...changes
  });

/** A machine's key that has been known for a while. */
export const aKey = (changes: Partial<NonNullable<HostConnection['key']>> = {}) => ({
  algorithm: 'ssh-ed25519',
  fingerprint: 'SHA256:sWgK3mTtO0n8qJdVZxYw1uR5aPbC7eF9gHiJkLmNoPq',
  knownSinceMs: Date.UTC(2026, 10, 2, 12),
  alsoKnownAs: [],
  ...changes
});

/** A login to `aHost` under way, that waits for the machine. */
export const aLogin = (
  changes: Partial<Omit<Login, 'login' | 'hop'>> & {
    login?: string;
    hop?: Partial<Login['hop']>;
  } = {}
): Login =>
  LoginSchema.parse({
    login: 'l1',
    key: aKey(),
    banner: '',
    question: { kind: 'none' },
    endsByMs: NOW_MS + 112_000,
    startedAtMs: NOW_MS - 8000,
    ...changes,
    hop: { address: 'ap40.example.org', port: 22, user: 'alice', number: 1, of: 1, ...changes.hop }
  });

/** A question with one hidden field. */
export const aRound = (
  changes: Partial<Extract<LoginQuestion, { kind: 'prompts' }>> = {}
): LoginQuestion => ({
  kind: 'prompts',
  round: 1,
  method: 'keyboard-interactive',
  name: '',
  instructions: '',
  prompts: [{ text: 'Password: ', echo: false }],
  again: false,
  ...changes
});

/** `aHost` with a login under way that asks this. */
export const asking = (
  question: LoginQuestion,
  login: Parameters<typeof aLogin>[0] = {},
  host: Parameters<typeof aHost>[0] = {}
): HostConnection =>
  aHost({
    state: 'logging-in',
    sinceMs: NOW_MS - 8000,
    login: aLogin({ ...login, question }),
    ...host
  });

export const aSnapshot = (
  changes: Partial<Omit<Snapshot, 'instance'>> & { instance?: string } = {}
): Snapshot =>
  SnapshotSchema.parse({
    instance: 'b1',
    seq: 0,
    atMs: NOW_MS,
    pools: [],
    pilots: [],
    executors: [],
    groups: [],
    brokenProfiles: [],
    ...changes
  });
