import { LIMITS, type ErrorCode, type PilotEnd, type Pool } from '../../protocol';

/** Like failures in a row after which a pool stops asking for pilots. */
export const FAILURES_TO_STOP = 3;

/** Pilots that ended before their first use, in a row, for the same cause. */
export interface IFailures {
  readonly cause: string;
  /** Their agents had spoken: an agent that speaks is then no sign that all is well. */
  readonly heard: boolean;
  readonly count: number;
  readonly words: string;
}

/** One more pilot ended before it was of use. Another cause begins a new row. */
export function failed(
  before: IFailures | null,
  failure: { readonly cause: string; readonly heard: boolean; readonly words: string }
): IFailures {
  const same = before?.cause === failure.cause && before.heard === failure.heard;
  return { ...failure, count: same ? before.count + 1 : 1 };
}

/** Ends that nobody here wanted: were more asked for at once, they would end so again. */
const UNWANTED: ReadonlySet<PilotEnd> = new Set([
  'removed',
  'evicted',
  'node_failed',
  'out_of_memory'
]);

/** Ends that are as they should be, unless nothing was ever heard of the pilot: setup took all its time. */
const OF_SILENCE: ReadonlySet<PilotEnd> = new Set(['no_contact', 'walltime']);

/** Whether a pilot ended before it was of use, against the will of all here. */
export function isFailure(
  end: PilotEnd,
  pilot: {
    readonly served: boolean;
    readonly heard: boolean;
    /** The bridge has ended it. */
    readonly told: boolean;
  }
): boolean {
  if (pilot.served) {
    return false;
  }
  return (
    end === 'failed' || (!pilot.heard && OF_SILENCE.has(end)) || (!pilot.told && UNWANTED.has(end))
  );
}

/** A pilot got further than those that failed: its agent spoke, or its pool registered. */
export function succeeded(
  before: IFailures | null,
  what: 'agent' | 'registered'
): IFailures | null {
  return what === 'agent' && before?.heard === true ? before : null;
}

/** What a pool that has stopped says, or null while it has not. */
export function stopOf(failures: IFailures | null, sinceMs: number): Pool['stopped'] {
  if (failures === null || failures.count < FAILURES_TO_STOP) {
    return null;
  }
  return {
    code: CODES[failures.cause] ?? 'pool_stopped',
    params: { cause: failures.cause, failures: failures.count },
    words: failures.words.slice(-LIMITS.wordsChars),
    failures: failures.count,
    sinceMs
  };
}

const CODES: Readonly<Partial<Record<string, ErrorCode>>> = {
  submit_failed: 'submit_failed',
  /** Not the scheduler's refusal, but the bridge's own. */
  not_submitted: 'submit_failed',
  python_missing: 'python_missing'
};
