import type { Publishing } from './publishing';
import { findInputs, placeOf, settle, type ITaskRecord } from './records';
import type { Workers } from './workers';

/** The one way a task changes. Counts, workers, views and database follow from it. */
export class Changing {
  /** `save` is called with each task that has changed. */
  constructor(
    private readonly _workers: Workers,
    private readonly _publishing: Pick<Publishing, 'groupChanged' | 'pilotChanged'>,
    private readonly _save: (record: ITaskRecord) => void
  ) {}

  /** The task's share goes out of its group's counts, `work` is done, and it goes in again. */
  change(record: ITaskRecord, work: () => void): void {
    const { group } = record;
    group.tally(record, -1);
    work();
    const next = this._place(record);
    const { place } = record;
    settle(record, place !== null && this._workers.runs(record, place) ? place : null);
    findInputs(record);
    group.tally(record, 1);
    this._publishing.groupChanged(group);
    this._save(record);
    if (next !== null) {
      this.change(next, () => undefined);
    }
  }

  /** Gives a task its place at a worker; the one whose turn it is where it was before. */
  private _place(record: ITaskRecord): ITaskRecord | null {
    const [before, place] = [record.place, placeOf(record)];
    if (before === place) {
      return null;
    }
    record.place = place;
    const next = before === null ? null : this._workers.leave(record, before);
    if (place !== null) {
      this._workers.enter(record, place);
    }
    [before, place].forEach(one => one !== null && this._publishing.pilotChanged(one.pilot));
    return next;
  }
}
