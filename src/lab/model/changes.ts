import type { ExecutorId, GroupId, HostId, PilotId, PoolName, TaskGroup } from '../../protocol';
import type { IChangeSet } from '../tokens';

/** Changes gathered until somebody draws them. */
export class ChangeSet implements IChangeSet {
  all = false;
  readonly pools = new Set<PoolName>();
  readonly pilots = new Set<PilotId>();
  readonly executors = new Set<ExecutorId>();
  readonly groups = new Set<GroupId>();
  readonly hosts = new Set<HostId>();
  readonly cells = new Set<string>();

  /** Notes a group and its cell; nothing if there was none. */
  addGroup(group: TaskGroup | undefined): void {
    if (group) {
      this.groups.add(group.group);
      if (group.cell?.cellId) {
        this.cells.add(group.cell.cellId);
      }
    }
  }
}

/** What a snapshot changes. */
export const EVERYTHING: IChangeSet = Object.assign(new ChangeSet(), { all: true });
