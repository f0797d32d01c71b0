import { TIMES } from '../protocol';
import { parseOptions } from './options';

const needed = '--state-dir S --runtime-dir R --agent A --python P --version 1'.split(' ');

describe('options of the bridge', () => {
  it('are those of the starter', () => {
    expect(
      parseOptions([
        ...needed,
        ...'--profiles-user U --profiles-site X Y --profiles-site Z'.split(' ')
      ])
    ).toEqual({
      stateFolder: 'S',
      runtimeFolder: 'R',
      agentFile: 'A',
      relayFolder: null,
      python: 'P',
      version: '1',
      userProfiles: 'U',
      siteProfiles: ['X', 'Y', 'Z'],
      times: TIMES
    });
    expect(parseOptions(needed)).toMatchObject({ userProfiles: null, siteProfiles: [] });
  });

  it('may set single times', () => {
    const { times } = parseOptions([...needed, '--times', '{"bridgeIdleMs": 5}']);
    expect(times).toEqual({ ...TIMES, bridgeIdleMs: 5 });
  });

  it.each([
    [needed.slice(2), /--state-dir is missing/],
    [[...needed, '--state-dir', 'T'], /--state-dir takes one value/],
    [[...needed, '--colour'], /unknown option --colour/],
    [['S', ...needed], /S stands after no option/],
    [[...needed, '--times', '{'], /--times is no JSON/],
    [[...needed, '--times', '{"restMs": 1}'], /--times.*restMs/],
    [[...needed, '--times', '{"coalesceMs": -1}'], /--times coalesceMs/]
  ])('refuse %j', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(message);
  });
});
