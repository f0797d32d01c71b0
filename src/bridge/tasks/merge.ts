import type { TaskUpdate } from '../../protocol';
import type { ITaskWords } from '../store';
import { isFinal, type ITaskRecord } from './records';

/** What a kernel's update changes beyond fields. */
export interface IMerged {
  /** HTEX's id of the task is another, or none any more. */
  readonly renamed: boolean;
  readonly finished: boolean;
}

/** An update leaves out what has not changed; null is a value. */
function keep<T>(given: T | undefined, before: T): T {
  if (given === undefined) {
    return before;
  }
  return given;
}

/** Takes over what the kernel says of a task; `settle` makes of it what a person sees. */
export function merge(record: ITaskRecord, update: TaskUpdate): IMerged {
  const wasFinal = isFinal(record);
  const triedAgain = update.tries !== undefined && update.tries > record.tries;
  const state = update.state === 'running' ? 'waiting' : update.state;
  // Parsl's final states are final; what comes after one is an older word, told again.
  if (!wasFinal || (state !== undefined && state !== 'waiting')) {
    record.kernelState = state ?? record.kernelState;
    record.kernelReason = keep(update.reason, state === undefined ? record.kernelReason : null);
  }
  record.dependsOn = keep(update.dependsOn, record.dependsOn);
  record.failedInput = keep(update.failedInput, record.failedInput);
  record.tries = keep(update.tries, record.tries);
  record.worker = keep(update.worker, record.worker);
  record.submittedAtMs = keep(update.submittedAtMs, record.submittedAtMs);
  record.launchedAtMs = keep(update.launchedAtMs, record.launchedAtMs);
  record.startedAtMs = keep(update.startedAtMs, record.startedAtMs);
  record.endedAtMs = keep(update.endedAtMs, record.endedAtMs);
  if (update.pilot !== undefined && update.pilot !== record.pilot) {
    record.pilot = update.pilot;
    record.host = record.site = record.slot = null;
  }
  return {
    renamed:
      update.executorTask !== undefined
        ? update.executorTask !== record.executorTask || update.executor !== record.executor
        : triedAgain && record.executorTask !== null,
    finished: !wasFinal && isFinal(record)
  };
}

/** Takes over what a task says at length; `before` reads what it has said so far. */
export function takeWords(
  record: ITaskRecord,
  update: TaskUpdate,
  before: () => ITaskWords | null
): void {
  const done = record.kernelState === 'done';
  if (update.error === undefined && update.printed === undefined && !(done && record.hasWords)) {
    return;
  }
  const said = before();
  record.words = {
    // The error of a try before is no error of a task that is done.
    error: update.error ?? (done ? null : (said?.error ?? null)),
    printed: update.printed ?? said?.printed ?? ''
  };
  record.hasWords = true;
}
