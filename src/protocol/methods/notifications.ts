import { z } from 'zod';
import { ExecutorId, LeaseId, PilotId, PoolStartId, TunnelId } from '../ids';
import { LIMITS } from '../limits';
import { TaskReport } from '../reports';
import { LeaseCause, LeaseState } from '../states';
import { Delta } from '../stream';

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
    site: z.string().nullable(),
    /** The way of `start` to its interchange, where it has one: with the first the kernel starts its home. */
    tunnel: TunnelId.nullable().optional()
  }),
  /** To the kernel: its pilots must not get new tasks and be given back when they have none. */
  'leases.drain': z.object({ lease: LeaseId })
} as const;
export type BridgeNotification = keyof typeof BRIDGE_NOTIFICATIONS;
