import type {
  ErrorData,
  ExecutorId,
  KernelOrigin,
  LeaseCause,
  LeaseId,
  LeaseState,
  Params,
  PilotEnd,
  PilotId,
  Pool,
  PoolName,
  PoolStartId,
  Profile,
  RunFolderName,
  RunId,
  Runtime,
  TunnelId,
  Why
} from '../../protocol';
import type { IClient, IDisposable, IPilotRecord, ISubmissionRecord } from '../tokens';
import type { JobReport } from '../schedulers';
import type { IAgentConnection } from '../tunnels';
import type { IFailures } from './failures';
import type { IAsking } from './wanted';

/** Pilots that were, or are to be, handed to a scheduler in one call. */
export interface ISubmissionEntry {
  record: ISubmissionRecord;
  /** Those that are still listed. */
  readonly pilots: Set<IPilotEntry>;
}

/** What the bridge knows of one pilot; `record` is what the database keeps of it. */
export interface IPilotEntry {
  readonly pool: IPoolEntry;
  record: IPilotRecord;
  /** null: not submitted yet, or by a bridge that kept no record of submissions. */
  submission: ISubmissionEntry | null;
  /** What its scheduler said last, in this attempt; null: nothing yet. */
  reported: JobReport['state'] | null;
  /** It was put on hold from here: that is no failure. */
  holding: boolean;
  connection: IAgentConnection | null;
  /** Who has it, or had it until its pool has ended. */
  lease: ILeaseEntry | null;
  /** A pool of a lease that no kernel has claimed since this bridge started. */
  orphan: IOrphan | null;
  /** Its pool was lost with the contact: should it come back with that, it is nobody's. */
  lostLease: LeaseId | null;
  /** Its submission is under way, or nobody knows yet whether it was taken: it cannot be removed. */
  submitting: boolean;
  /** It is being ended, and this is why; said by the bridge or by its agent. */
  ending: IEnding | null;
  /**
   * Somebody else ends its job: whether that is over, held or queued again its
   * scheduler will say, and until then nothing is asked for in its place.
   */
  awaitsVerdict: boolean;
  /** It was told to drain; outlives a loss of contact. */
  draining: boolean;
  /** When its agent was first heard in this attempt, by this bridge. */
  arrivedAtMs: number | null;
  /** Its agent has been heard, in this life of the bridge or one before. */
  heard: boolean;
  /** A pool of it has registered at an interchange. */
  served: boolean;
  /** What importing Parsl said there, if it failed. */
  problem: string | null;
  /** Pools that did not register, in a row. */
  unregistered: number;
  /** Runs while contact is gone, or until an order to end is obeyed. */
  timer: IDisposable | null;
}

/** Why a pilot is being ended. */
export interface IEnding {
  readonly end: PilotEnd;
  readonly cause: string;
  readonly words: string;
  readonly why?: Why | null;
  /** Its agent has said so by itself: what its scheduler says of it counts for more. */
  readonly byAgent?: boolean;
}

/** A pool of a former bridge's lease, as its agent reports it. */
export interface IOrphan {
  readonly lease: LeaseId;
  readonly start: PoolStartId;
  readonly tunnel: TunnelId | null;
}

export interface ILeaseEntry {
  readonly lease: LeaseId;
  readonly executor: IExecutorEntry;
  readonly command: string[];
  readonly askedAtMs: number;
  state: LeaseState;
  cause: LeaseCause;
  words: string;
  pilot: IPilotEntry | null;
  /** The pool start of now. */
  start: PoolStartId | null;
  /** The way of this start to its interchange; null: it dials that itself. */
  tunnel: TunnelId | null;
  /** Pool starts known to be dead; told with each change. */
  readonly dead: PoolStartId[];
  /** The time limit of its state. */
  timer: IDisposable | null;
  /** Its pool was stopped in order to be started anew. */
  restarting: boolean;
  /** Until the agents of a former bridge's pilots have had time to say whose pool they hold. */
  awaitsReunion: boolean;
  /** The start that its kernel has named as registered, though no pilot here has it yet. */
  registeredStart: string | null;
}

