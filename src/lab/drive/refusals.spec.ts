import { nullTranslator } from '@jupyterlab/translation';
import { PoolName } from '../../protocol';
import type { FileFailure } from './failure';
import * as refusals from './refusals';

const trans = nullTranslator.load('jupyterlab_pilothouse');
const LOCAL = 'ospool/home/alice/a.bin';
const SPOT = { pool: PoolName.parse('ospool'), path: '/home/alice/a.bin' };
const MIB = 1024 * 1024;

/** Each names what it is about as its machine has it, or as JupyterLab does where it is on none. */
it.each<[string, FileFailure, number, string, RegExp]>([
  ['nothing is there', refusals.noneThere(trans, LOCAL, SPOT), 404, SPOT.path, /there is none/],
  ['it is no place', refusals.noPlace(trans, '-odd/a'), 404, '-odd/a', /no such place/],
  ['it is a place', refusals.amongPlaces(trans, 'ospool'), 400, 'pilothouse:ospool', /open one/],
  [
    'another machine',
    refusals.betweenPlaces(trans, LOCAL, SPOT),
    400,
    SPOT.path,
    /downloaded and uploaded/
  ],
  ['a checkpoint', refusals.noCheckpoint(trans, LOCAL), 400, SPOT.path, /no checkpoints/],
  ['a place’s checkpoint', refusals.noCheckpoint(trans, '-odd'), 400, '-odd', /no checkpoints/],
  [
    'a large file',
    refusals.tooLarge(trans, LOCAL, SPOT, { size: 11 * MIB, most: 10 * MIB }),
    400,
    SPOT.path,
    /it has 11 MiB, and files of more than 10 MiB .*download it instead/
  ],
  ['bytes', refusals.notFit(trans, LOCAL, SPOT, 'no text'), 400, SPOT.path, /no text in UTF-8/],
  ['a text', refusals.notFit(trans, LOCAL, SPOT, 'no notebook'), 400, SPOT.path, /no notebook/],
  ['an old one', refusals.notFit(trans, LOCAL, SPOT, 'old notebook'), 400, SPOT.path, /nbconvert/],
  [
    'a piece of nothing',
    refusals.notSent(trans, LOCAL, SPOT, 'no beginning'),
    400,
    SPOT.path,
    /from its beginning/
  ],
  [
    'a piece of another',
    refusals.notSent(trans, LOCAL, SPOT, 'under way'),
    400,
    SPOT.path,
    /is under way; wait until that has ended/
  ]
])('%s', (_, failure, status, path, words) => {
  expect([failure.response.status, failure.isAway]).toEqual([status, false]);
  expect(failure.message).toContain(path);
  expect(failure.message).toMatch(words);
});
