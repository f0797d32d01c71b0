import { withoutTails } from './lastWords';

const TAIL = [
  '---- lease l1, pool.log: 12 bytes',
  '| a warning',
  '---- end of pool.log',
  '---- lease l1, worker-0.out: its last 30 of 90000 bytes',
  '| ---- end of worker-0.out',
  '| Traceback',
  '---- end of worker-0.out',
  ''
].join('\n');

describe('what a pilot printed itself', () => {
  it.each([
    ['all where there is nothing else', 'begin\n| a table |\n', 'begin\n| a table |\n'],
    ['not what pools and tasks wrote', `begin\n${TAIL}ended: failed\n`, 'begin\nended: failed\n'],
    ['each time', `${TAIL}between\n${TAIL}`, 'between\n'],
    ['also where it was cut off', `begin\n${TAIL.slice(0, -30)}`, 'begin\n'],
    ['also where it has no beginning', `${TAIL.slice(34)}ended: failed\n`, 'ended: failed\n']
  ])('%s', (_, text, expected) => {
    expect(withoutTails(text)).toBe(expected);
  });
});
