import { PilotId, Profile } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { ICommand, ICommandResult, IHost } from '../../hosts/tokens';
import { ManualClock } from '../../manualClock.fixture';
import type { IBridgeContext, IDisposable } from '../../tokens';
import type { IScheduler, ITrouble, JobReport } from '../tokens';
import { createScheduler } from '.';
import { writeJob } from './jobs';

/** A submit host whose commands answer as the test says. */
class SaidHost {
  readonly name = 'login1';
  readonly isThisMachine = false;
  connected = true;
  readonly asked: string[] = [];
  answer: (argv: readonly string[]) => Partial<ICommandResult> = () => ({});
  files: ReadonlyMap<string, string> = new Map();

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
    this.asked.push(argv[0]);
    return new Promise(resolve => {
      resolve({ exitCode: 0, signal: null, stdout: '', stderr: '', ...this.answer(argv) });
    });
  }

  sizes(paths: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return Promise.resolve(
      new Map(paths.filter(path => this.files.has(path)).map(path => [path, 1]))
    );
  }

  read(path: string): ReturnType<IHost['read']> {
    const text = this.files.get(path);
    return Promise.resolve(
      text === undefined ? null : { bytes: Buffer.from(text), offset: 0, size: text.length }
    );
  }

  private readonly _calls = new Set<(connected: boolean) => void>();
}

const HEADER = 'pilothouse|JOBID|ST|NODELIST|REASON\n';
const running = (count: number): string =>
  HEADER + Array.from({ length: count }, (_, n) => `pilothouse|5_${n}|R|n1|None\n`).join('');

