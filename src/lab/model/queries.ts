import type { Executor, Pilot, Pool, PoolName, TaskGroup, TaskState } from '../../protocol';
import type { IPicture } from '../tokens';

/** A notebook as groups name it: by its kernel, or by its path once the kernel is another. */
export interface INotebookScope {
  readonly kernelId: string | null;
  /** As Jupyter's server names it. */
  readonly path: string;
}

/** Which groups the panel lists. */
export interface IGroupFilter {
  /** null: of all notebooks. */
  readonly notebook: INotebookScope | null;
  /** null: all. `retried` is a count beside the states. */
  readonly state: TaskState | 'retried' | null;
  /** Part of an app's name, a notebook's path or an error, in any case. */
  readonly text: string;
}

/** Whether a group was made by a notebook. */
export function isOf(group: TaskGroup, notebook: INotebookScope): boolean {
  const { kernelId, notebook: path } = group.origin;
  return (
    (kernelId !== undefined && kernelId === notebook.kernelId) ||
    // A kernel may know its notebook by the full path.
    (path !== undefined && (path === notebook.path || path.endsWith(`/${notebook.path}`)))
  );
}

/** Pools by title. */
export function poolsOf(picture: IPicture): Pool[] {
  return [...picture.pools.values()].sort((a, b) => a.title.localeCompare(b.title));
}

/** A pool's pilots that live, oldest first, so that rows stay where they are. */
export function livePilots(picture: IPicture, pool: PoolName): Pilot[] {
  return (
    [...picture.pilotsOf(pool).values()]
      .filter(pilot => pilot.state !== 'ended')
      // Thousands are submitted at one moment: comparing their ids by a language's rules takes too long.
      .sort((a, b) => a.createdAtMs - b.createdAtMs || (a.pilot < b.pilot ? -1 : 1))
  );
}

/** A pool's ended pilots, newest end first. */
export function endedPilots(picture: IPicture, pool: PoolName): Pilot[] {
  return [...picture.pilotsOf(pool).values()]
    .filter(pilot => pilot.state === 'ended')
    .sort((a, b) => (b.endedAtMs ?? b.sinceMs) - (a.endedAtMs ?? a.sinceMs));
}

/** Who asks a pool for pilots. */
export function askersOf(picture: IPicture, pool: PoolName): Executor[] {
  return [...picture.executors.values()]
    .filter(executor => executor.pool === pool)
    .sort((a, b) => a.openedAtMs - b.openedAtMs);
}

/** Groups that pass the filter, newest first. */
export function groupsOf(picture: IPicture, filter: IGroupFilter): TaskGroup[] {
  const text = filter.text.trim().toLowerCase();
  return [...picture.groups.values()]
    .filter(
      group =>
        (filter.notebook === null || isOf(group, filter.notebook)) &&
        (filter.state === null || group[filter.state] > 0) &&
        (text === '' || wordsOf(group).includes(text))
    )
    .sort((a, b) => b.firstAtMs - a.firstAtMs || b.group.localeCompare(a.group));
}

function wordsOf(group: TaskGroup): string {
  const error = group.error ? `${group.error.type}: ${group.error.message}` : '';
  return `${group.app}\n${group.origin.notebook ?? ''}\n${error}`.toLowerCase();
}

/**
 * The groups of a cell's newest execution in a notebook, in the order in which
 * their apps were first called. The newest is the one that began last: a late
 * call of an older execution does not bring that one back.
 */
export function newestExecution(
  picture: IPicture,
  notebook: INotebookScope,
  cellId: string
): TaskGroup[] {
  const executions = new Map<string, TaskGroup[]>();
  for (const group of picture.groupsOfCell(cellId).values()) {
    if (group.cell && isOf(group, notebook)) {
      const key = `${group.run} ${group.cell.messageId}`;
      executions.set(key, [...(executions.get(key) ?? []), group]);
    }
  }
  let newest: TaskGroup[] = [];
  let beganMs = Number.NEGATIVE_INFINITY;
  for (const groups of executions.values()) {
    const began = Math.min(...groups.map(group => group.firstAtMs));
    if (began > beganMs) {
      beganMs = began;
      newest = groups;
    }
  }
  return newest.sort((a, b) => a.firstAtMs - b.firstAtMs || a.app.localeCompare(b.app));
}