export interface IExecutorEntry {
  readonly executor: ExecutorId;
  readonly pool: IPoolEntry;
  readonly label: string;
  readonly origin: KernelOrigin;
  /** What tells the kernel's process from a later one with its id. */
  readonly processStart: string | null;
  readonly runs: Set<RunId>;
  runtime: Runtime;
  /** What its pools are started with; holds secrets, so only in memory. */
  start: Params<'executors.open'>['start'];
  /** The folder of its run, where it keeps what is large; null: it sends all by HTEX. */
  content: RunFolderName | null;
  client: IClient | null;
  asking: IAsking;
  unfinished: number;
  /** When it last had a task, or opened. */
  workedAtMs: number;
  /** Its pool was taken down: it rests, whatever it has, until a new task or a person asks. */
  sentToRest: boolean;
  /** Why it cannot go on; it is shown, and gets nothing. */
  failure: ErrorData | null;
  openedAtMs: number;
  target: number;
  /** What it was told last, so that it is told each thing once. */
  told: string;
  readonly leases: Map<LeaseId, ILeaseEntry>;
  /** What it missed of leases that ended while its connection was cut. */
  readonly missed: Map<LeaseId, LeaseChange>;
  /** Looks for its process while the connection is cut. */
  away: IDisposable | null;
}

/** Params of `leases.changed`. */
export interface LeaseChange {
  lease: LeaseId;
  state: LeaseState;
  cause: LeaseCause;
  words: string;
  start: PoolStartId | null;
  dead: PoolStartId[];
  pilot: PilotId | null;
  host: string | null;
  site: string | null;
  tunnel: TunnelId | null;
}

export interface IPoolEntry {
  readonly pool: PoolName;
  profile: Profile;
  /** The profile as text: another text is another profile. */
  profileText: string;
  typed: number | null;
  failures: IFailures | null;
  stopped: Pool['stopped'];
  waitingWhy: string | null;
  /** An executor has lowered its ask: idle pilots beyond it end. */
  shrinking: boolean;
  /** Since when more pilots are queued than anybody asks for. */
  surplusSinceMs: number | null;
  wanted: { count: number; asked: number };
  readonly pilots: Map<PilotId, IPilotEntry>;
  /** Of these, those that have ended, in that order; after those of a bridge before. */
  readonly ended: Set<IPilotEntry>;
  readonly executors: Map<ExecutorId, IExecutorEntry>;
  /** When the policy has to look again; 0: something has changed. */
  lookAtMs: number;
}

export interface IBell {
  /** Wakes the policy: something of this pool has changed. */
  ring(pool: IPoolEntry): void;
  /** What is shown of this pool has changed, and nothing that the policy looks at. */
  touch(pool: IPoolEntry): void;
}

/** The profile by which a pilot was submitted; that of its pool before. */
export const profileOf = (entry: IPilotEntry): Profile =>
  entry.submission?.record.profile ?? entry.pool.profile;

/** Those by which a pool's living pilots were submitted, each once. */
export const livingProfiles = ({ pilots, ended }: IPoolEntry): Profile[] => [
  ...new Set([...pilots.values()].filter(entry => !ended.has(entry)).map(profileOf))
];

/** States in which a pilot is of use, or will be. */
export const isPresent = (entry: IPilotEntry): boolean =>
  ((entry.ending === null && !entry.draining) || entry.awaitsVerdict) &&
  entry.record.pilot.state !== 'ended';

/** States of a pilot that has ended for good. */
export const hasEnded = (entry: IPilotEntry): boolean => entry.record.pilot.state === 'ended';

/** A lease that counts as its executor's: neither ended nor on its way back. */
export const isHeld = (lease: ILeaseEntry): boolean =>
  lease.state !== 'ended' && lease.state !== 'draining';

/** A pilot that can be lent now. */
export const isFree = (entry: IPilotEntry): boolean =>
  isPresent(entry) &&
  entry.record.pilot.state === 'idle' &&
  entry.connection !== null &&
  entry.lease === null &&
  entry.orphan === null;
