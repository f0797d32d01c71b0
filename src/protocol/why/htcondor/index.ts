import {
  RELEASE,
  REMOVE,
  WAIT,
  edit,
  why,
  type IExplained,
  type Why,
  type WhyAction
} from '../sentence';
import { HOLDS } from './holds';
import { subcodeSays } from './subcodes';

/** What a pilot used of what it asked for; null: not known. */
export interface IHoldUsage {
  readonly memoryUsedMiB: number | null;
  readonly memoryAskedMiB: number | null;
  readonly diskUsedMiB: number | null;
  readonly diskAskedMiB: number | null;
}

/** Sub-codes for what was exceeded (htcondor/src/condor_utils/param_info.in). */
const MEMORY = 102;
const DISK = 104;

const OTHERS: Readonly<Record<string, IExplained>> = {
  'hold.OutOfMemory': why(
    'out of memory',
    'The pilot used more memory than it had asked for. {detail}',
    'Give pilots more memory, or fewer workers each.',
    edit('pilot.memoryMiB'),
    edit('pilot.workers'),
    REMOVE
  ),
  'hold.OutOfDisk': why(
    'out of disk',
    'The pilot used more disk than it had asked for. {detail}',
    'Give pilots more disk.',
    edit('pilot.diskMiB'),
    REMOVE
  ),
  Idle: why(
    'waits for a machine',
    'No machine has been found for it yet.',
    'It starts by itself; if it does not, its requirements may fit no machine.',
    WAIT
  ),
  IdlePort: why(
    'waits for a machine that reaches the relay',
    'No machine has been found for it yet that tells that it can dial the relay’s port {port}.',
    'It starts by itself; if it does not, no machine may tell so: list another way home, or take back that machines tell ports.',
    WAIT,
    edit('uplink.kinds')
  ),
  TransferringInput: why(
    'gets its files',
    'A machine has been found; the pilot’s files are being brought there.',
    'It starts by itself.',
    WAIT
  ),
  Evicted: why(
    'evicted, waits again',
    'The machine was taken away from the pilot. It is in the queue again.',
    'It starts again by itself.',
    WAIT
  ),
  NodeLost: why(
    'machine lost, waits again',
    'The submit host lost the machine and did not find it again. The pilot is in the queue again.',
    'It starts again by itself.',
    WAIT
  ),
  ShadowException: why(
    'start failed, waits again',
    'HTCondor’s part that looks after the pilot failed. The pilot is in the queue again.',
    'It starts again by itself; if that repeats, the administrators have to look at it.',
    WAIT,
    REMOVE
  ),
  Suspended: why(
    'paused by the machine',
    'The machine has paused the pilot for something else.',
    'It goes on by itself.',
    WAIT
  ),
  Removed: why('removed', 'The pilot was removed from the queue.', ''),
  DurationOver: why(
    'walltime over',
    'HTCondor ended the pilot because its walltime was over.',
    'Give pilots a longer walltime, or tasks that are shorter.',
    edit('pilot.walltime')
  )
};

/**
 * HTCondor's hold codes and what else it does with jobs (HTCondor manual,
 * "Hold Reason Codes" and "Job Event Log Codes"). Codes begin with `htcondor.`
 */
export const HTCONDOR_WHYS: Readonly<Record<string, IExplained>> = Object.fromEntries(
  [
    ...Object.values(HOLDS).map(([label, explained]) => [`hold.${label}`, explained] as const),
    ...Object.entries(OTHERS)
  ].map(([name, explained]) => [`htcondor.${name}`, explained])
);

const explained = (code: string): IExplained | undefined =>
  code in HTCONDOR_WHYS ? HTCONDOR_WHYS[code] : undefined;

/** Why a job is as it is, by its name among HTCONDOR_WHYS without `htcondor.` */
export function htcondorWhy(name: string, words: string): Why {
  const code = `htcondor.${name}`;
  return { code, params: {}, words, actions: [...(explained(code)?.actions ?? [])] };
}

/** A pilot waits for a machine that tells that it can dial this port. */
export const portWhy = (port: number, words: string): Why => ({
  ...htcondorWhy('IdlePort', words),
  params: { port }
});

/** Why a job is held: HoldReasonCode, HoldReasonSubCode and HoldReason of its ad. */
export function holdWhy(code: number, subcode: number, reason: string, usage: IHoldUsage): Why {
  const label = labelOf(code, subcode);
  const key = `htcondor.hold.${label}`;
  const actions = explained(key)?.actions ?? [RELEASE, REMOVE];
  return {
    code: key,
    params: { code, subcode, detail: usedOf(label, reason, usage) || subcodeSays(code, subcode) },
    words: reason,
    actions: [...raised(label, reason, usage), ...actions]
  };
}

function labelOf(code: number, subcode: number): string {
  // Of the starter (34), or of the machine's policy (21): HOLD_IF_MEMORY_EXCEEDED and the like.
  if ((code === 34 || code === 21) && subcode === MEMORY) {
    return 'OutOfMemory';
  }
  if ((code === 34 || code === 21) && subcode === DISK) {
    return 'OutOfDisk';
  }
  return code in HOLDS ? HOLDS[code][0] : String(code);
}

/** How much more, where both numbers are known; empty where not. */
function usedOf(label: string, reason: string, usage: IHoldUsage): string {
  const peak = /Peak usage: (\d+) megabytes/.exec(reason);
  const [used, asked] =
    label === 'OutOfMemory'
      ? [peak ? Number(peak[1]) : usage.memoryUsedMiB, usage.memoryAskedMiB]
      : label === 'OutOfDisk'
        ? [usage.diskUsedMiB, usage.diskAskedMiB]
        : [null, null];
  // What was measured last may be of before the excess.
  return used !== null && asked !== null && used > asked
    ? `It used ${used.toLocaleString('en')} MiB of ${asked.toLocaleString('en')} MiB.`
    : '';
}

function raised(label: string, reason: string, usage: IHoldUsage): WhyAction[] {
  if (label === 'OutOfMemory') {
    const limit = /memory limit of (\d+) megabytes/.exec(reason);
    const memoryMiB = doubled(usage.memoryAskedMiB, usage.memoryUsedMiB, limit && Number(limit[1]));
    return memoryMiB === null ? [] : [{ kind: 'resubmit', memoryMiB }];
  }
  if (label === 'OutOfDisk') {
    const diskMiB = doubled(usage.diskAskedMiB, usage.diskUsedMiB);
    return diskMiB === null ? [] : [{ kind: 'resubmit', diskMiB }];
  }
  return [];
}

/** Twice the most that is known, as a round number: whole GiB from one on, else quarters. */
function doubled(...known: readonly (number | null)[]): number | null {
  const twice = 2 * Math.max(...known.map(value => value ?? 0));
  const step = twice > 1024 ? 1024 : 256;
  return twice === 0 ? null : step * Math.ceil(twice / step);
}