describe('watching', () => {
  let clock: ManualClock;
  let host: SaidHost;
  let scheduler: IScheduler;
  let reports: [PilotId, JobReport][];
  let troubles: (ITrouble | null)[];
  const profile = (floorSeconds = 30): Profile =>
    Profile.parse({
      name: 'site',
      scheduler: { kind: 'slurm', polling: { floorSeconds, everySeconds: 60, ceilingSeconds: 180 } }
    });
  const pilot = (n: number): PilotId => PilotId.parse(`p${n}`);
  const track = (count: number, floorSeconds?: number): void => {
    for (let n = 0; n < count; n += 1) {
      const { job } = writeJob({ id: '5', element: n, folder: `/f/${n}` });
      scheduler.track(pilot(n), job, profile(floorSeconds));
    }
  };
  /** Lets what was asked be answered. */
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 50; n += 1) {
      await Promise.resolve();
    }
  };
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settle();
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
    scheduler.onReport((id, report) => reports.push([id, report]));
    scheduler.onTrouble(trouble => troubles.push(trouble));
  });
  afterEach(() => {
    scheduler.dispose();
    expect(clock.pending).toBe(0);
  });

  it.each([10, 1000])('asks once a minute for %d jobs, and for none not at all', async count => {
    host.answer = () => ({ stdout: running(count) });
    await advance(3_600_000);
    expect(host.asked).toEqual([]);
    track(count);
    for (let minute = 0; minute < 10; minute += 1) {
      await advance(60_000);
    }
    expect(host.asked).toEqual(Array.from({ length: 10 }, () => 'squeue'));
    expect(reports).toHaveLength(10 * count);
    for (let n = 0; n < count; n += 1) {
      scheduler.untrack(pilot(n));
    }
    await advance(3_600_000);
    expect(host.asked).toHaveLength(10);
  });

  it('keeps the largest floor, however often it is asked to ask', async () => {
    host.answer = () => ({ stdout: running(2) });
    track(1, 30);
    scheduler.track(pilot(1), writeJob({ id: '5', element: 1, folder: '/f/1' }).job, profile(50));
    const first = scheduler.ask();
    await advance(0);
    await first;
    let answered = false;
    void scheduler.ask().then(() => (answered = true));
    await advance(49_999);
    expect([answered, host.asked.length]).toEqual([false, 1]);
    await advance(1);
    expect([answered, host.asked.length]).toEqual([true, 2]);
  });

  it('asks nobody while nobody is logged in, says so once, and asks at once after that', async () => {
    host.answer = () => ({ stdout: running(2) });
    host.connect(false);
    track(2);
    await advance(3_600_000);
    expect(host.asked).toEqual([]);
    expect(troubles).toMatchObject([{ code: 'login_needed' }]);
    host.connect(true);
    await advance(0);
    expect([host.asked, troubles.at(-1), reports.length]).toEqual([['squeue'], null, 2]);
    host.connect(false);
    const asked = scheduler.ask();
    await advance(600_000);
    host.connect(true);
    await advance(0);
    await asked;
    expect(host.asked).toHaveLength(2);
    expect(troubles).toMatchObject([
      { code: 'login_needed' },
      null,
      { code: 'login_needed' },
      null
    ]);
  });

  it('forgets at a login that it had no answers before, but not its floor', async () => {
    host.answer = () => ({ exitCode: 1, stderr: 'slurm_load_jobs error' });
    track(1);
    await advance(400_000);
    const before = host.asked.length;
    host.connect(false);
    host.connect(true);
    await advance(29_000);
    host.answer = () => ({ stdout: running(1) });
    await advance(30_000);
    expect([host.asked.length - before, troubles.at(-1)]).toEqual([1, null]);
  });

  const failures: [string, Partial<ICommandResult> | PilothouseError, string, RegExp][] = [
    [
      'fails',
      {
        exitCode: 1,
        stderr: 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n'
      },
      'command_failed',
      /Unable to contact/
    ],
    ['says nothing', { stdout: '' }, 'answer_unreadable', /^$/],
    ['says something else', { stdout: 'Welcome to login1!\n' }, 'answer_unreadable', /Welcome/],
    ['is cut off', { stdout: `${HEADER}pilothouse|5_0|R` }, 'answer_unreadable', /5_0/],
    ['is killed', { exitCode: null, signal: 'SIGKILL' }, 'command_failed', /^$/],
    [
      'hangs',
      new PilothouseError({ code: 'command_hangs', params: { command: 'squeue', seconds: 60 } }),
      'command_hangs',
      /squeue/
    ],
    [
      'is not there',
      new PilothouseError({ code: 'command_missing', params: { command: 'squeue' } }),
      'command_missing',
      /squeue/
    ]
  ];
  it.each(failures)(
    'decides nothing where squeue %s, says so once, and asks less often',
    async (_, failure, code, words) => {
      track(3);
      host.answer = () => {
        if (failure instanceof PilothouseError) {
          throw failure;
        }
        return failure;
      };
      await advance(2000);
      await advance(119_999);
      expect(host.asked).toHaveLength(1);
      await advance(1);
      expect(host.asked).toHaveLength(2);
      await advance(180_000);
      expect(host.asked).toHaveLength(3);
      expect(reports).toEqual([]);
      expect(troubles).toEqual([{ code, words: expect.stringMatching(words) as string }]);

      host.answer = () => ({ stdout: running(3) });
      await advance(180_000);
      expect(troubles).toHaveLength(2);
      expect(troubles[1]).toBeNull();
      expect(reports).toHaveLength(3);
      await advance(60_000);
      expect(host.asked).toHaveLength(5);
    }
  );

  const ACCOUNTS = 'JobID|State|ExitCode|NodeList|JobName\n';
  it('asks the accounts once for all that squeue has forgotten', async () => {
    track(3);
    host.answer = () => ({ stdout: running(3) });
    await advance(2000);
    reports = [];
    host.answer = ([program]) => ({
      stdout:
        program === 'squeue'
          ? HEADER
          : `${ACCOUNTS}5_0|COMPLETED|0:0|n1|a\n5_1|TIMEOUT|0:0|n1|a\n5_2|RUNNING|0:0|n1|a\n`
    });
    await advance(60_000);
    expect(host.asked.slice(1)).toEqual(['squeue', 'sacct']);
    expect(reports).toMatchObject([
      ['p0', { state: 'ended', end: null, exitCode: 0 }],
      ['p1', { state: 'ended', end: 'walltime' }]
    ]);

    // The accounts lag behind; nobody is told anything before they cannot any more.
    await advance(60_000);
    expect(reports).toHaveLength(2);
    await advance(60_000);
    expect(reports[2]).toMatchObject(['p2', { state: 'unknown' }]);
    await advance(60_000);
    expect(host.asked.slice(-3)).toEqual(['sacct', 'squeue', 'sacct']);
  });

  it('goes by what pilots left where there are no accounts, and asks for none again', async () => {
    track(3);
    host.answer = () => ({ stdout: running(3) });
    await advance(2000);
    reports = [];
    host.files = new Map([['/f/0/exit', '40\n']]);
    host.answer = ([program]) =>
      program === 'squeue'
        ? { stdout: HEADER }
        : { exitCode: 1, stderr: 'Slurm accounting storage is disabled\n' };
    await advance(60_000);
    expect(reports.map(([id, { state }]) => [id, state])).toEqual([
      ['p0', 'ended'],
      ['p1', 'unknown'],
      ['p2', 'unknown']
    ]);
    expect(reports[0][1]).toMatchObject({ exitCode: 40 });
    await advance(60_000);
    expect(host.asked).toEqual(['squeue', 'squeue', 'sacct']);
  });
});
