import type {
  BrokenProfile,
  Change,
  ErrorCode,
  ErrorData,
  Executor,
  ExecutorId,
  LeaseId,
  Method,
  Params,
  Pilot,
  PilotId,
  Pool,
  PoolName,
  Profile,
  Result,
  Role,
  RunId,
  Times
} from '../protocol';
import type { ISwitch } from './tunnels/tokens';

/** What exists in the bridge: interfaces, no code. Each is made in one folder and handed to others by main. */

/** Time, as an argument, so that tests can own it. */
export interface IClock {
  now(): number;
  /** Calls once after `ms`. */
  after(ms: number, call: () => void): IDisposable;
  every(ms: number, call: () => void): IDisposable;
}

export interface IDisposable {
  dispose(): void;
}

/** The bridge's log file. `fields` must hold no secret. */
export interface ILog {
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, error: unknown, fields?: Record<string, unknown>): void;
}

/** Where changes go on their way to views; coalesced and numbered behind it. */
export interface IChangeSink {
  put(change: Change): void;
  /**
   * Calls `put` when the next delta is made, once however often it was asked
   * for: what is counted up from others then agrees with them in each delta.
   */
  late(put: () => void): void;
}

/** One connected client, after `bridge.hello`. */
export interface IClient {
  readonly id: number;
  readonly role: Role;
  readonly pid: number;
  readonly closed: boolean;
  /** Sends a notification of BRIDGE_NOTIFICATIONS; dropped if the client is gone. */
  notify(method: string, params: unknown): void;
  /** Called once when the connection ends. */
  onClosed(call: () => void): IDisposable;
}

/** A handler of one method. Throws PilothouseError for what the caller did wrong. */
export type Handler<M extends Method> = (
  params: Params<M>,
  client: IClient
) => Result<M> | Promise<Result<M>>;
export type Handlers = { [M in Method]?: Handler<M> };

/** Reads profiles from files each time, so that an edit takes effect at the next use. */
export interface IProfiles extends IWrittenProfiles {
  /** @throws PilothouseError unknown_profile, invalid_profile */
  get(name: string): Profile;
  list(): {
    profiles: { name: PoolName; title: string; source: string }[];
    broken: BrokenProfile[];
  };
  /** Calls soon after a file has changed; a disk that tells no changes is not watched. */
  watch(context: Pick<IBridgeContext, 'clock' | 'log'>, changed: () => void): IDisposable;
}

/** The user's own profiles, as they are written. */
export interface IWrittenProfiles {
  /** @throws PilothouseError unknown_profile, invalid_profile (no JSON object) */
  read(name: string): Result<'profiles.read'>;
  /**
   * Writes one, under another name if `replaces` is another; null: it is new.
   * @throws PilothouseError invalid_profile, unknown_profile, profile_exists,
   *   profile_read_only, file_failed
   */
  save(written: Readonly<Record<string, unknown>>, replaces: string | null): Profile;
  /** @throws PilothouseError unknown_profile, profile_read_only, file_failed */
  remove(name: string): void;
}

/** A pilot as the database keeps it: what a person sees, and what the bridge alone needs. */
export interface IPilotRecord {
  pilot: Pilot;
  /** Where its files are, on the submit host; empty until its submission is planned. */
  folder: string;
  /** What the scheduler's adapter needs to know it again, as JSON (local: pid and start time). */
  job: string | null;
  /** What it is made for: `sys.executable` where pilots share files, else `<minor> <parsl>`. */
  executable: string;
}

/**
 * How far a submission has come: it is on record; its folder is written; the
 * call is made or about to be, so that only the scheduler can tell whether
 * there are jobs; its jobs are on record.
 */
export type SubmissionState = 'planned' | 'written' | 'called' | 'known';

/** A submission as the database keeps it (docs/architecture.md, "Sites"). */
export interface ISubmissionRecord {
  /** The end of its jobs' name. */
  readonly id: string;
  readonly pool: PoolName;
  /** As it was when this was submitted: what is done to its jobs later follows from it. */
  readonly profile: Profile;
  /** On the submit host; pilot number n has `folder/n`. */
  readonly folder: string;
  /** The submit host, for a person. */
  readonly host: string;
  readonly pilots: readonly PilotId[];
  readonly state: SubmissionState;
}

/** Submissions in the database. Writes are done when the call returns. */
export interface ISubmissionStore {
  submissions(): ISubmissionRecord[];
  put(record: ISubmissionRecord): void;
  remove(ids: readonly string[]): void;
}

