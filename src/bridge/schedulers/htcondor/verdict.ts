import type { JobReport } from '../tokens';
import { reportOf, type IHistory } from './history';
import { JOB_STATUS, type IQueueRow } from './queueRows';

/** What the queue said otherwise than the log, and what that had told by then. */
export interface IContradiction {
  readonly status: number;
  readonly history: IHistory;
}

/** What an answer of condor_q means for one job that was asked for. */
export type Verdict =
  /** The log has said it already, or is about to. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'report'; readonly report: JobReport }
  /** The log may only be late: the next answer tells. */
  | { readonly kind: 'contradiction'; readonly contradiction: IContradiction }
  /** It is not in the queue. */
  | { readonly kind: 'missing' };

const NOTHING: Verdict = { kind: 'nothing' };

/**
 * The log counts, as it was read after the answer came: the queue's word only
 * where there is none, or where it says twice what the log does not and the
 * log has not gone on in between.
 */
export function verdictOn(
  history: IHistory | null,
  row: IQueueRow | undefined,
  before: IContradiction | null
): Verdict {
  if (history?.now.state === 'ended') {
    return NOTHING;
  }
  if (row === undefined) {
    return { kind: 'missing' };
  }
  if (row.history === null) {
    return NOTHING;
  }
  if (history === null) {
    return { kind: 'report', report: reportOf(row.history) };
  }
  if (!contradicts(row.status, history)) {
    return NOTHING;
  }
  return before?.history === history && before.status === row.status
    ? { kind: 'report', report: reportOf(row.history) }
    : { kind: 'contradiction', contradiction: { status: row.status, history } };
}

/** A job that is matched counts as running in the queue before its log says so. */
function contradicts(status: number, { now }: IHistory): boolean {
  return (
    (status === JOB_STATUS.idle && now.state !== 'queued') ||
    (status === JOB_STATUS.held && now.state !== 'held')
  );
}
