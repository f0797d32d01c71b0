import type { TaskError, TaskGroup, TaskState } from '../../protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import { count } from './quantities';

/** The state that a group's sign shows: what went wrong first, then what goes on. */
export function groupState(group: TaskGroup): TaskState {
  if (group.failed > 0) {
    return 'failed';
  }
  if (group.kernelGone && group.waiting + group.running > 0) {
    return 'failed';
  }
  if (group.running > 0) {
    return 'running';
  }
  return group.waiting > 0 ? 'waiting' : 'done';
}

/** The execution of a cell as the notebook shows it, `In [5]`; null: it was not counted. */
export const cellPrompt = (executionCount: number | null): string =>
  `In [${executionCount ?? ' '}]`;

/** An error in a line: its type, and the first line of what it says. */
export const errorLine = ({ type, message }: Pick<TaskError, 'type' | 'message'>): string =>
  `${type}: ${message.split('\n', 1)[0]}`;

/** What a group's tasks do: `87 done · 10 running · 3 waiting`; only what there is. */
export function groupCounts(trans: TranslationBundle, group: TaskGroup): string {
  const { waiting, waitingForFutures, running } = group;
  const parts: string[] = [];
  if (group.done > 0) {
    parts.push(
      group.fromMemory > 0
        ? trans.__('%1 done (%2 from memory)', count(group.done), count(group.fromMemory))
        : trans.__('%1 done', count(group.done))
    );
  }
  if (group.kernelGone) {
    if (waiting + running > 0) {
      parts.push(trans.__('%1 lost with the kernel', count(waiting + running)));
    }
  } else {
    if (running > 0) {
      parts.push(trans.__('%1 running', count(running)));
    }
    if (waiting > 0) {
      parts.push(waitingWords(trans, waiting, waitingForFutures));
    }
  }
  if (group.failed > 0) {
    parts.push(trans.__('%1 failed', count(group.failed)));
  }
  if (group.retried > 0) {
    parts.push(trans.__('%1 retried', count(group.retried)));
  }
  return parts.join(' · ');
}

function waitingWords(trans: TranslationBundle, waiting: number, forFutures: number): string {
  if (forFutures === waiting) {
    return trans.__('%1 waiting for futures', count(waiting));
  }
  return forFutures > 0
    ? trans.__('%1 waiting (%2 for futures)', count(waiting), count(forFutures))
    : trans.__('%1 waiting', count(waiting));
}
