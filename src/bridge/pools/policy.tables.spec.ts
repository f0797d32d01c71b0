import { ExecutorId, LeaseId, PilotId, type Ask } from '../../protocol';
import type { Fit } from '../environments';
import { endingOf } from './ends';
import { failed, stopOf, succeeded, type IFailures } from './failures';
import { lend, spare } from './lending';
import { supplyPlan } from './supply';
import { divide, targets, type IClaim } from './targets';
import { asking, nextAsking, wantedCount } from './wanted';

const auto: Ask = { kind: 'auto', min: 1, max: 5 };

describe('what an executor asks for', () => {
  it('by blocks is its number, whatever its tasks', () => {
    expect(asking({ kind: 'blocks', blocks: 3 }, 100, 2).count).toBe(3);
  });

  it.each([
    [0, 1],
    [1, 1],
    [5, 3],
    [9, 5],
    [1000, 5]
  ])('automatically, for %i tasks and 2 workers a pilot, is %i', (unfinished, count) => {
    expect(asking(auto, unfinished, 2).count).toBe(count);
  });

  it('goes up at once and down only to what was needed for a whole rest', () => {
    let now = asking(auto, 1, 1);
    const seen = [
      [0, 4],
      [100, 1],
      [500, 3],
      [900, 2],
      [1100, 1],
      [2200, 1],
      [2300, 5]
    ].map(([atMs, unfinished]) => {
      now = nextAsking(now, unfinished, 1, atMs, 1000);
      return now.count;
    });
    expect(seen).toEqual([4, 4, 4, 4, 3, 1, 5]);
  });

  it('does not oscillate with a load that does', () => {
    let now = asking(auto, 5, 1);
    for (let atMs = 0; atMs < 60_000; atMs += 100) {
      now = nextAsking(now, (atMs / 100) % 7 === 0 ? 5 : 0, 1, atMs, 1000);
      expect(now.count).toBe(5);
    }
  });
});

it.each([
  [null, 3, 0, 10, 3],
  [null, 30, 0, 10, 10],
  [null, 0, 2, 10, 2],
  [0, 5, 2, 10, 0],
  [7, 1, 0, 10, 7],
  [70, 1, 0, 10, 10]
])('wanted: typed %p, asked %i, within %i to %i, is %i', (typed, asked, min, max, wanted) => {
  expect(wantedCount(typed, asked, { min, max })).toBe(wanted);
});

const id = (name: string): ExecutorId => ExecutorId.parse(name);

it.each([
  [10, [3, 4], [3, 4]],
  [5, [10, 10], [3, 2]],
  [7, [1, 10, 10], [1, 3, 3]],
  [8, [10, 1, 10], [4, 1, 3]],
  [0, [1, 1], [0, 0]],
  [4, [], []],
  [1, [0, 5], [0, 1]]
])('%i pilots among claims of %p are %p', (total, claims, shares) => {
  const named = claims.map((claim, index) => ({ executor: id(`e${index}`), claim }));
  const divided = divide(total, named);
  expect(named.map(({ executor }) => divided.get(executor))).toEqual(shares);
});

describe('targets', () => {
  const claim = (executor: string, over: Partial<IClaim>): IClaim => ({
    executor: id(executor),
    claim: 2,
    working: false,
    resting: false,
    held: 0,
    waiting: 0,
    python: 'py',
    ...over
  });
  const told = (wanted: number, claims: IClaim[], coming: [string, number][] = []) =>
    [...targets(wanted, claims, new Map(coming)).values()].map(({ target, urgent }) =>
      urgent ? `${target}!` : `${target}`
    );

  it.each<[string, number, IClaim[], [string, number][], string[]]>([
    ['all get what they ask for', 4, [claim('a', {}), claim('b', {})], [], ['2', '2']],
    [
      'who works comes first',
      2,
      [claim('a', { held: 2 }), claim('b', { working: true, held: 2, waiting: 2 })],
      [],
      ['0!', '2']
    ],
    [
      'who has no work gives what another lacks',
      4,
      [claim('a', { held: 2 }), claim('b', { working: true, claim: 1, held: 1, waiting: 1 })],
      [],
      ['1!', '1']
    ],
    [
      'but not when a pilot is on its way',
      4,
      [claim('a', { held: 2 }), claim('b', { working: true, claim: 1, held: 1, waiting: 1 })],
      [['py', 1]],
      ['2', '1']
    ],
    [
      'nor pilots that would not fit',
      4,
      [
        claim('a', { held: 2, python: 'old' }),
        claim('b', { working: true, claim: 1, held: 1, waiting: 1 })
      ],
      [],
      ['2', '1']
    ],
    [
      'who works keeps its share',
      2,
      [claim('a', { working: true, held: 2 }), claim('b', { working: true, held: 2, waiting: 2 })],
      [],
      ['1', '1']
    ],
    [
      'who rests gets nothing',
      4,
      [claim('a', { resting: true, claim: 0, held: 2 }), claim('b', {})],
      [],
      ['0', '2']
    ]
  ])('%s', (_, wanted, claims, coming, expected) => {
    expect(told(wanted, claims, coming)).toEqual(expected);
  });
});

