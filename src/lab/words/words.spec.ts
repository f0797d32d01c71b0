import { nullTranslator } from '@jupyterlab/translation';
import type { Pool } from '../../protocol';
import {
  BridgeInstance,
  ErrorCode,
  PilotEnd,
  PilotState,
  TaskReason,
  TaskState
} from '../../protocol';
import { Picture } from '../model';
import { aGroup, anExecutor, aPilot, aPool } from '../testing';
import {
  age,
  askLine,
  brief,
  count,
  elapsed,
  forecast,
  groupCounts,
  memory,
  pilotCounts,
  pilotEnd,
  pilotState,
  readWanted,
  sentence,
  summary,
  taskState,
  took,
  wantedLine,
  wordOfPilot
} from '.';

const trans = nullTranslator.load('jupyterlab_pilothouse');
const S = 1000;
const M = 60 * S;
const H = 60 * M;

describe('quantities', () => {
  it.each([
    [-5, '0 s', '0 s'],
    [40 * S, '40 s', '40 s'],
    [59_999, '59 s', '59 s'],
    [M, '1 m', '1 m'],
    [72 * S, '1 m', '1 m 12 s'],
    [3 * M + 59 * S, '3 m', '3 m 59 s'],
    [2 * H, '2 h', '2 h'],
    [2 * H + 5 * M, '2 h 5 m', '2 h 5 m'],
    [27 * H, '1 d 3 h', '1 d 3 h']
  ])('%i ms is %s, and took %s', (ms, asAge, asElapsed) => {
    expect(age(trans, ms)).toBe(asAge);
    expect(elapsed(trans, ms)).toBe(asElapsed);
  });

  it.each([
    [3, '3 ms'],
    [1500, '1.5 s'],
    [61 * S, '1 m 1 s']
  ])('one task took %i ms: %s', (ms, words) => expect(took(trans, ms)).toBe(words));

  it.each([
    [512, '512 MiB'],
    [1536, '1.5 GiB'],
    [2048, '2 GiB']
  ])('%i MiB is %s', (mib, words) => expect(memory(trans, mib)).toBe(words));

  it('writes separators', () => expect(count(1234567)).toBe('1,234,567'));
});

describe('pilots', () => {
  it.each(PilotState.options)('has a word for %s', state => {
    expect(pilotState(trans, wordOfPilot(aPilot('p', { state })))).toMatch(/^[a-z]+$/);
  });

  it('is busy only with tasks', () => {
    expect(wordOfPilot(aPilot('p', { state: 'leased' }))).toBe('idle');
    expect(wordOfPilot(aPilot('p', { state: 'leased', running: ['pi'] }))).toBe('busy');
  });

  it.each(PilotEnd.options)('says why one ended: %s', end => {
    expect(pilotEnd(trans, end)).not.toBe('');
  });

  it('counts only what there is', () => {
    expect(pilotCounts(trans, aPool({ counts: { busy: 2, idle: 1200, held: 1 } }).counts)).toBe(
      '2 busy · 1,200 idle · 1 held'
    );
    expect(pilotCounts(trans, aPool().counts)).toBe('no pilots');
  });
});

describe('places', () => {
  it.each([
    [{ count: 8, typed: 8, asked: 4 }, 'wanted: 8 (typed; notebooks ask for 4)'],
    [{ count: 2, typed: 2 }, 'wanted: 2 (typed)'],
    [{ count: 4, asked: 4 }, 'wanted: 4 (notebooks ask for it)'],
    [{ count: 64, asked: 100 }, 'wanted: 64 (notebooks ask for 100; at most 64 here)'],
    [{ count: 0 }, '']
  ])('%j: %s', (wanted, line) => expect(wantedLine(trans, aPool({ wanted }))).toBe(line));

  it.each([
    [{}, 'pi.ipynb asks for 4, has 4'],
    [{ ask: { kind: 'auto' as const, min: 0, max: 20 } }, 'pi.ipynb asks for 4, has 4 (auto 0–20)'],
    [{ resting: true }, 'pi.ipynb rests: no tasks'],
    [{ connected: false }, 'pi.ipynb does not answer'],
    [
      { failure: { code: 'interchange_died' as const, params: {} } },
      'pi.ipynb has stopped: run its load cell again'
    ],
    [{ origin: { pid: 7, workingFolder: '/' } }, 'process 7 asks for 4, has 4']
  ])('says who asks: %j', (changes, line) =>
    expect(askLine(trans, anExecutor('e1', changes))).toBe(line)
  );

  it.each([
    [7, 'One more pilot will start.'],
    [9, '3 more pilots will start.'],
    [6, 'Holds at 6 until cleared.'],
    [5, 'One request will be taken back.'],
    [3, 'One request will be taken back. 2 idle pilots will end.'],
    [
      0,
      'One request will be taken back. 3 idle pilots will end. 2 busy pilots will finish their tasks, then end.'
    ]
  ])('foretells what %i does', (wanted, words) => {
    const pool = aPool({ counts: { queued: 1, idle: 3, busy: 2 } });
    expect(forecast(trans, pool, wanted)).toBe(words);
  });

  it.each([
    ['8', { kind: 'number', value: 8 }],
    [' 0 ', { kind: 'number', value: 0 }],
    ['-1', { kind: 'wrong', words: 'A number of pilots cannot be negative.' }],
    ['four', { kind: 'wrong', words: '“four” is not a whole number of pilots.' }],
    ['2.5', { kind: 'wrong', words: '“2.5” is not a whole number of pilots.' }],
    ['1e3', { kind: 'wrong', words: '“1e3” is not a whole number of pilots.' }],
    [
      '99999',
      { kind: 'wrong', words: 'This computer allows at most 64 pilots; you asked for 99,999.' }
    ]
  ])('reads %j', (typed, read) => expect(readWanted(trans, typed, aPool())).toEqual(read));
});

