import type { PilotId } from '../../protocol';
import type { IRunningEntry } from './running';
import type { ITaskRecord } from './records';

/**
 * Which task each worker is shown to run: one at a time. An agent says what a
 * worker runs before the kernel has said how the task before ended; until then
 * the one before has the worker's place. All that is shown as running, of
 * groups, pilots and pools, follows from this.
 */
export class Workers {
  /** Gives a task a place at its worker. */
  enter(record: ITaskRecord, { pilot, worker }: IRunningEntry): void {
    const workers = this._pilots.get(pilot) ?? new Map<number, ITaskRecord[]>();
    this._pilots.set(pilot, workers);
    const queue = workers.get(worker);
    if (queue === undefined) {
      workers.set(worker, [record]);
    } else {
      queue.push(record);
    }
  }

  /** Takes a task's place away; the task that is shown to run there then, if another. */
  leave(record: ITaskRecord, { pilot, worker }: IRunningEntry): ITaskRecord | null {
    const workers = this._pilots.get(pilot);
    const queue = workers?.get(worker);
    const at = queue?.indexOf(record) ?? -1;
    if (workers === undefined || queue === undefined || at < 0) {
      return null;
    }
    queue.splice(at, 1);
    if (queue.length > 0) {
      return at === 0 ? queue[0] : null;
    }
    workers.delete(worker);
    if (workers.size === 0) {
      this._pilots.delete(pilot);
    }
    return null;
  }

  /** Whether it is this task that is shown to run at its worker. */
  runs(record: ITaskRecord, { pilot, worker }: IRunningEntry): boolean {
    return this._pilots.get(pilot)?.get(worker)?.[0] === record;
  }

  isBusy(pilot: PilotId): boolean {
    return this._pilots.has(pilot);
  }

  /** What is shown to run on a pilot, one task for each busy worker. */
  on(pilot: PilotId): ITaskRecord[] {
    return [...(this._pilots.get(pilot)?.values() ?? [])].map(([first]) => first);
  }

  private readonly _pilots = new Map<PilotId, Map<number, ITaskRecord[]>>();
}
