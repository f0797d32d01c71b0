import { constants } from 'node:os';
import type { JobReport } from '../tokens';
import type { IAccount } from './accounting';
import type { IDetails } from './details';
import type { IQueueRow } from './queue';
import { isHold, reasonName, whyOf } from './reasons';
import { meaningOf } from './states';

/** What squeue says of a job that has not ended; null: it has, and its details are wanted. */
export function reportOfRow(row: IQueueRow, restarts?: number): JobReport | null {
  const meaning = meaningOf(row.state);
  const reason = reasonName(row.reason);
  const slot = row.nodes === '' ? null : row.nodes;
  const more = restarts === undefined ? {} : { restarts };
  switch (meaning.kind) {
    case 'ended':
      return null;
    case 'running':
      return { state: 'running', words: row.state, why: null, slot, ...more };
    case 'strange':
      // Neither waiting nor running nor over as far as anybody here knows.
      return {
        state: 'suspended',
        words: `Slurm calls its state ${row.state}`,
        why: whyOf(row.state, words(row)),
        slot,
        ...more
      };
    case 'suspended':
    case 'held':
    case 'queued': {
      // Where the state is not plain PENDING, it says more than the reason.
      const named = row.state === 'PENDING' ? reason : row.state;
      const state = meaning.kind === 'queued' && isHold(reason) ? 'held' : meaning.kind;
      return { state, words: words(row), why: whyOf(named, words(row)), slot, ...more };
    }
  }
}

const words = ({ state, reason }: Pick<IQueueRow, 'state' | 'reason'>): string =>
  reason === '' || reason === 'None' ? state : `${state} (${reason})`;

/** How a job ended that squeue still shows. */
export function reportOfEnd(row: IQueueRow, details: IDetails | undefined): JobReport {
  return ended(
    row.state,
    words(row),
    details?.exitCode ?? null,
    details?.signal ?? null,
    reasonName(row.reason)
  );
}

/** How a job ended that only the accounts know; null: they do not say that it has. */
export function reportOfAccount(account: IAccount): JobReport | null {
  const meaning = meaningOf(account.state);
  if (meaning.kind !== 'ended' && account.state !== 'REQUEUED') {
    return null;
  }
  const said = account.by === null ? account.state : `${account.state} by user id ${account.by}`;
  return account.signal === 0
    ? ended(account.state, said, account.exitCode, null, '')
    : ended(account.state, said, null, account.signal, '');
}

function ended(
  state: string,
  said: string,
  exitCode: number | null,
  signal: number | null,
  reason: string
): JobReport {
  const meaning = meaningOf(state);
  const end = meaning.kind === 'ended' ? meaning.end : null;
  // A job that never came to run has no exit code of its own, though 0 is said.
  const ran = end === null || end === 'out_of_memory';
  const named = state === 'FAILED' && LAUNCH.has(reason) ? reason : state;
  return {
    state: 'ended',
    end: named === state ? end : 'failed',
    exitCode: ran ? exitCode : null,
    signal: signal === null ? null : signalName(signal),
    words: exitCode === null || exitCode === 0 ? said : `${said}, exit code ${exitCode}`,
    why: state === 'COMPLETED' || (end === null && named === state) ? null : whyOf(named, said)
  };
}

/** Reasons of FAILED that say that the script itself did not fail. */
const LAUNCH: ReadonlySet<string> = new Set(['JobLaunchFailure', 'SystemFailure', 'NodeDown']);

const SIGNALS = new Map<number, string>(
  Object.entries(constants.signals).map(([name, number]) => [number, name])
);
const signalName = (signal: number): string => SIGNALS.get(signal) ?? `signal ${signal}`;

/** What the pilot itself wrote before it ended; null: nothing, or not in its whole. */
export function reportOfExitFile(text: string): JobReport | null {
  const found = /^(\d{1,3})\n$/.exec(text);
  return found === null
    ? null
    : {
        state: 'ended',
        end: null,
        exitCode: Number(found[1]),
        signal: null,
        words: `Slurm has forgotten the job; its script ended with exit code ${found[1]}`,
        why: null
      };
}

/**
 * Slurm keeps no record of an array's element that is cancelled while it
 * waits, and forgets no other that has not started.
 */
export const neverStarted = (id: string): JobReport => ({
  state: 'ended',
  end: 'removed',
  exitCode: null,
  signal: null,
  words: `Slurm does not know job ${id} any more, and it had not started: it was cancelled`,
  why: whyOf('CANCELLED', `Slurm does not know job ${id} any more`)
});

/** Nobody knows how it ended, only that it is gone. */
export const gone = (id: string, accounts: boolean): JobReport => ({
  state: 'unknown',
  words: accounts
    ? `Slurm does not know job ${id}, nor do its accounts`
    : `Slurm does not know job ${id} any more, and keeps no accounts here`
});
