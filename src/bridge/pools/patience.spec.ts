import { TIMES } from '../../protocol';
import { ManualClock } from '../manualClock.fixture';
import { Patience } from './patience';

const room = (uplinkWaitMs = 60_000) => {
  const clock = new ManualClock();
  return { clock, patience: new Patience<string>({ clock, times: { ...TIMES, uplinkWaitMs } }) };
};

it('tries later and later, and gives up in the end', () => {
  const { clock, patience } = room();
  const pauses: number[] = [];
  for (;;) {
    const pause = patience.next('a');
    if (pause === null) {
      break;
    }
    pauses.push(pause);
    clock.advance(pause);
  }
  expect(pauses).toEqual([1, 2, 4, 8, 10, 10, 10, 10, 10].map(seconds => seconds * 1000));
  expect(patience.next('a')).toBeNull();
});

it('begins anew once it was open, and for each by itself', () => {
  const { clock, patience } = room();
  patience.next('a');
  clock.advance(60_000);
  expect(patience.next('b')).toBe(1000);
  patience.over('a');
  expect(patience.next('a')).toBe(1000);
});

it('takes what failed long ago for another trouble', () => {
  const { clock, patience } = room();
  patience.next('a');
  clock.advance(60_001);
  expect(patience.next('a')).toBe(1000);
});

it('has none where none is wanted', () => {
  expect(room(0).patience.next('a')).toBeNull();
});
