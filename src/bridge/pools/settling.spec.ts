import { PilotId, PoolName, Profile, TIMES } from '../../protocol';
import type { IHost } from '../hosts/tokens';
import { ManualClock } from '../manualClock.fixture';
import { StandIn } from '../schedulers/standIn.fixture';
import type { IBridgeContext } from '../tokens';
import type { IPilotEntry, ISubmissionEntry } from './model';
import type { PilotEvent } from './pilotStates';
import { Settling } from './settling';
import { submissionOf } from './submissionBook';

const SETTLE_MS = TIMES.submissionSettleMs;
const DAY_MS = 86_400_000;
const pilots = ['p0', 'p1'].map(id => PilotId.parse(id));

let clock: ManualClock;
let site: StandIn;
let settling: Settling;
let submission: ISubmissionEntry;
/** What became of it, each time that it is said. */
let became: string[];
/** What a person is told meanwhile. */
let words: string[];

/** Settling as a bridge has it that has just started. */
function bridge(): Settling {
  const context = { clock, times: TIMES, log: { error: () => undefined } };
  const scheduler = site.create(context as unknown as IBridgeContext, {} as IHost);
  return new Settling(
    context as unknown as IBridgeContext,
    { of: () => ({ scheduler, host: { connected: true } as IHost }) },
    {
      applyAll: (_, event: PilotEvent) => {
        words.push(event.kind === 'waits' ? event.words : event.kind);
        return true;
      }
    },
    {
      found: (_, jobs) => became.push(`found ${jobs.size}`),
      neverWas: () => became.push('never was')
    }
  );
}

/** Lets what was asked be answered. */
const answered = async (): Promise<void> => {
  for (let n = 0; n < 20; n += 1) {
    await Promise.resolve();
  }
};
/** Time passes in steps of a second at most. */
const advance = async (ms: number): Promise<void> => {
  await answered();
  for (let left = ms; left > 0; left -= 1000) {
    clock.advance(Math.min(left, 1000));
    await answered();
  }
};

beforeEach(() => {
  clock = new ManualClock();
  site = new StandIn();
  settling = bridge();
  became = [];
  words = [];
  submission = {
    record: {
      id: 's1',
      pool: PoolName.parse('site'),
      profile: Profile.parse({ name: 'site', scheduler: { kind: 'slurm' } }),
      folder: '/f/s1',
      host: 'login1',
      pilots,
      state: 'called'
    },
    pilots: new Set(pilots.map(() => ({ heard: false }) as IPilotEntry))
  };
});
afterEach(() => {
  settling.dispose();
  expect(clock.pending).toBe(0);
});

it('finds what was taken at once', async () => {
  site.take(submissionOf(submission));
  settling.begin(submission, 'no reply');
  await advance(0);
  expect([became, site.finds]).toEqual([['found 2'], 1]);
});

it('believes that it never was when all answers are without it for long enough', async () => {
  settling.begin(submission, 'no reply');
  await advance(SETTLE_MS - 1);
  expect(became).toEqual([]);
  await advance(1);
  expect(became).toEqual(['never was']);
  expect(site.finds).toBeLessThanOrEqual(6);
  await advance(10 * SETTLE_MS);
  expect(became).toEqual(['never was']);
});

it('finds what arrives late, long before it would give up', async () => {
  settling.begin(submission, 'no reply');
  await advance(3000);
  site.take(submissionOf(submission));
  await advance(5000);
  expect(became).toEqual(['found 2']);
});

it('finds what arrives in the last moment', async () => {
  settling.begin(submission, 'no reply');
  await advance(SETTLE_MS - 1);
  site.take(submissionOf(submission));
  await advance(1);
  expect(became).toEqual(['found 2']);
});

it('decides nothing while the scheduler cannot be asked, and asks it ever less often', async () => {
  site.downFor = Infinity;
  settling.begin(submission, 'no reply');
  await advance(DAY_MS);
  expect(became).toEqual([]);
  expect(site.finds).toBeLessThan(DAY_MS / 100_000);
  expect(words).toEqual(['no reply', ...Array.from({ length: site.finds }, () => 'no answer')]);
});

it('counts from the first answer, and tells the first reason again', async () => {
  site.downFor = 3;
  settling.begin(submission, 'no reply');
  // Three failures, 2, 4 and 8 s before the next question.
  await advance(14_000);
  expect([became, site.finds]).toEqual([[], 4]);
  expect(words.at(-1)).toBe('no reply');
  await advance(SETTLE_MS - 1);
  expect(became).toEqual([]);
  await advance(1);
  expect(became).toEqual(['never was']);
});

it('counts from when the first answer came, however late', async () => {
  let answer: () => void = () => undefined;
  site.held = new Promise(resolve => {
    answer = resolve;
  });
  settling.begin(submission, 'no reply');
  await advance(SETTLE_MS / 2);
  site.held = null;
  answer();
  await advance(SETTLE_MS - 1);
  expect(became).toEqual([]);
  await advance(1);
  expect(became).toEqual(['never was']);
});

it('counts anew after a failure between answers', async () => {
  settling.begin(submission, 'no reply');
  await advance(SETTLE_MS - 1);
  const asked = site.finds;
  site.downFor = 1;
  await advance(1);
  expect([became, site.finds]).toEqual([[], asked + 1]);
  while (site.finds === asked + 1) {
    await advance(1000);
  }
  await advance(SETTLE_MS - 2000);
  expect(became).toEqual([]);
  await advance(2000);
  expect(became).toEqual(['never was']);
});

it('takes an answer to be as old as its question', async () => {
  settling.begin(submission, 'no reply');
  await advance(7000);
  const before = site.finds;
  let answer: () => void = () => undefined;
  site.held = new Promise(resolve => {
    answer = resolve;
  });
  await advance(2 * SETTLE_MS);
  expect(site.finds).toBe(before + 1);
  // What it took after that question is in the next answer.
  site.take(submissionOf(submission));
  site.held = null;
  answer();
  await advance(1);
  expect([became, site.finds]).toEqual([['found 2'], before + 2]);
});

it('knows that there are jobs where agents speak, whatever the scheduler says', async () => {
  settling.begin(submission, 'no reply');
  await advance(1000);
  [...submission.pilots][1].heard = true;
  await advance(DAY_MS);
  expect(became).toEqual([]);
  site.take(submissionOf(submission));
  await advance(120_000);
  expect(became).toEqual(['found 2']);
});

it('counts anew in the next bridge', async () => {
  settling.begin(submission, 'no reply');
  await advance(SETTLE_MS - 1);
  settling.dispose();
  settling = bridge();
  settling.begin(submission, 'the bridge ended');
  await advance(SETTLE_MS - 1);
  expect(became).toEqual([]);
  await advance(1);
  expect(became).toEqual(['never was']);
});

it('says nothing once it is over', async () => {
  settling.begin(submission, 'no reply');
  settling.dispose();
  await advance(SETTLE_MS);
  expect([became, words]).toEqual([[], ['no reply']]);
});