describe('lending', () => {
  const waiting = (lease: string, working: boolean, askedAtMs: number) => ({
    lease: LeaseId.parse(lease),
    executor: ExecutorId.parse('one'),
    working,
    askedAtMs
  });
  const free = (pilot: string, idleSinceMs: number) => ({
    pilot: PilotId.parse(pilot),
    idleSinceMs
  });

  it('serves who works, then who asked first, with the pilot that was used last', () => {
    const { lent } = lend(
      [waiting('a', false, 1), waiting('b', true, 3), waiting('c', true, 2)],
      [free('p1', 10), free('p2', 20)],
      () => ({ fits: true })
    );
    expect(lent).toEqual([
      { lease: 'c', pilot: 'p2' },
      { lease: 'b', pilot: 'p1' }
    ]);
  });

  it('never lends what does not fit, and says so only where a person must help', () => {
    const answers: Record<string, Fit> = {
      p1: { fits: 'unknown' },
      p2: { fits: false, remedy: 'pilot', words: 'wait' },
      p3: { fits: false, remedy: 'person', words: 'install it' }
    };
    const { lent, unfit } = lend(
      [waiting('a', true, 1)],
      [free('p1', 1), free('p2', 2), free('p3', 3)],
      (_, pilot) => answers[pilot]
    );
    expect(lent).toEqual([]);
    expect([...unfit]).toEqual([['a', 'install it']]);
  });

  it('asks once for each executor and pilot whether they fit', () => {
    const many = Array.from({ length: 300 }, (_, index) => index);
    let asked = 0;
    const { lent, unfit } = lend(
      many.map(index => waiting(`l${index}`, true, index)),
      many.map(index => free(`p${index}`, index)),
      () => {
        asked += 1;
        return { fits: false, remedy: 'person', words: 'install it' };
      }
    );
    expect([lent.length, unfit.size, asked]).toEqual([0, 300, 300]);
  });

  it('spares what costs least, and never a leased pilot', () => {
    const pilots = ['leased', 'idle', 'queued', 'starting', 'requested', 'lost'].map(state => ({
      state,
      sinceMs: 0
    }));
    expect(spare(pilots, 9).map(({ state }) => state)).toEqual([
      'requested',
      'queued',
      'starting',
      'idle'
    ]);
    expect(spare(pilots, 1)).toHaveLength(1);
    expect(spare(pilots, -1)).toEqual([]);
  });
});

it.each([
  ['asks for what is missing', [['a', 3, 1]], 10, { a: 2 }, 0],
  [
    'leaves what is there for the next kernel',
    [
      ['a', 0, 2],
      ['b', 1, 0]
    ],
    10,
    { b: 1 },
    0
  ],
  [
    'makes room at the limit',
    [
      ['a', 0, 2],
      ['b', 1, 0]
    ],
    2,
    {},
    1
  ],
  ['goes no further than the limit', [['a', 5, 1]], 3, { a: 2 }, 0],
  ['is content', [['a', 2, 2]], 2, {}, 0]
] as [string, [string, number, number][], number, Record<string, number>, number][])(
  'supply %s',
  (_, supplies, limit, submit, makeRoom) => {
    const plan = supplyPlan(
      supplies.map(([python, desired, present]) => ({ python, desired, present })),
      limit
    );
    expect(Object.fromEntries(plan.submit)).toEqual(submit);
    expect(plan.makeRoom).toBe(makeRoom);
  }
);

describe('like failures in a row', () => {
  const fail = (before: IFailures | null, cause: string, heard = false): IFailures =>
    failed(before, { cause, heard, words: 'w' });

  it('stop a pool at three, others begin anew', () => {
    const two = fail(fail(null, 'x'), 'x');
    expect(stopOf(two, 5)).toBeNull();
    expect(stopOf(fail(two, 'x'), 5)).toMatchObject({
      code: 'pool_stopped',
      failures: 3,
      sinceMs: 5
    });
    expect(stopOf(fail(two, 'y'), 5)).toBeNull();
    expect(
      stopOf(fail(fail(fail(null, 'python_missing'), 'python_missing'), 'python_missing'), 5)
    ).toMatchObject({ code: 'python_missing' });
  });

  it('are forgotten when a pilot gets further than they did', () => {
    expect(succeeded(fail(null, 'x'), 'agent')).toBeNull();
    expect(succeeded(fail(null, 'never_registered', true), 'agent')).not.toBeNull();
    expect(succeeded(fail(null, 'never_registered', true), 'registered')).toBeNull();
  });
});

it.each([
  [0, null, null, 'finished', 'finished'],
  [1, null, null, 'failed', 'exit_1'],
  [1, null, 'removed', 'removed', 'removed'],
  [null, 'SIGKILL', null, 'failed', 'signal_SIGKILL'],
  [null, null, null, 'failed', 'gone'],
  [97, null, null, 'failed', 'python_missing'],
  [98, null, null, 'failed', 'worker_init_failed'],
  [93, null, null, 'failed', 'runtime_failed'],
  [94, null, null, 'failed', 'runtime_unfit'],
  [95, null, null, 'failed', 'setup_hangs'],
  [96, null, null, 'failed', 'modules_failed'],
  [99, null, null, 'failed', 'folder_missing'],
  [40, null, null, 'idle_timeout', 'idle_timeout'],
  [42, null, null, 'no_contact', 'no_contact'],
  [44, null, null, 'failed', 'agent_refused']
] as const)('exit code %p, signal %p, told %p: %s, %s', (exitCode, signal, told, end, cause) => {
  expect(endingOf({ state: 'ended', exitCode, signal, words: '' }, told)).toEqual({ end, cause });
});
