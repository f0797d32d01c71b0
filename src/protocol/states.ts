import { z } from 'zod';

/** design.md 5. `held` stands beside `queued`, `suspended` beside `leased`. */
export const PilotState = z.enum([
  'requested',
  'queued',
  'held',
  'starting',
  'idle',
  'leased',
  'suspended',
  'draining',
  'lost',
  'ended'
]);
export type PilotState = z.infer<typeof PilotState>;

/** Why a pilot ended. */
export const PilotEnd = z.enum([
  'finished',
  'idle_timeout',
  'walltime',
  'scaled_in',
  'removed',
  'failed',
  'evicted',
  'no_contact',
  /** The scheduler lost or shut down the node. */
  'node_failed',
  'out_of_memory'
]);
export type PilotEnd = z.infer<typeof PilotEnd>;

export const LeaseState = z.enum(['asked', 'lent', 'starting', 'registered', 'draining', 'ended']);
export type LeaseState = z.infer<typeof LeaseState>;

/** Why a lease ended, or why it still waits. */
export const LeaseCause = z.enum([
  'asked',
  'no_pilot_yet',
  'pilot_found',
  'pool_started',
  'pool_restarted',
  'pool_registered',
  'given_back',
  'executor_closed',
  'kernel_gone',
  'pilot_gone',
  'pool_exited',
  'never_registered',
  'pool_stopped'
]);
export type LeaseCause = z.infer<typeof LeaseCause>;

/** A task as a person sees it. `retried` is a count beside these, not a state a task rests in. */
export const TaskState = z.enum(['waiting', 'running', 'done', 'failed']);
export type TaskState = z.infer<typeof TaskState>;

/** What a waiting task waits for, or how a finished one finished. */
export const TaskReason = z.enum([
  'futures',
  'pilot',
  'joining',
  'executed',
  'memory',
  'exception',
  'dependency',
  'lost'
]);
export type TaskReason = z.infer<typeof TaskReason>;
