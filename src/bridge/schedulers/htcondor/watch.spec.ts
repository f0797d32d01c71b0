import { PilotId, Profile } from '../../../protocol';
import type { ICommand, ICommandResult, IHost } from '../../hosts/tokens';
import { ManualClock } from '../../manualClock.fixture';
import type { IBridgeContext, IDisposable } from '../../tokens';
import type { IScheduler, ITrouble, JobReport } from '../tokens';
import { createScheduler } from '.';
import { writeJob } from './jobs';

/** A submit host with files, whose commands answer as the test says. */
class SaidHost {
  readonly name = 'ap1';
  readonly isThisMachine = true;
  connected = true;
  readonly asked: string[] = [];
  answer: (argv: readonly string[]) => Partial<ICommandResult> = () => ({});
  readonly files = new Map<string, Buffer>();
  looks = 0;
  bytesRead = 0;

  onConnection(call: (connected: boolean) => void): IDisposable {
    this._calls.add(call);
    return { dispose: () => void this._calls.delete(call) };
  }

  /** Somebody logs in, or the connection is gone. */
  connect(connected: boolean): void {
    this.connected = connected;
    this._calls.forEach(call => {
      call(connected);
    });
  }

  run({ argv }: ICommand): Promise<ICommandResult> {
    this.asked.push(argv.includes('-totals') ? 'totals' : argv[0]);
    return Promise.resolve({
      exitCode: 0,
      signal: null,
      stdout: '',
      stderr: '',
      ...this.answer(argv)
    });
  }

  sizes(paths: readonly string[]): Promise<ReadonlyMap<string, number>> {
    this.looks += 1;
    const there = paths.flatMap(path => {
      const file = this.files.get(path);
      return file === undefined ? [] : [[path, file.length] as const];
    });
    return Promise.resolve(new Map(there));
  }

  read(path: string, offset: number, bytes: number): ReturnType<IHost['read']> {
    const file = this.files.get(path);
    const piece = file?.subarray(offset, offset + bytes);
    this.bytesRead += piece?.length ?? 0;
    return Promise.resolve(
      file === undefined || piece === undefined ? null : { bytes: piece, offset, size: file.length }
    );
  }

  write(path: string, text: string): void {
    this.files.set(
      path,
      Buffer.concat([this.files.get(path) ?? Buffer.alloc(0), Buffer.from(text)])
    );
  }

  private readonly _calls = new Set<(connected: boolean) => void>();
}

const LOG = '/f/s1/events';
const event = (code: string, proc: number, text: string, ...body: string[]): string =>
  [`${code} (005.${String(proc).padStart(3, '0')}.000) 2026-11-21 12:00:00 ${text}`, ...body, '...']
    .join('\n')
    .concat('\n');
const submit = (proc: number): string => event('000', proc, 'Job submitted from host: <h>');
const execute = (proc: number): string =>
  event('001', proc, 'Job executing on host: <h>', '\tSlotName: slot1_1@n');
const ad = (ProcId: number, JobStatus: number, more: object = {}): object => ({
  ClusterId: 5,
  ProcId,
  JobStatus,
  ...more
});
const SECONDS = 1000;
const HOUR = 3600 * SECONDS;

let clock: ManualClock;
let host: SaidHost;
let scheduler: IScheduler;
let reports: [string, JobReport['state']][];
let troubles: (ITrouble | null)[];
const profile = Profile.parse({
  name: 'site',
  scheduler: {
    kind: 'htcondor',
    polling: { floorSeconds: 30, everySeconds: 60, ceilingSeconds: 180 }
  }
});