describe('tasks', () => {
  it.each(
    TaskState.options.flatMap(state =>
      [null, ...TaskReason.options].map(reason => [state, reason] as const)
    )
  )('has words for %s, %s, and never calls what waits running', (state, reason) => {
    const words = taskState(trans, { state, reason });
    expect(words).not.toBe('');
    expect(words.includes('running')).toBe(state === 'running');
  });

  it.each([
    [{ total: 100, done: 87, running: 10, waiting: 3 }, '87 done · 10 running · 3 waiting'],
    [{ total: 1, waiting: 1, waitingForFutures: 1 }, '1 waiting for futures'],
    [{ total: 5, waiting: 5, waitingForFutures: 2 }, '5 waiting (2 for futures)'],
    [{ total: 2, done: 2, fromMemory: 1 }, '2 done (1 from memory)'],
    [{ total: 2, failed: 1, done: 1, retried: 3 }, '1 done · 1 failed · 3 retried'],
    [{ total: 4, running: 1, waiting: 3, kernelGone: true }, '4 lost with the kernel']
  ])('counts %j', (changes, words) => expect(groupCounts(trans, aGroup('g', changes))).toBe(words));
});

describe('the wanted number', () => {
  it.each([
    [{ wanted: { count: 4, asked: 4 } }, 'wanted: 4 (notebooks ask for it)'],
    [{ wanted: { count: 8, typed: 8, asked: 4 } }, 'wanted: 8 (typed; notebooks ask for 4)'],
    [{ counts: { idle: 3 } }, 'none is wanted; idle pilots stay a while for the next notebook'],
    [{}, '']
  ])('%j: %s', (changes, line) => {
    expect(wantedLine(trans, aPool(changes))).toBe(line);
  });
});

describe('the whole in a line', () => {
  const drawn = (counts: Partial<Pool['counts']>, running: number): Picture => {
    const picture = new Picture();
    picture.replace({
      instance: BridgeInstance.parse('i1'),
      seq: 1,
      atMs: 0,
      pools: [aPool({ counts })],
      pilots: [],
      executors: [],
      hosts: [],
      transfers: [],
      brokenProfiles: [],
      groups: running === 0 ? [] : [aGroup('g1', { running })]
    });
    return picture;
  };

  it.each([
    [{}, 0, 'no pilots', '0 running · 0 idle'],
    [{ queued: 2, starting: 1 }, 0, '3 on the way', '0 running · 0 idle · 3 on the way'],
    [{ idle: 1, requested: 1 }, 0, 'one pilot · 1 on the way', '0 running · 1 idle · 1 on the way'],
    [{ idle: 1 }, 0, 'one pilot', '0 running · 1 idle'],
    [{ idle: 2, busy: 2 }, 5, '5 running · 4 pilots', '5 running · 2 idle'],
    [{ idle: 1, held: 2 }, 0, 'one pilot · 2 held', '0 running · 1 idle · 2 held']
  ])('%j with %i tasks: %s', (counts, running, words, whole) => {
    const picture = drawn(counts, running);
    expect(brief(trans, picture)).toBe(words);
    expect(summary(trans, picture)).toBe(whole);
    // JupyterLab's own item says that of the kernel, and is looked for by that word.
    expect(brief(trans, picture)).not.toMatch(/idle/i);
  });
});

describe('errors', () => {
  it.each(ErrorCode.options)('has a sentence for %s', code => {
    const { what, words } = sentence(trans, {
      kind: 'bridge',
      error: { code, params: {}, machine: 'ap40', words: 'its own words' }
    });
    expect(what).toMatch(/^[^%]{10,} On ap40\.$/);
    expect(words).toBe('its own words');
  });

  it.each([null, 401, 403, 404, 502])('has a sentence for the server’s %s', status => {
    const { what, remedy } = sentence(trans, { kind: 'server', status, words: '' });
    expect(what).not.toBe('');
    expect(remedy).not.toBe('');
  });

  it.each([
    ['submit_failed', { cause: 'submit_failed' }, 'The scheduler took no pilot.'],
    ['submit_failed', { cause: 'not_submitted' }, 'Pilothouse handed no pilot to the scheduler.'],
    ['submit_failed', { pool: 'x' }, 'The pilots could not be submitted.'],
    ['no_log', { worker: 3 }, 'There is no such log yet.'],
    ['no_log', { output: '/s/output' }, 'There is no such log.']
  ] as const)('says of %s with %o: %s', (code, params, what) => {
    expect(sentence(trans, { kind: 'bridge', error: { code, params } }).what).toBe(what);
  });

  it('says nothing twice', () => {
    const host = 'alice@ap40';
    const words = `Nobody is logged in to ${host}.`;
    const error = { code: 'login_needed', params: { host }, machine: host, words } as const;
    expect(sentence(trans, { kind: 'bridge', error })).toEqual({
      what: words,
      remedy: 'Log in.',
      words: ''
    });
  });

  it('spells out a path in which something cannot be seen', () => {
    const error = { code: 'file_changed', params: { path: '/home/a\nb' } } as const;
    expect(sentence(trans, { kind: 'bridge', error }).what).toContain('/home/a⟨U+000A⟩b');
  });

  it('names what it was given', () => {
    const error = { code: 'too_many_pilots', params: { value: 70, limit: 64 } } as const;
    expect(sentence(trans, { kind: 'bridge', error }).what).toBe(
      '70 pilots are more than the 64 allowed.'
    );
  });
});
