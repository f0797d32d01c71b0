import type { PilotEnd } from '../../../protocol';

/** What a state of Slurm's means for a pilot. */
export type Meaning =
  | { readonly kind: 'queued' | 'held' | 'running' | 'suspended' }
  /** `end` null: its exit code tells. */
  | { readonly kind: 'ended'; readonly end: PilotEnd | null }
  /** One that this version does not know. */
  | { readonly kind: 'strange' };

const ended = (end: PilotEnd | null): Meaning => ({ kind: 'ended', end });
const QUEUED: Meaning = { kind: 'queued' };
const HELD: Meaning = { kind: 'held' };
const RUNNING: Meaning = { kind: 'running' };
const SUSPENDED: Meaning = { kind: 'suspended' };

/** All states of squeue(1), JOB STATE CODES: squeue's short code, the long name, what it means. */
const TABLE: readonly (readonly [code: string, name: string, meaning: Meaning])[] = [
  ['BF', 'BOOT_FAIL', ended('node_failed')],
  ['CA', 'CANCELLED', ended('removed')],
  ['CD', 'COMPLETED', ended(null)],
  // It has its node, but nothing runs there yet.
  ['CF', 'CONFIGURING', QUEUED],
  // Its processes end and its epilog runs; how it ended is said after that.
  ['CG', 'COMPLETING', RUNNING],
  ['DL', 'DEADLINE', ended('failed')],
  ['F', 'FAILED', ended(null)],
  ['NF', 'NODE_FAIL', ended('node_failed')],
  ['OOM', 'OUT_OF_MEMORY', ended('out_of_memory')],
  ['PD', 'PENDING', QUEUED],
  ['PR', 'PREEMPTED', ended('evicted')],
  ['R', 'RUNNING', RUNNING],
  ['RD', 'RESV_DEL_HOLD', HELD],
  ['RF', 'REQUEUE_FED', QUEUED],
  ['RH', 'REQUEUE_HOLD', HELD],
  ['RQ', 'REQUEUED', QUEUED],
  ['RS', 'RESIZING', RUNNING],
  ['RV', 'REVOKED', ended('removed')],
  ['SI', 'SIGNALING', RUNNING],
  ['SE', 'SPECIAL_EXIT', HELD],
  ['SO', 'STAGE_OUT', RUNNING],
  ['ST', 'STOPPED', SUSPENDED],
  ['S', 'SUSPENDED', SUSPENDED],
  ['TO', 'TIMEOUT', ended('walltime')]
];

const BY_CODE = new Map(TABLE.map(([code, name]) => [code, name]));
const MEANINGS = new Map(TABLE.map(([, name, meaning]) => [name, meaning]));
const STRANGE: Meaning = { kind: 'strange' };

/** The long name of a state; one that is not known stays as it is. */
export const stateName = (code: string): string => BY_CODE.get(code) ?? code;

/** @param name the long one */
export const meaningOf = (name: string): Meaning => MEANINGS.get(name) ?? STRANGE;
