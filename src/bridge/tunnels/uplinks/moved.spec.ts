import { movedTo, type Moved } from './moved';

const moved = (to: string): Moved => ({ from: 'n1', to, atMs: 10 });

it.each<[string, Moved, string | null, string | null, Moved]>([
  ['is where it was never before', null, null, 'n1', null],
  ['is where it was', null, 'n1', 'n1', null],
  ['is elsewhere', null, 'n1', 'n2', { from: 'n1', to: 'n2', atMs: 20 }],
  ['is still elsewhere', moved('n2'), 'n2', 'n2', moved('n2')],
  ['is at a third', moved('n2'), 'n2', 'n3', moved('n3')],
  ['is back', moved('n2'), 'n2', 'n1', null],
  ['does not say what it is called', null, 'n1', null, null]
])('a relay that %s', (_, before, last, now, after) => {
  expect(movedTo(before, last, now, 20)).toEqual(after);
});
