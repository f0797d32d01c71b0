import type {
  BrokenProfile,
  Change,
  Delta,
  Executor,
  ExecutorId,
  GroupId,
  HostConnection,
  HostId,
  Pilot,
  PilotId,
  Pool,
  PoolName,
  Snapshot,
  TaskGroup,
  Transfer
} from '../../protocol';
import type { IChangeSet, IPicture } from '../tokens';
import { ChangeSet, EVERYTHING } from './changes';

/** What a delta did to the picture. */
export type Applied =
  | { readonly kind: 'changed'; readonly changes: IChangeSet }
  /** Older than the picture, which therefore holds it. */
  | { readonly kind: 'known' }
  /** Something between was missed: only a new snapshot helps. */
  | { readonly kind: 'gap' };

/** Snapshot and deltas folded into maps; no clock, no wire. */
export class Picture implements IPicture {
  get pools(): ReadonlyMap<PoolName, Pool> {
    return this._pools;
  }
  get pilots(): ReadonlyMap<PilotId, Pilot> {
    return this._pilots;
  }
  get executors(): ReadonlyMap<ExecutorId, Executor> {
    return this._executors;
  }
  get groups(): ReadonlyMap<GroupId, TaskGroup> {
    return this._groups;
  }
  get hosts(): ReadonlyMap<HostId, HostConnection> {
    return this._hosts;
  }
  get transfers(): ReadonlyMap<string, Transfer> {
    return this._transfers;
  }
  get brokenProfiles(): ReadonlyMap<string, BrokenProfile> {
    return this._brokenProfiles;
  }

  pilotsOf(pool: PoolName): ReadonlyMap<PilotId, Pilot> {
    return this._pilotsOf.get(pool) ?? NO_PILOTS;
  }

  groupsOfCell(cellId: string): ReadonlyMap<GroupId, TaskGroup> {
    return this._groupsOfCell.get(cellId) ?? NO_GROUPS;
  }

  /** Forgets all and takes the snapshot. */
  replace(snapshot: Snapshot): IChangeSet {
    for (const map of [
      this._pools,
      this._pilots,
      this._executors,
      this._groups,
      this._hosts,
      this._transfers,
      this._brokenProfiles,
      this._pilotsOf,
      this._groupsOfCell
    ]) {
      map.clear();
    }
    this._instance = snapshot.instance;
    this._seq = snapshot.seq;
    snapshot.pools.forEach(pool => this._pools.set(pool.pool, pool));
    snapshot.pilots.forEach(pilot => this._putPilot(pilot));
    snapshot.executors.forEach(executor => this._executors.set(executor.executor, executor));
    snapshot.groups.forEach(group => this._putGroup(group));
    snapshot.hosts.forEach(host => this._hosts.set(host.host, host));
    snapshot.transfers.forEach(one => this._transfers.set(one.transfer, one));
    snapshot.brokenProfiles.forEach(broken => this._brokenProfiles.set(broken.file, broken));
    return EVERYTHING;
  }

  apply(delta: Delta): Applied {
    if (delta.instance !== this._instance || delta.seq > this._seq + 1) {
      return { kind: 'gap' };
    }
    if (delta.seq <= this._seq) {
      return { kind: 'known' };
    }
    this._seq = delta.seq;
    const changes = new ChangeSet();
    delta.changes.forEach(change => this._change(change, changes));
    return { kind: 'changed', changes };
  }

  private _change(change: Change, changes: ChangeSet): void {
    switch (change.kind) {
      case 'pool':
        this._pools.set(change.value.pool, change.value);
        changes.pools.add(change.value.pool);
        break;
      case 'pool-gone':
        this._pools.delete(change.pool);
        changes.pools.add(change.pool);
        break;
      case 'pilot':
        this._putPilot(change.value);
        changes.pilots.add(change.value.pilot);
        break;
      case 'pilot-gone':
        this._dropPilot(change.pilot);
        changes.pilots.add(change.pilot);
        break;
      case 'executor':
        this._executors.set(change.value.executor, change.value);
        changes.executors.add(change.value.executor);
        break;
      case 'executor-gone':
        this._executors.delete(change.executor);
        changes.executors.add(change.executor);
        break;
      case 'group':
        changes.addGroup(this._groups.get(change.value.group));
        this._putGroup(change.value);
        changes.addGroup(change.value);
        break;
      case 'group-gone':
        changes.addGroup(this._groups.get(change.group));
        this._dropGroup(change.group);
        break;
      case 'host':
        this._hosts.set(change.value.host, change.value);
        changes.hosts.add(change.value.host);
        break;
      case 'host-gone':
        this._hosts.delete(change.host);
        changes.hosts.add(change.host);
        break;
      case 'transfer':
        this._transfers.set(change.value.transfer, change.value);
        break;
      case 'transfer-gone':
        this._transfers.delete(change.transfer);
        break;
      case 'broken-profile':
        this._brokenProfiles.set(change.value.file, change.value);
        break;
      case 'broken-profile-gone':
        this._brokenProfiles.delete(change.file);
        break;
    }
  }

  private _putPilot(pilot: Pilot): void {
    this._dropPilot(pilot.pilot);
    this._pilots.set(pilot.pilot, pilot);
    putInto(this._pilotsOf, pilot.pool, pilot.pilot, pilot);
  }

  private _dropPilot(id: PilotId): void {
    const old = this._pilots.get(id);
    if (old) {
      this._pilots.delete(id);
      dropFrom(this._pilotsOf, old.pool, id);
    }
  }

  private _putGroup(group: TaskGroup): void {
    this._dropGroup(group.group);
    this._groups.set(group.group, group);
    if (group.cell?.cellId) {
      putInto(this._groupsOfCell, group.cell.cellId, group.group, group);
    }
  }

  private _dropGroup(id: GroupId): void {
    const old = this._groups.get(id);
    if (old) {
      this._groups.delete(id);
      if (old.cell?.cellId) {
        dropFrom(this._groupsOfCell, old.cell.cellId, id);
      }
    }
  }

  private _instance: string | null = null;
  private _seq = 0;
  private readonly _pools = new Map<PoolName, Pool>();
  private readonly _pilots = new Map<PilotId, Pilot>();
  private readonly _executors = new Map<ExecutorId, Executor>();
  private readonly _groups = new Map<GroupId, TaskGroup>();
  private readonly _hosts = new Map<HostId, HostConnection>();
  private readonly _transfers = new Map<string, Transfer>();
  private readonly _brokenProfiles = new Map<string, BrokenProfile>();
  private readonly _pilotsOf = new Map<PoolName, Map<PilotId, Pilot>>();
  private readonly _groupsOfCell = new Map<string, Map<GroupId, TaskGroup>>();
}

const NO_PILOTS: ReadonlyMap<PilotId, Pilot> = new Map();
const NO_GROUPS: ReadonlyMap<GroupId, TaskGroup> = new Map();

function putInto<K, I, V>(index: Map<K, Map<I, V>>, key: K, id: I, value: V): void {
  const values = index.get(key);
  if (values) {
    values.set(id, value);
  } else {
    index.set(key, new Map([[id, value]]));
  }
}

function dropFrom<K, I, V>(index: Map<K, Map<I, V>>, key: K, id: I): void {
  const values = index.get(key);
  values?.delete(id);
  if (values?.size === 0) {
    index.delete(key);
  }
}
