import { ExecutorId, Pilot, RunId, type Params } from '../protocol';

/** An idle pilot of `local`, checked by the contract. */
export const aPilot = (id: string, changes: Partial<Pilot> = {}): Pilot =>
  Pilot.parse({
    pilot: id,
    pool: 'local',
    attempt: 1,
    state: 'idle',
    sinceMs: 1,
    cause: 'agent_hello',
    words: '',
    end: null,
    createdAtMs: 1,
    startedAtMs: null,
    endedAtMs: null,
    endsByMs: null,
    resumesUntilMs: null,
    clockBehindMs: 0,
    schedulerId: null,
    host: null,
    site: null,
    cores: null,
    memoryMiB: null,
    gpus: [],
    runtime: {},
    lease: null,
    running: [],
    ran: 0,
    ...changes
  });

/** What a kernel of this process says to open an executor, which asks for one pilot of `local`. */
export const anOpening = (
  executor: string,
  changes: Partial<Params<'executors.open'>> = {}
): Params<'executors.open'> => ({
  executor: ExecutorId.parse(executor),
  pool: 'local',
  label: executor,
  run: RunId.parse(`run-${executor}`),
  origin: { pid: process.pid, workingFolder: '/' },
  runtime: { executable: '/kernel/python', python: '3.11.9', parsl: '2026.10.26' },
  ask: { kind: 'blocks', blocks: 1 },
  start: {
    workingFolder: '/',
    environment: {},
    umask: 0o022,
    pythonPath: [],
    curve: null,
    logs: 'warnings'
  },
  leases: [],
  unfinished: 0,
  idleSeconds: 0,
  content: null,
  ...changes
});