const track = (count: number): void => {
  for (let n = 0; n < count; n += 1) {
    const { job } = writeJob({ cluster: 5, proc: n, folder: `/f/s1/${n}` });
    scheduler.track(PilotId.parse(`p${n}`), job, profile);
  }
};
/** Time passes in steps, each of which lets what was asked be answered. */
const advance = async (ms: number, stepMs = SECONDS): Promise<void> => {
  for (let left = ms; left > 0; left -= stepMs) {
    clock.advance(Math.min(left, stepMs));
    for (let n = 0; n < 40; n += 1) {
      await Promise.resolve();
    }
  }
};
/** What condor_q and condor_history have; `null`: it fails. */
const say = (queue: readonly object[] | null, history: readonly object[] = []): void => {
  host.answer = argv => {
    if (queue === null) {
      return { exitCode: 1, stderr: "Error: Can't find address for schedd x\n" };
    }
    if (argv[0] === 'condor_history') {
      return { stdout: JSON.stringify(history) };
    }
    return argv.includes('-totals')
      ? { stdout: JSON.stringify([{ Jobs: queue.length }]) }
      : { stdout: queue.length === 0 ? '' : JSON.stringify(queue) };
  };
};

beforeEach(() => {
  clock = new ManualClock();
  host = new SaidHost();
  const context = {
    clock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined }
  } as unknown as IBridgeContext;
  scheduler = createScheduler(context, host as unknown as IHost);
  reports = [];
  troubles = [];
  scheduler.onReport((pilot, report) => reports.push([pilot, report.state]));
  scheduler.onTrouble(trouble => troubles.push(trouble));
});
afterEach(() => {
  scheduler.dispose();
  expect(clock.pending).toBe(0);
});

it('looks at nothing while nobody is logged in, and at all as soon as somebody is', async () => {
  const log = [submit(0)];
  host.files.set('/f/s1/events', Buffer.from(log.join('')));
  track(1);
  await advance(5 * SECONDS);
  expect(reports).toEqual([['p0', 'queued']]);
  host.connect(false);
  const looks = host.looks;
  host.files.set('/f/s1/events', Buffer.from([...log, execute(0)].join('')));
  await advance(HOUR, 10 * SECONDS);
  expect([host.looks, host.asked, reports.length]).toEqual([looks, [], 1]);
  expect(troubles).toMatchObject([{ code: 'login_needed' }]);
  say([ad(0, 2)]);
  host.connect(true);
  await advance(SECONDS);
  expect(reports.at(1)).toEqual(['p0', 'running']);
  expect(troubles.at(-1)).toBeNull();
});

it('looks at nothing while nothing is tracked', async () => {
  await advance(HOUR, HOUR);
  track(1);
  scheduler.untrack(PilotId.parse('p0'));
  await advance(HOUR, HOUR);
  expect([host.looks, host.asked]).toEqual([0, []]);
});

it.each([10, 1000])('asks condor_q 20 times an hour for %d quiet jobs', async count => {
  const all = Array.from({ length: count }, (_, n) => n);
  host.write(LOG, all.map(submit).join(''));
  say(all.map(n => ad(n, 1)));
  track(count);
  await advance(HOUR + 2 * SECONDS, 2 * SECONDS);
  expect(reports).toHaveLength(count);
  expect(host.asked).toEqual(Array.from({ length: 20 }, () => 'condor_q'));
  // What was read once is not read again.
  expect(host.bytesRead).toBe(host.files.get(LOG)?.length);
});

it('tells within a second what is written, whole events only', async () => {
  host.write(LOG, submit(0) + submit(1));
  track(2);
  await advance(SECONDS);
  expect(reports).toEqual([
    ['p0', 'queued'],
    ['p1', 'queued']
  ]);
  const text = execute(1);
  host.write(LOG, text.slice(0, 60));
  await advance(2 * SECONDS);
  expect(reports).toHaveLength(2);
  host.write(LOG, text.slice(60));
  await advance(SECONDS);
  expect(reports.slice(2)).toEqual([['p1', 'running']]);
});

it('asks less often while events keep coming', async () => {
  host.write(LOG, submit(0));
  say([ad(0, 1)]);
  track(1);
  for (let minute = 0; minute < 60; minute += 1) {
    host.write(LOG, event('006', 0, 'Image size of job updated: 1'));
    await advance(60 * SECONDS, 5 * SECONDS);
  }
  expect(host.asked).toEqual([]);
});

