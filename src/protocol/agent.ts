import { z } from 'zod';
import { CONTENT_LIMITS, ContentHash, TransferNumber } from './content';
import { EpochMs, LeaseId, PilotId, PoolStartId, TunnelId } from './ids';
import { LIMITS } from './limits';
import { PoolStartOptions } from './methods';

/**
 * Between agent and bridge: TLS 1.3, the bridge's certificate pinned by its
 * SHA-256 fingerprint, in it frames of a 4-byte big-endian length (of what
 * follows it: the kind's byte and the content, so at least 1), one byte that
 * says what the frame is, and the content.
 */
export const FRAME_HEADER_BYTES = 5;
export const FrameKind = { json: 0, stream: 1, content: 2 } as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** Version of what agents and bridges say to each other; the agent is shipped by the bridge. */
export const AGENT_PROTOCOL = 1;

/** Exit codes of the agent, where the bridge could not be told by `agent.ending`. */
export const AGENT_EXITS = {
  finished: 0,
  idle_timeout: 40,
  walltime: 41,
  no_contact: 42,
  removed: 43,
  /** `welcome: false`: an older attempt, an expired secret. */
  refused: 44,
  /** A fault of the agent itself; its log has the traceback. */
  failed: 45,
  /** `pilot.json` cannot be used. */
  bad_file: 46
} as const;

/** `pilot.json` in the pilot's folder (0600): all that an agent is told before it has dialled. */
export const PilotFile = z.object({
  protocol: z.int(),
  pilot: PilotId,
  /** Of the submission; a job that its scheduler starts again adds its restarts. */
  attempt: z.int().min(1),
  /** Derived for this pilot and attempt: HMAC-SHA256 of the bridge's key over `pilot|attempt|expiresAtMs`, hex. */
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  expiresAtMs: EpochMs,
  /** SHA-256 of the certificate's DER, hex. */
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  /** A file that always holds the bridge's newest address, where pilots share its disk; else null. */
  contactFile: z.string().nullable(),
  addresses: z.array(z.object({ host: z.string(), port: z.int().min(1).max(65535) })),
  workers: z.int().min(1),
  cores: z.int().min(1),
  memoryMiB: z.int().nullable(),
  /** The longest life of its job, by the profile; null: no end is set. */
  walltimeSeconds: z.number().nullable(),
  idleSeconds: z.number(),
  noContactSeconds: z.number(),
  /** Running tasks get an exception this long before the end. */
  warnSeconds: z.number(),
  pingMs: z.number(),
  silenceMs: z.number(),
  /** Whether pilots see the kernel's files: then a lease's working folder and sys.path hold here too. */
  sharesFiles: z.boolean(),
  /** The folder that the profile has tasks run in; null: the lease's, or one of its own. */
  workingFolder: z.string().nullable().default(null),
  /** What a lease's own folder gets links to: names in the pilot's folder, or paths of its machine. */
  files: z.array(z.string()).default([])
});
export type PilotFile = z.infer<typeof PilotFile>;

/** Content of the contact file. */
export const Contact = z.object({
  host: z.string(),
  port: z.int().min(1).max(65535)
});
export type Contact = z.infer<typeof Contact>;

/** A pool start as the agent has it. */
export const PoolOfAgent = z.object({
  lease: LeaseId,
  start: PoolStartId,
  state: z.enum(['starting', 'running', 'ended']),
  exitCode: z.int().nullable(),
  /** Its way to its interchange; null: it dials that itself. */
  tunnel: TunnelId.nullable().default(null),
  /** The end of what the pool wrote, if it ended by itself. */
  words: z.string().max(LIMITS.wordsChars)
});
export type PoolOfAgent = z.infer<typeof PoolOfAgent>;

/** What a lease leaves in its folder, by name: its pool's logs, what tasks printed in each worker. */
export const LeaseFileName = z.string().regex(/^(pool\.(log|out)|worker-\d{1,5}\.out)$/);
export type LeaseFileName = z.infer<typeof LeaseFileName>;

/** The folder of a lease's start, and which of those files are in it. */
export const LeaseFiles = z.object({
  start: PoolStartId,
  modifiedAtMs: EpochMs,
  files: z
    .array(z.object({ name: LeaseFileName, size: z.int().min(0), modifiedAtMs: EpochMs }))
    .max(LIMITS.workerLogs + 2)
});
export type LeaseFiles = z.infer<typeof LeaseFiles>;