/** The part of the database that pools need. Writes are done when the call returns. */
export interface IPilotStore {
  pilots(): IPilotRecord[];
  putPilots(records: readonly IPilotRecord[]): void;
  removePilots(ids: readonly PilotId[]): void;
  /** Typed numbers that hold over a restart. */
  typed(): Map<PoolName, number>;
  putTyped(pool: PoolName, count: number | null): void;
  /** Executors that rest since a pool was taken down, with the unfinished tasks that they had then. */
  rests(pool: PoolName): Map<ExecutorId, number>;
  /** These, and no others of that pool. */
  putRests(pool: PoolName, rests: ReadonlyMap<ExecutorId, number>): void;
  /** Small values: ports, counters. */
  value(key: string): string | null;
  putValue(key: string, value: string): void;
}

/** What the tasks' side wants to know of pilots and executors, and what it is told. */
export interface ITaskBook {
  /** An agent says which of HTEX's tasks run on one lease's workers: the whole list, replacing the one before. */
  running(
    executor: ExecutorId,
    pilot: PilotId,
    where: { host: string | null; site: string | null; slot: string | null },
    running: readonly { worker: number; executorTask: number; startedAtMs: number }[]
  ): void;
  /** App names of what runs, for a pilot's row; one for each busy worker. */
  appsRunning(pilot: PilotId): string[];
  /** Whether anything runs: what `appsRunning` would not be empty for. */
  isBusy(pilot: PilotId): boolean;
  /** Tasks the pilot has finished. */
  ran(pilot: PilotId): number;
  /** How long the longest task has run there, or runs by now, in ms; 0: none yet. */
  longestMs(pilot: PilotId, nowMs: number): number;
  /** The kernel of these runs is gone for good. */
  kernelGone(runs: readonly RunId[]): void;
}

/** What pools do for the methods of the API. */
export interface IPools extends IDisposable {
  readonly handlers: Pick<
    Handlers,
    | 'pools.setWanted'
    | 'pools.resume'
    | 'pools.down'
    | 'pools.resubmit'
    | 'pools.status'
    | 'pilots.drain'
    | 'pilots.remove'
    | 'pilots.hold'
    | 'pilots.release'
    | 'pilots.files'
    | 'pilots.log'
    | 'profiles.save'
    | 'profiles.remove'
    | 'profiles.check'
    | 'profiles.script'
    | 'profiles.limits'
    | 'checks.folder'
    | 'checks.uplink'
    | 'executors.open'
    | 'executors.ask'
    | 'executors.close'
    | 'leases.ask'
    | 'leases.end'
  >;
  /** Notifications of kernels. */
  load(client: IClient, executor: ExecutorId, unfinished: number, idleLeases?: number): void;
  registered(client: IClient, lease: LeaseId, start: string): void;
  snapshot(): { pools: Pool[]; pilots: Pilot[]; executors: Executor[] };
  /** Where homes of kernels put their ends of tunnels. */
  readonly tunnels: Pick<ISwitch, 'homeCame' | 'homeLeft' | 'fromHome' | 'homeHasRoom'>;
  /** The tasks' side says that what runs on these pilots has changed. */
  tasksChanged(pilots: ReadonlySet<PilotId>): void;
  /** Pilots that are queued, running or may be: while there are any, the bridge lives. */
  readonly alive: number;
  readonly agents: number;
  /** Starts listening, takes up the database's pilots, asks schedulers. */
  start(): Promise<void>;
}

/** Options every part is made with. */
export interface IBridgeContext {
  readonly clock: IClock;
  readonly log: ILog;
  readonly times: Times;
  readonly changes: IChangeSink;
  readonly folders: { readonly state: string; readonly runtime: string };
  readonly machine: string;
  /** The agent's archive. */
  readonly agentFile: string;
  /** The folder of the relay's modules (pilothouse/relay), to be run on submit hosts. */
  readonly relayFolder?: string;
  /** The Python that started the bridge: for pilots asked for before any kernel has. */
  readonly python: string;
  /**
   * For tests of what a death leaves behind: called at each point of a
   * submission, before the next is begun.
   */
  readonly reached?: (point: SubmissionPoint) => void | Promise<void>;
}

/** What has just been done: `calling` is after the record of the call and before the call. */
export const SUBMISSION_POINTS = ['planned', 'written', 'calling', 'called'] as const;
export type SubmissionPoint = (typeof SUBMISSION_POINTS)[number];

/** An error with a code; what `error.data` is made of. */
export interface IPilothouseErrorOptions {
  code: ErrorCode;
  params?: ErrorData['params'];
  machine?: string;
  words?: string;
}
