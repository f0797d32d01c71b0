import type { Change, Delta } from '../../protocol';
import { PilotId } from '../../protocol';
import { aGroup, anExecutor, aPilot, aPool, aSnapshot, NOW_MS } from '../testing';
import { Picture } from './picture';

/** A small generator with a seed (mulberry32), so that a failure can be repeated. */
const randomOf = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let value = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
  return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
};

const deltaOf = (seq: number, changes: Change[], instance = 'b1'): Delta => ({
  instance: aSnapshot({ instance: instance }).instance,
  seq,
  atMs: NOW_MS,
  changes
});

const contentOf = (picture: Picture) => ({
  pools: new Map(picture.pools),
  pilots: new Map(picture.pilots),
  executors: new Map(picture.executors),
  groups: new Map(picture.groups),
  ofPool: ['local', 'far'].map(name => new Map(picture.pilotsOf(aPool({ pool: name }).pool))),
  ofCell: ['c0', 'c1', 'c2'].map(cell => new Map(picture.groupsOfCell(cell)))
});

const randomChange = (random: () => number): Change => {
  const pick = (n: number): number => Math.floor(random() * n);
  const id = pick(6);
  switch (pick(8)) {
    case 0:
      return { kind: 'pool', value: aPool({ pool: `q${id}`, wanted: { count: pick(9) } }) };
    case 1:
      return { kind: 'pool-gone', pool: aPool({ pool: `q${id}` }).pool };
    case 2:
    case 3:
      // A pilot never changes its pool, but a picture must not depend on that.
      return {
        kind: 'pilot',
        value: aPilot(`p${id}`, { pool: pick(2) ? 'local' : 'far', ran: pick(99) })
      };
    case 4:
      return { kind: 'pilot-gone', pilot: aPilot(`p${id}`).pilot };
    case 5:
      return { kind: 'executor', value: anExecutor(`e${id}`, { registered: pick(9) }) };
    case 6:
      return {
        kind: 'group',
        value: aGroup(`g${id}`, { total: pick(99), cell: { cellId: `c${pick(3)}` } })
      };
    default:
      return { kind: 'group-gone', group: aGroup(`g${id}`).group };
  }
};

describe('the picture', () => {
  it.each(Array.from({ length: 30 }, (_, seed) => seed))(
    'folds deltas into what a snapshot of the same says (seed %i)',
    seed => {
      const random = randomOf(seed);
      const picture = new Picture();
      picture.replace(aSnapshot());
      for (let seq = 1; seq <= 60; seq += 1) {
        const changes = Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
          randomChange(random)
        );
        expect(picture.apply(deltaOf(seq, changes)).kind).toBe('changed');
      }
      const whole = new Picture();
      whole.replace(
        aSnapshot({
          seq: 60,
          pools: [...picture.pools.values()],
          pilots: [...picture.pilots.values()],
          executors: [...picture.executors.values()],
          groups: [...picture.groups.values()]
        })
      );
      expect(contentOf(picture)).toEqual(contentOf(whole));
    }
  );

  it('says which cells a group has left and come to', () => {
    const picture = new Picture();
    picture.replace(aSnapshot({ groups: [aGroup('g1', { cell: { cellId: 'c1' } })] }));
    const moved = aGroup('g1', { cell: { cellId: 'c2' } });
    const applied = picture.apply(deltaOf(1, [{ kind: 'group', value: moved }]));
    expect(applied.kind === 'changed' && [...applied.changes.cells]).toEqual(['c1', 'c2']);
    expect(picture.groupsOfCell('c1').size).toBe(0);
  });

  it('knows a delta that it holds, and misses one that it does not', () => {
    const picture = new Picture();
    picture.replace(aSnapshot({ seq: 7 }));
    const gone: Change = { kind: 'pilot-gone', pilot: PilotId.parse('p1') };
    expect(picture.apply(deltaOf(7, [gone])).kind).toBe('known');
    expect(picture.apply(deltaOf(9, [gone])).kind).toBe('gap');
    expect(picture.apply(deltaOf(8, [gone], 'b2')).kind).toBe('gap');
    expect(picture.apply(deltaOf(8, [gone])).kind).toBe('changed');
  });
});
