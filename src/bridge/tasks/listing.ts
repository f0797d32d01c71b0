import type { Params, Result, Task } from '../../protocol';
import { PilothouseError } from '../errors';
import type { ITaskStore, ITaskWords } from '../store';
import type { Ledger } from './ledger';
import type { ITaskRecord } from './records';

/** A task as a view gets it, with all its words. */
export function render(record: ITaskRecord, words: ITaskWords | null): Task {
  return {
    run: record.run.run,
    task: record.task,
    group: record.group.group,
    app: record.group.app,
    state: record.state,
    reason: record.reason,
    dependsOn: [...record.dependsOn],
    failedInput: record.failedInput,
    tries: record.tries,
    pilot: record.pilot,
    host: record.host,
    site: record.site,
    slot: record.slot,
    worker: record.worker,
    submittedAtMs: record.submittedAtMs,
    launchedAtMs: record.launchedAtMs,
    startedAtMs: record.startedAtMs,
    endedAtMs: record.endedAtMs,
    error: words?.error ?? null,
    printed: words?.printed ?? ''
  };
}

/** What a task has said at length, from memory or disk. */
export function wordsOf(record: ITaskRecord, store: ITaskStore): ITaskWords | null {
  if (record.words !== null || !record.hasWords) {
    return record.words;
  }
  return store.words(record.run.run, record.task);
}

/** A page of `tasks.list`. @throws PilothouseError invalid_params for a cursor that is none */
export function listTasks(
  ledger: Ledger,
  store: ITaskStore,
  params: Params<'tasks.list'>
): Result<'tasks.list'> {
  const { group, run, pilot, states, cursor, limit } = params;
  const before = cursor === undefined ? Number.POSITIVE_INFINITY : Number(cursor);
  if (Number.isNaN(before)) {
    throw new PilothouseError({
      code: 'invalid_params',
      params: { method: 'tasks.list', field: 'cursor', message: 'Not a cursor of tasks.list.' }
    });
  }
  const source = group === undefined ? ledger.tasks : ledger.groups.get(group)?.tasks;
  const page: ITaskRecord[] = [];
  let total = 0;
  let more = false;
  for (const record of source?.newestFirst() ?? []) {
    if (
      (run === undefined || record.run.run === run) &&
      (pilot === undefined || record.pilot === pilot) &&
      (states === undefined || states.includes(record.state))
    ) {
      total++;
      if (record.position < before) {
        if (page.length < limit) {
          page.push(record);
        } else {
          more = true;
        }
      }
    }
  }
  return {
    tasks: page.map(record => render(record, wordsOf(record, store))),
    cursor: more ? String(page[page.length - 1].position) : null,
    total
  };
}
