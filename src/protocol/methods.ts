import { z } from 'zod';
import { Ask, BrokenProfile, Executor, KernelOrigin, Pilot, Pool, Runtime, Task } from './entities';
import { ErrorData } from './errors';
import {
  BridgeInstance,
  EpochMs,
  ExecutorId,
  GroupId,
  LeaseId,
  PilotId,
  PoolName,
  PoolStartId,
  RunId
} from './ids';
import { LIMITS } from './limits';
import { Profile } from './profile';
import { FieldProblem, SiteLimits, SubmissionPlan } from './script';
import { TaskReport } from './reports';
import { LeaseCause, LeaseState, TaskState } from './states';
import { Delta, Snapshot } from './stream';

/** Who is at the other end of a client's connection. */
export const Role = z.enum(['view', 'kernel', 'command']);
export type Role = z.infer<typeof Role>;

const nothing = z.object({});

/** A profile as somebody wrote it; what is wrong with it is the answer's business. */
const WrittenObject = z.record(z.string(), z.unknown());

/** A lease as the kernel has it; sent again whole when a connection is made anew. */
export const LeaseAsk = z.object({
  lease: LeaseId,
  /**
   * argv of the worker pool. `@cert_dir@ @logdir@ @logconf@ @uid@
   * @python@` stand where the agent fills in its own.
   */
  command: z.array(z.string().max(8192)).min(1).max(200)
});
export type LeaseAsk = z.infer<typeof LeaseAsk>;

/** What every pool of an executor is started with. Never written to disk by the bridge. */
export const PoolStartOptions = z.object({
  workingFolder: z.string().max(4096),
  environment: z.record(z.string().max(1024), z.string().max(131_072)),
  /** The kernel's umask; used where pilots share the kernel's files. */
  umask: z.int().min(0).max(0o777),
  /** `sys.path` of the kernel; used where pilots share the kernel's files. */
  pythonPath: z.array(z.string().max(4096)).max(1000),
  /** CURVE: a client key pair and the interchange's public key, as zmq certificate files. */
  curve: z
    .object({
      clientKey: z.string().max(4096),
      clientSecretKey: z.string().max(4096),
      serverPublicKey: z.string().max(4096)
    })
    .nullable(),
  /** Parsl's own logs in the pool: nothing but warnings, or all. */
  logs: z.enum(['warnings', 'info', 'debug'])
});
export type PoolStartOptions = z.infer<typeof PoolStartOptions>;

/**
 * A pilot's files: what its script and agent say (`output`), the job's
 * standard error where it is apart (`error`), the script and the job
 * description that were submitted, the scheduler's event log, and the newest
 * worker pool's.
 */
export const LogFile = z.enum(['output', 'error', 'script', 'submit', 'events', 'pool']);
export type LogFile = z.infer<typeof LogFile>;

