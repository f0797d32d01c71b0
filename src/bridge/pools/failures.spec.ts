import type { PilotEnd } from '../../protocol';
import { isFailure } from './failures';

describe('a pilot that ended before it was of use', () => {
  it.each<[end: PilotEnd, heard: boolean, told: boolean, fails: boolean]>([
    ['failed', false, false, true],
    ['failed', true, true, true],
    ['removed', false, false, true],
    ['removed', false, true, false],
    ['evicted', true, false, true],
    ['node_failed', true, false, true],
    ['out_of_memory', true, false, true],
    ['no_contact', false, false, true],
    ['no_contact', true, false, false],
    ['scaled_in', true, true, false],
    ['idle_timeout', true, false, false],
    ['walltime', true, false, false],
    ['walltime', false, false, true],
    ['finished', true, false, false]
  ])('%s, heard: %s, told to by the bridge: %s: counts: %s', (end, heard, told, fails) => {
    expect(isFailure(end, { served: false, heard, told })).toBe(fails);
    expect(isFailure(end, { served: true, heard, told })).toBe(false);
  });
});