it('takes an eviction and its hold for one, if they were read together', async () => {
  host.write(LOG, submit(0) + execute(0));
  track(1);
  await advance(SECONDS);
  reports.length = 0;
  host.write(
    LOG,
    event('004', 0, 'Job was evicted.') +
      event('012', 0, 'Job was held.', '\twhy', '\tCode 26 Subcode 7')
  );
  await advance(SECONDS);
  expect(reports).toEqual([['p0', 'held']]);
});

it('asks condor_q for jobs without a log, once a minute while that is so', async () => {
  say([ad(0, 1)]);
  track(1);
  await advance(4 * SECONDS);
  expect(reports).toEqual([['p0', 'queued']]);
  await advance(600 * SECONDS);
  expect(host.asked).toHaveLength(11);
  host.write(LOG, submit(0) + execute(0));
  await advance(SECONDS);
  expect(reports.at(-1)).toEqual(['p0', 'running']);
  await advance(179 * SECONDS);
  expect(host.asked).toHaveLength(11);
});

it('never asks below the floor, however often it is asked to ask', async () => {
  say([ad(0, 1)]);
  track(1);
  for (let n = 0; n < 10; n += 1) {
    void scheduler.ask();
    await advance(6 * SECONDS);
  }
  expect(host.asked).toHaveLength(2);
});

it('asks the history for what is gone, and gives up where nobody knows it', async () => {
  host.write(LOG, submit(0) + execute(0) + submit(1) + execute(1));
  say([], [ad(0, 4, { ExitCode: 2, ExitBySignal: false })]);
  track(2);
  await advance(190 * SECONDS);
  expect(reports.slice(2)).toEqual([['p0', 'ended']]);
  expect(host.asked).toEqual(['condor_q', 'totals', 'condor_history']);
  await advance(130 * SECONDS);
  expect(reports.slice(3)).toEqual([['p1', 'unknown']]);
});

it('believes condor_q against the log only when it says so twice', async () => {
  host.write(LOG, submit(0) + execute(0));
  say([ad(0, 5, { HoldReasonCode: 1, HoldReason: 'by hand' })]);
  track(1);
  await advance(182 * SECONDS);
  expect(reports).toEqual([['p0', 'running']]);
  await advance(60 * SECONDS);
  expect(reports).toEqual([
    ['p0', 'running'],
    ['p0', 'held']
  ]);
});

it('backs off to the ceiling while no answer comes, tells it once, and that it is over', async () => {
  host.write(LOG, submit(0));
  say(null);
  track(1);
  await advance(HOUR, 10 * SECONDS);
  expect(troubles).toMatchObject([{ code: 'command_failed' }]);
  expect(host.asked.length).toBeLessThanOrEqual(20);
  expect(reports).toEqual([['p0', 'queued']]);
  // The log is read meanwhile.
  host.write(LOG, execute(0));
  await advance(SECONDS);
  expect(reports.at(-1)).toEqual(['p0', 'running']);
  say([ad(0, 2)]);
  await advance(181 * SECONDS);
  expect(troubles.at(1)).toBeNull();
  expect(troubles).toHaveLength(2);
});

it('does not take nothing for an answer where there are jobs', async () => {
  say([ad(0, 1)]);
  const right = host.answer;
  host.answer = argv => (argv[0] === 'condor_q' && !argv.includes('-totals') ? {} : right(argv));
  track(1);
  await advance(10 * SECONDS);
  expect(troubles).toEqual([
    { code: 'answer_unreadable', words: 'It printed nothing, but counts jobs: 1' }
  ]);
  expect(reports).toEqual([]);
});

it('reads a log anew that was cut, and asks for whom it names no more', async () => {
  host.write(LOG, submit(0) + execute(0) + submit(1) + execute(1));
  say([ad(0, 2), ad(1, 2)]);
  track(2);
  await advance(SECONDS);
  host.files.set(LOG, Buffer.from(event('009', 1, 'Job was aborted.', '\tvia condor_rm')));
  await advance(SECONDS);
  expect(reports.slice(2)).toEqual([['p1', 'ended']]);
  await advance(3 * SECONDS);
  expect(host.asked).toEqual(['condor_q']);
  expect(reports.slice(3)).toEqual([['p0', 'running']]);
});