/** Requests of clients. Who may call what is `roles`; `view` is what a browser may reach. */
export const METHODS = {
  /** First request of every connection. */
  'bridge.hello': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ role: Role, version: z.string().max(100), pid: z.int().positive() }),
    result: z.object({
      version: z.string(),
      instance: BridgeInstance,
      pid: z.int().positive(),
      startedAtMs: EpochMs,
      machine: z.string()
    })
  },
  'bridge.status': {
    roles: ['view', 'kernel', 'command'],
    params: nothing,
    result: z.object({
      version: z.string(),
      node: z.string(),
      instance: BridgeInstance,
      pid: z.int().positive(),
      startedAtMs: EpochMs,
      machine: z.string(),
      stateFolder: z.string(),
      logFile: z.string(),
      clients: z.object({ view: z.int(), kernel: z.int(), command: z.int() }),
      agents: z.int(),
      /** The bridge ends with the process that started it (a hub's pod, a batch job). */
      endsWithServer: z.boolean()
    })
  },
  /** Ends the bridge. Pilots live on until the next one, or until they lose patience. */
  'bridge.stop': {
    roles: ['command'],
    /** `restarting`: another one is started at once; clients are told to come back to it. */
    params: z.object({ restarting: z.boolean().optional() }),
    result: nothing
  },

  'state.subscribe': { roles: ['view', 'kernel', 'command'], params: nothing, result: Snapshot },
  'state.unsubscribe': { roles: ['view', 'kernel', 'command'], params: nothing, result: nothing },

  'profiles.list': {
    roles: ['view', 'kernel', 'command'],
    params: nothing,
    result: z.object({
      profiles: z.array(z.object({ name: PoolName, title: z.string(), source: z.string() })),
      /** Files that are no profile, and why. */
      broken: z.array(BrokenProfile)
    })
  },
  'profiles.get': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ name: z.string().max(200) }),
    result: Profile
  },

  /** A profile as it is written, defaults left out, for the form and for export. */
  'profiles.read': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ name: z.string().max(200) }),
    result: z.object({ profile: WrittenObject, source: z.string(), readOnly: z.boolean() })
  },
  /**
   * Writes a profile to the user's folder. `replaces`: the name it had (another
   * one renames it); null: it is new and must not be there yet.
   */
  'profiles.save': {
    roles: ['view', 'command'],
    params: z.object({ profile: WrittenObject, replaces: z.string().max(200).nullable() }),
    result: Profile
  },
  /** Removes a profile of the user's; its pool must have no pilots. */
  'profiles.remove': {
    roles: ['view', 'command'],
    params: z.object({ name: z.string().max(200) }),
    result: nothing
  },
  /**
   * What is wrong with a profile, saved or not. `deep`: also what only the
   * scheduler knows (limits, a dry run); without it no command is run.
   */
  'profiles.check': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ profile: WrittenObject, deep: z.boolean() }),
    result: z.object({
      problems: z.array(FieldProblem),
      /** What was understood of fields that can be written in several ways. */
      understood: z.array(z.object({ field: z.string(), text: z.string() })),
      /** What the scheduler's own dry run said; null: none was made. */
      dryRun: z.string().nullable()
    })
  },
  /** What would be submitted for so many pilots; submits nothing. */
  'profiles.script': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({
      profile: WrittenObject,
      pilots: z.int().min(1).max(LIMITS.pilotsPerPool)
    }),
    result: SubmissionPlan
  },
  /** What the profile's scheduler lets this user ask for; kept for a day unless `again`. */
  'profiles.limits': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ profile: WrittenObject, again: z.boolean().optional() }),
    result: SiteLimits
  },

  /** A typed number that holds until cleared with null. */
  'pools.setWanted': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pool: z.string().max(200), count: z.number().nullable() }),
    result: Pool
  },
  /** After the stop for like failures: ask again. */
  'pools.resume': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pool: z.string().max(200) }),
    result: Pool
  },
  /**
   * Ends all pilots of a pool and clears its number. `files`: what they have
   * left on the submit host goes, too, once the last of them has ended.
   */
  'pools.down': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pool: z.string().max(200), files: z.boolean().optional() }),
    result: z.object({ ended: z.int() })
  },
  'pools.status': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pool: z.string().max(200).optional() }),
    result: z.object({
      pools: z.array(Pool),
      pilots: z.array(Pilot),
      executors: z.array(Executor)
    })
  },

  /** Lets running tasks finish, then ends the pilot. The pool wants one fewer if its number was typed. */
  'pilots.drain': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pilot: PilotId }),
    result: nothing
  },
  /** Ends a pilot now; its tasks run elsewhere. */
  'pilots.remove': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pilot: PilotId }),
    result: nothing
  },
  /** Puts queued pilots on hold, and lets held ones go. */
  'pilots.hold': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pilots: z.array(PilotId).min(1).max(LIMITS.pilotsPerPool) }),
    result: nothing
  },
  'pilots.release': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pilots: z.array(PilotId).min(1).max(LIMITS.pilotsPerPool) }),
    result: nothing
  },
  /**
   * Removes a pool's held pilots and asks for as many anew, with the profile's
   * memory or disk raised first where that is said.
   */
  'pools.resubmit': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({
      pool: z.string().max(200),
      memoryMiB: z.int().min(1).optional(),
      diskMiB: z.int().min(1).optional()
    }),
    result: z.object({ removed: z.int() })
  },
  /** The files that a pilot has, or has left: where they are and how large. */
  'pilots.files': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pilot: PilotId }),
    result: z.object({
      files: z.array(z.object({ file: LogFile, path: z.string(), size: z.int().min(0) })),
      /** Until when they are kept; null: as long as the pilot lives. */
      keptUntilMs: EpochMs.nullable()
    })
  },
  /** A piece of one of a pilot's log files. */
  'pilots.log': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({
      pilot: PilotId,
      file: LogFile,
      /** Negative: from the end. */
      offset: z.int(),
      bytes: z.int().min(1).max(LIMITS.logBytes)
    }),
    result: z.object({
      path: z.string(),
      /** Begins and ends between two characters. */
      text: z.string(),
      /** Where it begins: what was asked for, or less where the file is shorter by now. */
      offset: z.int().min(0),
      /** Where the next piece begins. */
      end: z.int().min(0),
      size: z.int().min(0)
    })
  },

  'tasks.list': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({
      group: GroupId.optional(),
      run: RunId.optional(),
      pilot: PilotId.optional(),
      states: z.array(TaskState).max(4).optional(),
      /** Newest first, from the `cursor` of the page before. */
      cursor: z.string().max(100).optional(),
      limit: z.int().min(1).max(LIMITS.tasksPerPage)
    }),
    result: z.object({ tasks: z.array(Task), cursor: z.string().nullable(), total: z.int() })
  },

  /** A kernel opens an executor, or opens it again after a cut, with the leases it still has. */
  'executors.open': {
    roles: ['kernel'],
    params: z.object({
      executor: ExecutorId,
      pool: z.string().max(200),
      label: z.string().max(200),
      /** Runs whose tasks this kernel reports. */
      run: RunId,
      origin: KernelOrigin,
      runtime: Runtime,
      ask: Ask,
      start: PoolStartOptions,
      leases: z.array(LeaseAsk).max(LIMITS.leasesPerExecutor),
      unfinished: z.int().min(0)
    }),
    result: z.object({ profile: Profile, target: z.int().min(0) })
  },
  /** Changes how many pilots an executor asks for, in place. */
  'executors.ask': {
    roles: ['kernel'],
    params: z.object({ executor: ExecutorId, ask: Ask }),
    result: z.object({ target: z.int().min(0) })
  },
  /**
   * It gives its leases back and is forgotten. `failure`: it cannot go on; it
   * is shown with the reason until it is closed again, or its kernel has gone.
   */
  'executors.close': {
    roles: ['kernel'],
    params: z.object({ executor: ExecutorId, failure: ErrorData.optional() }),
    result: nothing
  },
  'leases.ask': {
    roles: ['kernel'],
    params: z.object({ executor: ExecutorId, leases: z.array(LeaseAsk).min(1).max(1000) }),
    result: nothing
  },
  /** The kernel gives leases back; their pools have no task any more, or are to lose them. */
  'leases.end': {
    roles: ['kernel'],
    params: z.object({ executor: ExecutorId, leases: z.array(LeaseId).min(1).max(1000) }),
    result: nothing
  }
} as const satisfies Record<
  string,
  { roles: readonly Role[]; params: z.ZodType; result: z.ZodType }
