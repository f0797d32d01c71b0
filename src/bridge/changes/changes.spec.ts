import {
  BridgeInstance,
  Delta,
  ExecutorId,
  GroupId,
  PilotId,
  RunId,
  Snapshot,
  type Change,
  type Pilot,
  type TaskGroup
} from '../../protocol';
import { aPilot } from '../entities.fixture';
import { ManualClock } from '../manualClock.fixture';
import { Changes } from '.';

const pilot = (id: string, ran = 0): Pilot => aPilot(id, { ran });

const group = (id: string, total: number): TaskGroup => ({
  group: GroupId.parse(id),
  run: RunId.parse('run'),
  origin: { pid: 1, workingFolder: '/' },
  cell: null,
  app: 'pi',
  total,
  waiting: total,
  waitingForFutures: 0,
  running: 0,
  done: 0,
  fromMemory: 0,
  failed: 0,
  retried: 0,
  waitsFor: [],
  pilotsNow: 0,
  sites: [],
  firstAtMs: 1,
  lastAtMs: 1,
  error: null,
  kernelGone: false
});

/** A view: a snapshot, and what the deltas make of it. */
class View {
  readonly deltas: Delta[] = [];
  readonly texts: string[] = [];
  entities = new Map<string, unknown>();
  seq = 0;

  constructor(private readonly _changes: Changes) {}

  subscribe(): void {
    const snapshot = Snapshot.parse(this._changes.subscribe(this));
    this.seq = snapshot.seq;
    this.entities = contents(snapshot);
  }

  send(text: string): void {
    this.texts.push(text);
    const message = JSON.parse(text) as { method: string; params: unknown };
    expect(message.method).toBe('state.changed');
    const delta = Delta.parse(message.params);
    expect(delta.seq).toBe(this.seq + 1);
    this.seq = delta.seq;
    this.deltas.push(delta);
    for (const change of delta.changes) {
      switch (change.kind) {
        case 'pilot':
          this.entities.set(`pilot ${change.value.pilot}`, change.value);
          break;
        case 'pilot-gone':
          this.entities.delete(`pilot ${change.pilot}`);
          break;
        case 'group':
          this.entities.set(`group ${change.value.group}`, change.value);
          break;
        case 'group-gone':
          this.entities.delete(`group ${change.group}`);
          break;
        default:
          throw new Error(`unexpected ${change.kind}`);
      }
    }
  }
}

function contents(snapshot: Snapshot): Map<string, unknown> {
  return new Map<string, unknown>([
    ...snapshot.pilots.map(value => [`pilot ${value.pilot}`, value] as const),
    ...snapshot.groups.map(value => [`group ${value.group}`, value] as const)
  ]);
}

describe('the stream of changes', () => {
  let clock: ManualClock;
  let changes: Changes;

  beforeEach(() => {
    clock = new ManualClock();
    const instance = BridgeInstance.parse('one');
    changes = new Changes({ clock, instance, everyMs: 25 });
  });

  afterEach(() => {
    changes.dispose();
    expect(clock.pending).toBe(0);
  });

  it('sends one delta for all that changed within its time, newest values only', () => {
    const view = new View(changes);
    view.subscribe();
    changes.put({ kind: 'pilot', value: pilot('p1', 1) });
    changes.put({ kind: 'pilot', value: pilot('p1', 2) });
    clock.advance(0);
    expect(view.deltas).toHaveLength(1);
    expect(view.deltas[0].changes).toEqual([{ kind: 'pilot', value: pilot('p1', 2) }]);
    for (let ran = 3; ran < 103; ran++) {
      changes.put({ kind: 'pilot', value: pilot('p1', ran) });
      clock.advance(1);
    }
    expect(view.deltas).toHaveLength(1 + 4);
  });

  it('makes what is counted up when the delta is made, once', () => {
    const view = new View(changes);
    view.subscribe();
    let ran = 0;
    const count = (): void => changes.put({ kind: 'pilot', value: pilot('sum', ++ran) });
    changes.late(count);
    changes.put({ kind: 'pilot', value: pilot('p1', 1) });
    changes.late(count);
    clock.advance(100);
    expect(view.deltas).toHaveLength(1);
    expect(view.deltas[0].changes).toHaveLength(2);
    changes.late(count);
    const late = new View(changes);
    late.subscribe();
    expect(late.entities.get('pilot sum')).toMatchObject({ ran: 2 });
  });

  it('says nothing of what is as it was, and of what came and went unseen', () => {
    const view = new View(changes);
    changes.put({ kind: 'pilot', value: pilot('p1') });
    view.subscribe();
    changes.put({ kind: 'pilot', value: pilot('p1') });
    changes.put({ kind: 'pilot', value: pilot('p2') });
    changes.put({ kind: 'pilot-gone', pilot: PilotId.parse('p2') });
    changes.put({ kind: 'executor-gone', executor: ExecutorId.parse('none') });
    clock.advance(100);
    expect(view.deltas).toEqual([]);
  });

  it('gives all subscribers the same texts, and none to those who left', () => {
    const views = [new View(changes), new View(changes), new View(changes)];
    views.forEach(view => view.subscribe());
    changes.put({ kind: 'group', value: group('g', 1) });
    clock.advance(25);
    changes.unsubscribe(views[2]);
    changes.put({ kind: 'group', value: group('g', 2) });
    clock.advance(25);
    expect(views[0].texts).toHaveLength(2);
    expect(views[1].texts).toEqual(views[0].texts);
    expect(views[2].texts).toEqual(views[0].texts.slice(0, 1));
  });

  it('keeps a snapshot apart from what its maker does to the value later', () => {
    const value = pilot('p1', 1);
    changes.put({ kind: 'pilot', value });
    const view = new View(changes);
    view.subscribe();
    value.ran = 2;
    const late = new View(changes);
    late.subscribe();
    expect(late.entities).toEqual(view.entities);
  });

  it('makes of snapshot and deltas what is, in any order of events', () => {
    // A small generator with a fixed seed, so that a failure can be had again.
    let seed = 42;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const truth = new Map<string, unknown>();
    const views: View[] = [];
    const steps: (() => void)[] = [
      () => {
        const value = pilot(`p${random(5)}`, random(3));
        truth.set(`pilot ${value.pilot}`, value);
        changes.put({ kind: 'pilot', value });
      },
      () => {
        const id = PilotId.parse(`p${random(5)}`);
        truth.delete(`pilot ${id}`);
        changes.put({ kind: 'pilot-gone', pilot: id });
      },
      () => {
        const value = group(`g${random(5)}`, random(3));
        truth.set(`group ${value.group}`, value);
        changes.put({ kind: 'group', value });
      },
      () => {
        const change: Change = { kind: 'group-gone', group: GroupId.parse(`g${random(5)}`) };
        truth.delete(`group ${change.group}`);
        changes.put(change);
      },
      () => clock.advance(random(30)),
      () => {
        if (views.length < 30) {
          const view = new View(changes);
          view.subscribe();
          views.push(view);
          expect(view.entities).toEqual(truth);
        }
      }
    ];
    for (let step = 0; step < 3000; step++) {
      steps[random(steps.length)]();
    }
    clock.advance(25);
    expect(views).toHaveLength(30);
    for (const view of views) {
      expect(view.entities).toEqual(truth);
      expect(view.seq).toBe(views[0].seq);
    }
  });
});
