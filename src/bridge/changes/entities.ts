import type { Change, Pilot, PilotId, Snapshot } from '../../protocol';

type Entities = Omit<Snapshot, 'instance' | 'seq' | 'atMs'>;
type EntityKind = 'pool' | 'pilot' | 'executor' | 'group' | 'host' | 'transfer' | 'broken-profile';

interface IPlace {
  readonly kind: EntityKind;
  readonly id: string;
}

function placeOf(change: Change): IPlace {
  switch (change.kind) {
    case 'pool':
      return { kind: 'pool', id: change.value.pool };
    case 'pool-gone':
      return { kind: 'pool', id: change.pool };
    case 'pilot':
      return { kind: 'pilot', id: change.value.pilot };
    case 'pilot-gone':
      return { kind: 'pilot', id: change.pilot };
    case 'executor':
      return { kind: 'executor', id: change.value.executor };
    case 'executor-gone':
      return { kind: 'executor', id: change.executor };
    case 'group':
      return { kind: 'group', id: change.value.group };
    case 'group-gone':
      return { kind: 'group', id: change.group };
    case 'host':
      return { kind: 'host', id: change.value.host };
    case 'host-gone':
      return { kind: 'host', id: change.host };
    case 'transfer':
      return { kind: 'transfer', id: change.value.transfer };
    case 'transfer-gone':
      return { kind: 'transfer', id: change.transfer };
    case 'broken-profile':
      return { kind: 'broken-profile', id: change.value.file };
    case 'broken-profile-gone':
      return { kind: 'broken-profile', id: change.file };
  }
}

/**
 * All entities as they were last sent, as the JSON that was sent, and what has
 * been put since. Keeping text and not objects makes a snapshot agree with the
 * deltas whatever their makers do to the objects later.
 */
export class EntityTable {
  put(change: Change): void {
    const { kind, id } = placeOf(change);
    this._pending[kind].set(id, change);
    if (change.kind === 'pilot') {
      this._pilots.set(change.value.pilot, change.value);
    } else if (change.kind === 'pilot-gone') {
      this._pilots.delete(change.pilot);
    }
  }

  pilot(pilot: PilotId): Pilot | null {
    return this._pilots.get(pilot) ?? null;
  }

  /** What has truly changed since the last time, serialized. */
  take(): string[] {
    const texts: string[] = [];
    for (const kind of KINDS) {
      const pending = this._pending[kind];
      const sent = this._sent[kind];
      for (const [id, change] of pending) {
        if ('value' in change) {
          const value = JSON.stringify(change.value);
          if (sent.get(id) !== value) {
            sent.set(id, value);
            texts.push(`{"kind":"${kind}","value":${value}}`);
          }
        } else if (sent.delete(id)) {
          texts.push(JSON.stringify(change));
        }
      }
      pending.clear();
    }
    return texts;
  }

  /** Everything as last taken. */
  all(): Entities {
    const list = (kind: EntityKind): string => `[${[...this._sent[kind].values()].join(',')}]`;
    return JSON.parse(
      `{"pools":${list('pool')},"pilots":${list('pilot')},` +
        `"executors":${list('executor')},"groups":${list('group')},` +
        `"hosts":${list('host')},"transfers":${list('transfer')},` +
        `"brokenProfiles":${list('broken-profile')}}`
    ) as Entities;
  }

  private readonly _pilots = new Map<PilotId, Pilot>();
  private readonly _pending = tables<Change>();
  private readonly _sent = tables<string>();
}

const KINDS: readonly EntityKind[] = [
  'pool',
  'pilot',
  'executor',
  'group',
  'host',
  'transfer',
  'broken-profile'
];

function tables<T>(): Record<EntityKind, Map<string, T>> {
  return {
    pool: new Map(),
    pilot: new Map(),
    executor: new Map(),
    group: new Map(),
    host: new Map(),
    transfer: new Map(),
    'broken-profile': new Map()
  };
}