>;
export type Method = keyof typeof METHODS;
export type Params<M extends Method> = z.infer<(typeof METHODS)[M]['params']>;
export type Result<M extends Method> = z.infer<(typeof METHODS)[M]['result']>;

/** Notifications from client to bridge. */
export const CLIENT_NOTIFICATIONS = {
  'tasks.report': TaskReport,
  /** How many tasks an executor has unfinished that do not wait for futures; at most one each 50 ms. */
  'executors.load': z.object({
    executor: ExecutorId,
    unfinished: z.int().min(0),
    /** Leases whose pool has no task just now: what can be given back without harm. */
    idleLeases: z.int().min(0).optional()
  }),
  /** The interchange has this pool. */
  'leases.registered': z.object({ lease: LeaseId, start: PoolStartId })
} as const;
export type ClientNotification = keyof typeof CLIENT_NOTIFICATIONS;

/** Notifications from bridge to client. */
export const BRIDGE_NOTIFICATIONS = {
  'state.changed': Delta,
  /** The bridge is about to end, and why; a client comes back to the next one if `restarting`. */
  'bridge.ending': z.object({ restarting: z.boolean() }),
  /** To the kernel: hold this many leases. It asks for more, or gives idle ones back first. */
  'executors.target': z.object({
    executor: ExecutorId,
    target: z.int().min(0),
    /** Others wait: give back leases without tasks at once. */
    urgent: z.boolean()
  }),
  /** To the kernel. `start` names the pool start it speaks of; an ended one is to be buried. */
  'leases.changed': z.object({
    lease: LeaseId,
    state: LeaseState,
    cause: LeaseCause,
    words: z.string().max(LIMITS.wordsChars),
    start: PoolStartId.nullable(),
    /** Pool starts of this lease that are known to be dead. */
    dead: z.array(PoolStartId).max(100),
    pilot: PilotId.nullable(),
    host: z.string().nullable(),
    site: z.string().nullable()
  }),
  /** To the kernel: its pilots must not get new tasks and be given back when they have none. */
  'leases.drain': z.object({ lease: LeaseId })
} as const;
export type BridgeNotification = keyof typeof BRIDGE_NOTIFICATIONS;
