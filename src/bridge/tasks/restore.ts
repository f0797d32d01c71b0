import { GroupId, type PilotId } from '../../protocol';
import type { IStoredTasks } from '../store';
import { TaskGroupRecord } from './groups';
import type { Ledger } from './ledger';
import { findInputs, isFinal, settle, type ITaskRecord } from './records';
import { StoredGroup, StoredRun, StoredTask } from './stored';

export interface IRestored {
  /** Tasks that ran when the bridge before this one wrote them last. */
  readonly running: ITaskRecord[];
  readonly ran: Map<PilotId, number>;
  /** Rows that could not be read, and what is wrong with the first of them. */
  readonly unreadable: { count: number; first: unknown };
}

/** Fills an empty ledger from the database. */
export function restore(ledger: Ledger, stored: IStoredTasks): IRestored {
  const running: ITaskRecord[] = [];
  const unreadable: { count: number; first: unknown } = { count: 0, first: null };
  const each = <T>(rows: readonly T[], read: (row: T) => void): void => {
    for (const row of rows) {
      try {
        read(row);
      } catch (error) {
        unreadable.first ??= error;
        unreadable.count++;
      }
    }
  };

  each(stored.runs, ({ run, value }) => {
    const { origin, gone } = StoredRun.parse(JSON.parse(value));
    ledger.run(run, origin).gone = gone;
  });

  each(stored.groups, ({ group, run: runId, value }) => {
    const { cell, app, firstAtMs, lastAtMs, error, sites, forgotten } = StoredGroup.parse(
      JSON.parse(value)
    );
    const run = ledger.runs.get(runId);
    if (run === undefined) {
      throw new Error(`group ${group} has no run ${runId}`);
    }
    const record = ledger.addGroup(new TaskGroupRecord(GroupId.parse(group), run, cell, app));
    Object.assign(record, { firstAtMs, lastAtMs, error });
    sites.forEach(site => record.sites.add(site));
    record.restore(forgotten);
  });

  const entered: ITaskRecord[] = [];
  const finished: ITaskRecord[] = [];
  each(stored.tasks, ({ task, position, value }) => {
    const { group: groupId, running: ran, ...fields } = StoredTask.parse(JSON.parse(value));
    const group = ledger.groups.get(groupId);
    if (group === undefined) {
      throw new Error(`task ${task} has no group ${groupId}`);
    }
    const record = ledger.add(group, task, fields.submittedAtMs, position);
    Object.assign(record, fields);
    settle(record, null);
    entered.push(record);
    if (isFinal(record) || group.run.gone) {
      finished.push(record);
    } else if (ran) {
      running.push(record);
    }
  });
  // A task may come before one whose future it waits for.
  for (const record of entered) {
    findInputs(record);
    record.group.tally(record, 1);
  }
  finished.sort((a, b) => (a.endedAtMs ?? 0) - (b.endedAtMs ?? 0));
  finished.forEach(record => ledger.mayForget(record));

  // A group whose tasks were never written has nothing to show.
  for (const group of ledger.groups.values()) {
    if (group.kept === 0) {
      ledger.groups.delete(group.group);
      group.run.groups.delete(group);
    }
  }
  return { running, ran: new Map(stored.ran.map(({ pilot, ran }) => [pilot, ran])), unreadable };
}