/** Requests of the agent. */
export const AGENT_METHODS = {
  'agent.hello': {
    params: z.object({
      protocol: z.int(),
      pilot: PilotId,
      /** As in the pilot file: what the secret was derived for. */
      attempt: z.int().min(1),
      /** How often the scheduler has started this job before; the pilot's attempt is `attempt + restarts`. */
      restarts: z.int().min(0).default(0),
      expiresAtMs: EpochMs,
      secret: z.string().regex(/^[0-9a-f]{64}$/),
      startedAtMs: EpochMs,
      pid: z.int().positive(),
      host: z.string().max(300),
      site: z.string().max(300).nullable(),
      slot: z.string().max(300).nullable().default(null),
      /** The time on its node as it says this: by how much its clock differs from the bridge's. */
      nowMs: EpochMs.nullable().default(null),
      /** When it will end at the latest, or its scheduler will end it; null: neither is known. */
      endsByMs: EpochMs.nullable().default(null),
      /** glibc's version, `2.36`; null: none. */
      glibc: z.string().max(20).nullable().default(null),
      system: z.string().max(300),
      architecture: z.string().max(100),
      cores: z.int().min(1),
      memoryMiB: z.int().min(0),
      gpus: z.array(z.string().max(200)).max(64),
      runtime: z.object({
        executable: z.string().max(4096),
        python: z.string().max(100),
        /** null: no Parsl there; `problem` says what its import said. */
        parsl: z.string().max(100).nullable(),
        problem: z.string().max(LIMITS.wordsChars).nullable()
      }),
      pools: z.array(PoolOfAgent).max(100),
      /** Pools start from a process that has Parsl imported (`zygote`), or as plain children. */
      starts: z.enum(['zygote', 'plain'])
    }),
    result: z.object({ welcome: z.boolean(), reason: z.string().nullable() })
  }
} as const;

/** Notifications of the agent. */
export const AGENT_NOTIFICATIONS = {
  'agent.pool': PoolOfAgent,
  /** What runs: for each lease all busy workers, as HTEX's task id and when it began. Only on change. */
  'agent.running': z.object({
    lease: LeaseId,
    running: z
      .array(
        z.object({ worker: z.int().min(0), executorTask: z.int().min(0), startedAtMs: EpochMs })
      )
      .max(4096)
  }),
  'agent.ending': z.object({
    reason: z.enum(['idle_timeout', 'walltime', 'no_contact', 'removed', 'finished', 'failed']),
    words: z.string().max(LIMITS.wordsChars)
  }),
  /** The answer to `logs.list` or `logs.read` of that id. */
  'agent.log': z.object({
    id: z.int().min(0),
    answer: z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('leases'),
        /** The pilot's folder on its machine. */
        folder: z.string().max(4096),
        /** Newest first. */
        leases: z.array(LeaseFiles).max(LIMITS.leasesLooked)
      }),
      z.object({
        kind: z.literal('piece'),
        content: z.base64().max(Math.ceil(LIMITS.logBytes / 3) * 4),
        offset: z.int().min(0),
        size: z.int().min(0)
      }),
      z.object({ kind: z.literal('none') }),
      z.object({ kind: z.literal('failed'), problem: z.string().max(LIMITS.wordsChars) })
    ])
  }),
  /**
   * A piece of an argument of the pool that this pilot is lent for; the answer
   * is that piece, in a frame of kind `content`, or `content.failed`.
   */
  'content.read': z.object({
    transfer: TransferNumber,
    start: PoolStartId,
    hash: ContentHash,
    offset: z.int().min(0),
    bytes: z.int().min(1).max(CONTENT_LIMITS.pieceBytes)
  }),
  /**
   * A result of such a pool's task is to be sent, or sent on: `content.taken`
   * says from which byte on.
   */
  'content.write': z.object({
    transfer: TransferNumber,
    start: PoolStartId,
    task: z.int().min(0),
    hash: ContentHash,
    size: z.int().min(1).max(CONTENT_LIMITS.contentBytes)
  }),
  /** A result whose worker has died: nobody sends it on, and what is there of it goes. */
  'content.dropped': z.object({ transfer: TransferNumber }),
  ping: z.object({})
} as const;

/** Notifications of the bridge to an agent. */
export const TO_AGENT = {
  'pool.start': z.object({
    lease: LeaseId,
    start: PoolStartId,
    command: z.array(z.string()).min(1),
    options: PoolStartOptions,
    /** The pool's way to its interchange; null: on this machine, where it dials that itself. */
    tunnel: TunnelId.nullable(),
    /**
     * Its kernel takes large results beside HTEX; `folder`: of contents and
     * results, where the pilot is on this machine and may see it. null: it does not.
     */
    content: z.object({ folder: z.string().nullable() }).nullable()
  }),
  /** Kills a lease's pool, whichever start of it there is. */
  'pool.stop': z.object({ lease: LeaseId }),
  'pilot.end': z.object({ reason: z.enum(['idle_timeout', 'removed', 'finished']) }),
  /** What leases have left in the pilot's folder: answered by `agent.log` with that id. */
  'logs.list': z.object({ id: z.int().min(0) }),
  /** A piece of one of those files, negative offset: from the end. Links are not followed. */
  'logs.read': z.object({
    id: z.int().min(0),
    start: PoolStartId,
    name: LeaseFileName,
    offset: z.int(),
    bytes: z.int().min(1).max(LIMITS.logBytes)
  }),
  /** So many bytes of a result are written; `done`: all, and they are what they should be. */
  'content.taken': z.object({
    transfer: TransferNumber,
    bytes: z.int().min(0),
    done: z.boolean()
  }),
  /** `later`: it may be otherwise soon, when the kernel has found this bridge. */
  'content.failed': z.object({
    transfer: TransferNumber,
    problem: z.string().max(LIMITS.wordsChars),
    later: z.boolean()
  }),
  ping: z.object({})
} as const;
