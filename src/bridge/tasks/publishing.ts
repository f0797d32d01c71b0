import type { PilotId } from '../../protocol';
import type { IChangeSink } from '../tokens';
import type { TaskGroupRecord } from './groups';

/** Collects what has changed, and tells of it at once: views of groups, pools of pilots. */
export class Publishing {
  /** `save` is called with each group that has changed. */
  constructor(
    private readonly _changes: Pick<IChangeSink, 'put'>,
    private readonly _save: (group: TaskGroupRecord) => void
  ) {}

  /** Calls with the pilots on which something begins or ends. */
  onPilotsChanged(call: (pilots: ReadonlySet<PilotId>) => void): void {
    this._onPilotsChanged = call;
  }

  groupChanged(group: TaskGroupRecord): void {
    this._groups.add(group);
  }

  /** Something began or ended on a pilot. */
  pilotChanged(pilot: PilotId): void {
    this._pilots.add(pilot);
  }

  /** A group was forgotten: views forget it too. */
  groupGone(group: TaskGroupRecord): void {
    this._groups.delete(group);
    this._changes.put({ kind: 'group-gone', group: group.group });
  }

  /** Shows a group as it was saved. */
  groupRestored(group: TaskGroupRecord): void {
    this._changes.put({ kind: 'group', value: group.render() });
  }

  /** Tells of all that has changed since the last time. */
  publish(): void {
    for (const group of this._groups) {
      this._changes.put({ kind: 'group', value: group.render() });
      this._save(group);
    }
    this._groups.clear();
    if (this._pilots.size > 0) {
      const pilots = this._pilots;
      this._pilots = new Set();
      this._onPilotsChanged(pilots);
    }
  }

  private readonly _groups = new Set<TaskGroupRecord>();
  private _pilots = new Set<PilotId>();
  private _onPilotsChanged: (pilots: ReadonlySet<PilotId>) => void = () => undefined;
}
