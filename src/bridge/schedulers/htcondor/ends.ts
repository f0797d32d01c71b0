import type { JobReport } from '../tokens';
import { numberOf, textOf, type Ad } from './ads';
import { isOverDuration, removed, signalName } from './history';
import { JOB_STATUS } from './queueRows';

/** What is asked of jobs that have left the queue. */
export const END_ATTRIBUTES = [
  ...['ClusterId', 'ProcId', 'JobStatus', 'LastJobStatus'],
  ...['ExitCode', 'ExitBySignal', 'ExitSignal'],
  ...['RemoveReason', 'HoldReasonCode', 'LastHoldReasonCode']
] as const;

/** How a job ended that only condor_history knows. */
export function reportOfEnd(ad: Ad): JobReport {
  const status = numberOf(ad, 'JobStatus');
  if (status === JOB_STATUS.removed) {
    const words = textOf(ad, 'RemoveReason') ?? 'removed';
    const code = numberOf(ad, 'LastHoldReasonCode') ?? numberOf(ad, 'HoldReasonCode') ?? 0;
    const held = numberOf(ad, 'LastJobStatus') === JOB_STATUS.held;
    return removed(held && isOverDuration(code), words);
  }
  const signal = ad.ExitBySignal === true ? numberOf(ad, 'ExitSignal') : null;
  const exitCode = signal === null ? numberOf(ad, 'ExitCode') : null;
  return {
    state: 'ended',
    end: null,
    exitCode,
    signal: signal === null ? null : signalName(signal),
    words:
      signal === null
        ? `ended with exit code ${exitCode ?? 'unknown'}`
        : `ended by signal ${signal}`,
    why: null
  };
}

/** Nobody knows how it ended, only that it is gone. */
export const gone = (id: string): JobReport => ({
  state: 'unknown',
  words: `HTCondor does not know job ${id} any more, neither in its queue nor in its history`
});
