import { z } from 'zod';
import { Executor, Pilot, Pool } from '../entities';
import { ErrorData } from '../errors';
import { EpochMs, PilotId } from '../ids';
import { LIMITS } from '../limits';
import { type Methods, nothing } from './catalogue';

/**
 * A pilot's files: what its script and agent say (`output`), the job's
 * standard error where it is apart (`error`), the script and the job
 * description that were submitted, the scheduler's event log, the newest
 * worker pool's, and what tasks printed in one of its workers.
 */
export const LogFile = z.enum(['output', 'error', 'script', 'submit', 'events', 'pool', 'worker']);
export type LogFile = z.infer<typeof LogFile>;

/** Which worker of a pool, as HTEX numbers them. */
const WorkerNumber = z.int().min(0).max(99_999);

/** Pools and their pilots. */
export const POOL_METHODS = {
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
  /**
   * The files that a pilot has, or has left: where they are and how large.
   * Workers' only if something was printed, those of the newest lease first,
   * at most as many as `LIMITS.workerLogs`.
   */
  'pilots.files': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ pilot: PilotId }),
    result: z.object({
      files: z.array(
        z.object({
          file: LogFile,
          /** Of `worker` alone: which one. */
          worker: WorkerNumber.nullable().default(null),
          /** On the submit host, or `machine:path` where it is on the pilot's own. */
          path: z.string(),
          size: z.int().min(0)
        })
      ),
      /** Why there may be more files, which only the pilot's agent can tell of. */
      trouble: ErrorData.nullable().default(null),
      /** Until when they are kept; null: as long as the pilot lives. */
      keptUntilMs: EpochMs.nullable(),
      /** How many days they are kept after its end. */
      keepDays: z.number().min(0).nullable().default(null)
    })
  },
  /** A piece of one of a pilot's log files. */
  'pilots.log': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({
      pilot: PilotId,
      file: LogFile,
      /** Which one's, where the file is `worker`. */
      worker: WorkerNumber.nullable().optional(),
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
  }
} as const satisfies Methods<'pools' | 'pilots'>;
