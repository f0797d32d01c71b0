import type { ErrorData } from '../../protocol';
import { aGroup, aPool, failing, settle, TestClock, TestDoor } from '../testing';
import type { Connection } from '../tokens';
import { PilothouseModel } from './model';

const missing: ErrorData = { code: 'node_missing', params: { needed: '22.13', tried: 'node' } };

const setUp = () => {
  const door = new TestDoor();
  const clock = new TestClock();
  const model = new PilothouseModel({ door, clock });
  return { door, clock, model };
};

describe('the model', () => {
  it('connects, shows the snapshot, follows the deltas', () => {
    const { door, model } = setUp();
    expect(model.connection).toEqual({ kind: 'connecting' });
    door.snapshot({ pools: [aPool()] });
    expect(model.connection).toEqual({ kind: 'live' });
    door.delta({ kind: 'pool', value: aPool({ wanted: { count: 3 } }) });
    expect([...model.picture.pools.values()][0].wanted.count).toBe(3);
    model.dispose();
  });

  it('takes a new snapshot after a gap, and keeps the picture meanwhile', () => {
    const { door, clock, model } = setUp();
    door.snapshot({ pools: [aPool()] });
    door.lose();
    door.delta({ kind: 'pool', value: aPool({ wanted: { count: 9 } }) });
    clock.pass(1000);
    expect(door.opened).toBe(2);
    expect(model.picture.pools.size).toBe(1);
    door.snapshot({ seq: 40, pools: [aPool({ wanted: { count: 5 } })] });
    expect([...model.picture.pools.values()][0].wanted.count).toBe(5);
    model.dispose();
  });

  it('is stale from the moment the stream ends until the next snapshot', async () => {
    const { door, clock, model } = setUp();
    const seen: Connection['kind'][] = [];
    model.connectionChanged.connect((_, connection) => seen.push(connection.kind));
    door.snapshot();
    clock.pass(60_000);
    const endedMs = clock.now();
    door.close();
    await settle();
    expect(model.connection).toEqual({ kind: 'stale', lastHeardMs: endedMs });
    clock.pass(60_000);
    door.snapshot();
    expect(seen).toEqual(['live', 'stale', 'live']);
    model.dispose();
  });

  it('asks why when a stream cannot be opened, and waits longer each time', async () => {
    const { door, clock, model } = setUp();
    door.answers.set('bridge.status', failing({ kind: 'bridge', error: missing }));
    door.close(false);
    await settle();
    expect(model.connection).toEqual({
      kind: 'offline',
      trouble: { kind: 'bridge', error: missing },
      lastHeardMs: null,
      starting: false
    });
    for (let attempt = 0; attempt < 20; attempt += 1) {
      clock.pass(1000);
      door.close(false);
      await settle();
    }
    expect(door.opened).toBeLessThan(12);
    expect(door.opened).toBeGreaterThan(3);
    model.dispose();
  });

  it('says what the server says of a bridge that is not there, and starts it', async () => {
    const { door, model } = setUp();
    door.snapshot();
    door.message({ kind: 'offline', error: missing });
    expect(model.connection.kind).toBe('offline');
    door.answers.set('start', failing({ kind: 'bridge', error: missing }));
    const started = model.startBridge();
    expect(model.connection).toMatchObject({ kind: 'offline', starting: true });
    await started;
    expect(model.connection).toMatchObject({ kind: 'offline', starting: false });
    door.answers.delete('start');
    await model.startBridge();
    expect(door.opened).toBe(2);
    door.snapshot();
    expect(model.connection.kind).toBe('live');
    model.dispose();
  });

  it('does not believe what it cannot read', () => {
    const { door, model } = setUp();
    door.message({ kind: 'snapshot', instance: 'b1', seq: -1 });
    expect(model.connection).toMatchObject({
      kind: 'offline',
      trouble: { kind: 'bridge', error: { code: 'invalid_message' } }
    });
    model.dispose();
  });

  it('opens the stream anew when a page comes back after a long silence', () => {
    const { door, clock, model } = setUp();
    door.snapshot();
    clock.comeBack();
    expect(door.opened).toBe(1);
    clock.pass(60_000);
    clock.comeBack();
    expect(door.opened).toBe(2);
    model.dispose();
  });

  it('ticks while something moves and somebody looks', () => {
    const { door, clock, model } = setUp();
    let ticks = 0;
    model.ticked.connect(() => (ticks += 1));
    door.snapshot();
    clock.pass(5000);
    expect(ticks).toBe(0);
    door.delta({ kind: 'group', value: aGroup('g1', { total: 1, running: 1 }) });
    clock.pass(3000);
    expect(ticks).toBe(3);
    clock.visible = false;
    clock.pass(3000);
    expect(ticks).toBe(3);
    model.dispose();
  });

  it('leaves nothing behind', async () => {
    const { door, clock, model } = setUp();
    door.snapshot();
    door.close();
    await settle();
    model.dispose();
    model.dispose();
    expect(door.isOpen).toBe(false);
    expect(clock.pending).toBe(0);
  });
});
