import { numberOf, textOf, type Ad } from './ads';
import { NEW_HISTORY, type IHistory, type Now } from './history';

/** What is asked of jobs in the queue. */
export const QUEUE_ATTRIBUTES = [
  ...['ClusterId', 'ProcId', 'JobStatus', 'NumJobStarts', 'RemoteHost', 'TransferringInput'],
  ...['HoldReason', 'HoldReasonCode', 'HoldReasonSubCode'],
  ...['MemoryUsage', 'RequestMemory', 'DiskUsage', 'RequestDisk']
] as const;

/** HTCondor manual, "Job ClassAd Attributes", JobStatus. */
export const JOB_STATUS = {
  idle: 1,
  running: 2,
  removed: 3,
  completed: 4,
  held: 5,
  transferringOutput: 6,
  suspended: 7
} as const;

/** A job as condor_q shows it. */
export interface IQueueRow {
  readonly status: number;
  /** What its log would have told; null: it is about to leave the queue. */
  readonly history: IHistory | null;
}

export function queueRow(ad: Ad): IQueueRow {
  const status = numberOf(ad, 'JobStatus') ?? 0;
  const now = nowOf(ad, status);
  return {
    status,
    history:
      now === null
        ? null
        : {
            ...NEW_HISTORY,
            // While a job runs this may still be the number of its starts before.
            starts: numberOf(ad, 'NumJobStarts') ?? 0,
            slot: textOf(ad, 'RemoteHost'),
            memoryUsedMiB: numberOf(ad, 'MemoryUsage'),
            memoryAskedMiB: numberOf(ad, 'RequestMemory'),
            diskUsedMiB: mebibytes(numberOf(ad, 'DiskUsage')),
            diskAskedMiB: mebibytes(numberOf(ad, 'RequestDisk')),
            now
          }
  };
}

const mebibytes = (kibibytes: number | null): number | null =>
  kibibytes === null ? null : Math.ceil(kibibytes / 1024);

function nowOf(ad: Ad, status: number): Now | null {
  switch (status) {
    case JOB_STATUS.idle:
      return { state: 'queued', words: 'Idle', code: 'Idle' };
    case JOB_STATUS.running:
    case JOB_STATUS.transferringOutput:
      // Matched is running to condor_q, not to whoever waits for the pilot.
      if (ad.TransferringInput === true) {
        return { state: 'queued', words: 'Running: transfers input', code: 'TransferringInput' };
      }
      return { state: 'running', words: 'Running' };
    case JOB_STATUS.removed:
    case JOB_STATUS.completed:
      return null;
    case JOB_STATUS.held:
      return {
        state: 'held',
        code: numberOf(ad, 'HoldReasonCode') ?? 0,
        subcode: numberOf(ad, 'HoldReasonSubCode') ?? 0,
        words: (textOf(ad, 'HoldReason') ?? 'Held').slice(0, 4000)
      };
    case JOB_STATUS.suspended:
      return { state: 'suspended', words: 'Suspended' };
    default:
      // Neither waiting nor running nor over as far as anybody here knows.
      return { state: 'suspended', words: `HTCondor calls its state ${status}` };
  }
}
