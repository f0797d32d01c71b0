import { keptMove, movedTo, moveOf, type Moved } from './moved';

const moved = (to: string): Moved => ({ from: 'n1', to, atMs: 10 });

it.each<[string, Moved, string | null, string | null, Moved]>([
  ['is where it was never before', null, null, 'n1', null],
  ['is where it was', null, 'n1', 'n1', null],
  ['is elsewhere', null, 'n1', 'n2', { from: 'n1', to: 'n2', atMs: 20 }],
  ['is still elsewhere', moved('n2'), 'n2', 'n2', moved('n2')],
  ['is at a third', moved('n2'), 'n2', 'n3', { from: 'n1', to: 'n3', atMs: 20 }],
  ['is back', moved('n2'), 'n2', 'n1', null],
  ['does not say what it is called', null, 'n1', null, null]
])('a relay that %s', (_, before, last, now, after) => {
  expect(movedTo(before, last, now, 20)).toEqual(after);
});

it('is kept beside the machine', () => {
  expect(moveOf(keptMove(moved('n2')), 'n2')).toEqual(moved('n2'));
  expect(moveOf(keptMove(null), 'n2')).toBeNull();
  expect(moveOf(null, 'n2')).toBeNull();
  // A bridge ended between the one and the other.
  expect(moveOf(keptMove(moved('n2')), 'n1')).toBeNull();
  expect(moveOf(keptMove(moved('n2')), null)).toBeNull();
});
