import type { PilotId } from '../../protocol';
import type { ITaskRecord } from './records';

/** What each pilot has done: how many tasks, and how long the longest of them took. */
export class PilotWork {
  /** `save` is called with each new count. */
  constructor(private readonly _save: (pilot: PilotId, ran: number) => void) {}

  /** A task has ended at a pilot. */
  finished(pilot: PilotId, record: ITaskRecord): void {
    const ran = this.ran(pilot) + 1;
    this._ran.set(pilot, ran);
    this._save(pilot, ran);
    this._tookLong(record);
  }

  /** The counts as they were saved; what took longest is known of the tasks that are kept. */
  restore(ran: ReadonlyMap<PilotId, number>, kept: Iterable<ITaskRecord>): void {
    ran.forEach((tasks, pilot) => this._ran.set(pilot, tasks));
    for (const record of kept) {
      this._tookLong(record);
    }
  }

  /** How many tasks have ended there. */
  ran(pilot: PilotId): number {
    return this._ran.get(pilot) ?? 0;
  }

  /** How long the longest of them took, in ms; 0: none yet. */
  longestMs(pilot: PilotId): number {
    return this._longest.get(pilot) ?? 0;
  }

  private _tookLong({ pilot, startedAtMs, endedAtMs }: ITaskRecord): void {
    if (pilot !== null && startedAtMs !== null && endedAtMs !== null) {
      this._longest.set(pilot, Math.max(this.longestMs(pilot), endedAtMs - startedAtMs));
    }
  }

  private readonly _ran = new Map<PilotId, number>();
  private readonly _longest = new Map<PilotId, number>();
}
