import { UnreadableAnswer } from '../commands';
import { readAds, readCount } from './ads';
import { problemsIn } from './dryRun';
import { reportOfEnd } from './ends';
import { NEW_HISTORY, reportOf } from './history';
import { clustersConstraint, jobConstraints, submittedCluster } from './jobs';
import { readMost } from './mostJobs';
import { isOver } from './orders';
import { queueRow } from './queueRows';
import { isOpen, warningsIn } from './submit';
import { verdictOn } from './verdict';

/** What the tools of HTCondor 23.9.6 printed, but where another version is named. */

describe('condor_q and condor_history', () => {
  const TWO = `[
{
  "ClusterId": 48,
  "DiskUsage": 1,
  "HoldReason": "via condor_hold (by user tester)",
  "HoldReasonCode": 1,
  "HoldReasonSubCode": 0,
  "JobStatus": 5,
  "NumJobStarts": 0,
  "ProcId": 2,
  "RequestDisk": 102400,
  "RequestMemory": "\\/Expr(ifthenelse(MemoryUsage =!= undefined,MemoryUsage,1))\\/"
}
,
{
  "ClusterId": 48,
  "DiskUsage": 1,
  "JobStatus": 1,
  "NumJobStarts": 0,
  "ProcId": 3
}
]
`;

  it('give ads, which may be none', () => {
    expect(readAds(TWO).map(ad => ad.ProcId)).toEqual([2, 3]);
    expect(readAds('')).toEqual([]);
    expect(readAds('[\n]\n')).toEqual([]);
  });

  it.each([
    ['half', TWO.slice(0, 100)],
    ['words', 'Welcome to the cluster!\n'],
    ['words before', `Welcome!\n${TWO}`],
    ['another JSON', '{"ClusterId": 1}'],
    ['ads without ids', '[{"JobStatus": 1}]'],
    ['ids that are none', '[{"ClusterId": "1", "ProcId": 0}]']
  ])('are not understood where they print %s', (_, text) => {
    expect(() => readAds(text)).toThrow(UnreadableAnswer);
  });

  it('count jobs', () => {
    expect(readCount('[\n{\n  "AllusersJobs": 7,\n  "Jobs": 0,\n  "MyJobs": 0\n}\n]\n')).toBe(0);
    expect(() => readCount('')).toThrow(UnreadableAnswer);
    expect(() => readCount('[]')).toThrow(UnreadableAnswer);
  });

  it('read 10,000 jobs', () => {
    const row = TWO.slice(2, TWO.indexOf('\n,'));
    const ads = readAds(`[\n${Array.from({ length: 10_000 }, () => row).join('\n,\n')}\n]\n`);
    expect(ads.map(queueRow)).toHaveLength(10_000);
  });

  const row = (more: object) => queueRow({ ClusterId: 1, ProcId: 0, ...more });
  const said = (more: object) => {
    const { history } = row(more);
    return history === null ? null : reportOf(history);
  };

  it('say what jobs do', () => {
    const held = { JobStatus: 5, HoldReasonCode: 26, HoldReasonSubCode: 7, HoldReason: 'why' };
    const running = { JobStatus: 2, NumJobStarts: 2, RemoteHost: 'slot1@n' };
    expect(said({ JobStatus: 1 })).toMatchObject({ state: 'queued', restarts: 0 });
    expect(said({ JobStatus: 1, NumJobStarts: 2 })).toMatchObject({ restarts: 2 });
    expect(said(running)).toMatchObject({ state: 'running', restarts: 1, slot: 'slot1@n' });
    expect(said({ JobStatus: 2, TransferringInput: true })).toMatchObject({
      state: 'queued',
      why: { code: 'htcondor.TransferringInput' }
    });
    expect(said(held)).toMatchObject({
      state: 'held',
      words: 'why',
      why: { code: 'htcondor.hold.SystemPolicy' }
    });
    expect(said({ JobStatus: 7 })).toMatchObject({ state: 'suspended' });
    expect(said({ JobStatus: 6 })).toMatchObject({ state: 'running' });
    // About to leave: how, its log or the history tells.
    expect(said({ JobStatus: 3 })).toBeNull();
    expect(said({ JobStatus: 4 })).toBeNull();
  });

  it.each([99, undefined])('never call a job running whose state %s nobody knows', JobStatus => {
    expect(said({ JobStatus })).toMatchObject({ state: 'suspended' });
  });

  const end = (more: object) => reportOfEnd({ ClusterId: 1, ProcId: 0, ...more });

  it('say how jobs ended', () => {
    expect(end({ JobStatus: 4, ExitBySignal: false, ExitCode: 3 })).toMatchObject({
      end: null,
      exitCode: 3,
      signal: null
    });
    expect(end({ JobStatus: 4, ExitBySignal: true, ExitSignal: 9 })).toMatchObject({
      exitCode: null,
      signal: 'SIGKILL'
    });
    const removed = { JobStatus: 3, RemoveReason: 'via condor_rm (by user tester)' };
    expect(end(removed)).toMatchObject({ end: 'removed', words: removed.RemoveReason });
    expect(end({ ...removed, LastJobStatus: 5, HoldReasonCode: 47 })).toMatchObject({
      end: 'walltime',
      why: { code: 'htcondor.DurationOver' }
    });
  });
});

describe('whether the log or condor_q counts', () => {
  const running = { ...NEW_HISTORY, starts: 1, now: { state: 'running', words: 'runs' } } as const;
  const over = {
    ...NEW_HISTORY,
    now: { state: 'ended', exitCode: 0, signal: null, words: '' }
  } as const;
  const row = (JobStatus: number) => queueRow({ ClusterId: 1, ProcId: 0, JobStatus });

  it.each([
    ['they agree', running, row(2), 'nothing'],
    ['it has ended', over, row(2), 'nothing'],
    ['it is only matched', NEW_HISTORY, row(2), 'nothing'],
    ['it is about to leave the queue', running, row(3), 'nothing'],
    ['there is no log', null, row(2), 'report'],
    ['it waits, and the log says it runs', running, row(1), 'contradiction'],
    ['it is held, and the log says it waits', NEW_HISTORY, row(5), 'contradiction'],
    ['it is not in the queue', running, undefined, 'missing'],
    ['it is in neither', null, undefined, 'missing']
  ])('%s', (_, history, queue, kind) => {
    expect(verdictOn(history, queue, null).kind).toBe(kind);
  });

  it('is settled by asking again: the log may have been late', () => {
    const before = { history: running, status: 1 };
    expect(verdictOn(running, row(1), before)).toMatchObject({
      kind: 'report',
      report: { state: 'queued' }
    });
    expect(verdictOn({ ...running }, row(1), before).kind).toBe('contradiction');
    expect(verdictOn(running, row(5), before).kind).toBe('contradiction');
  });
});

describe('condor_submit', () => {
  it('names the cluster of all pilots', () => {
    expect(submittedCluster('12.0 - 12.99\n', 100)).toBe(12);
    expect(submittedCluster('7.0 - 7.0\n', 1)).toBe(7);
    expect(submittedCluster('A message of the day\n12.0 - 12.99\n', 100)).toBe(12);
    for (const said of ['', '12.0 - 12.98\n', '12.0 - 13.99\n', '1 job(s) submitted.\n']) {
      expect(submittedCluster(said, 100)).toBeNull();
    }
  });

  it.each([
    ["ERROR: Can't find address of local schedd", true],
    ['ERROR: Failed to connect to local queue manager\nCEDAR:6001:Failed to connect', true],
    ['ERROR: Failed to connect to local queue manager\nAUTHENTICATE:1003:Failed', true],
    ['ERROR: Failed to commit job submission into the queue.', true],
    ['ERROR: Failed to commit job submission into the queue.\nERROR: No project.', false],
    ['ERROR: Parse error in expression: \n\tRequestCpus = 1 +', false],
    ['ERROR: No such directory: /home/a/0', false],
    ['ERROR: Number of submitted jobs would exceed MAX_JOBS_PER_OWNER', false]
  ])('that says %j leaves it open: %s', (words, open) => {
    expect(isOpen(words)).toBe(open);
  });

  it('warns, which a hint of newer versions is not', () => {
    const hint = 'To monitor your job(s), run: condor_watch_q -clusters 12\n';
    expect(warningsIn(hint)).toBe('');
    expect(warningsIn(`\nWARNING: Committed job submission\nWARNING: soon\n${hint}`)).toBe(
      'WARNING: Committed job submission\nWARNING: soon'
    );
  });

  it('tells problems by field', () => {
    const options = { attributes: { Colour: 'red' }, further: '+Mood = 1\nperiodic_hold = (' };
    const fields = (said: string) =>
      problemsIn(said, true, options).map(({ field, severity }) => [field, severity]);
    expect(fields('ERROR: Parse error in expression: \n\tPeriodicHold = (\n\t')).toEqual([
      ['scheduler.further', 'error']
    ]);
    expect(fields('\nERROR: Parse error in expression: \n\tColour = red blue')).toEqual([
      ['scheduler.attributes.Colour', 'error']
    ]);
    expect(fields('ERROR: Parse error in expression: \n\tRequirements = a b')).toEqual([
      ['scheduler.requirements', 'error']
    ]);
    expect(
      fields(
        'WARNING: your Requirements expression refers to TARGET.Memory. This is obsolete. Set request_memory and condor_submit will modify the Requirements expression as needed.\nERROR: oh'
      )
    ).toEqual([
      ['scheduler.requirements', 'warning'],
      ['', 'error']
    ]);
    expect(fields("WARNING: the line 'x = 1' was unused by condor_submit.\nERROR: oh")).toEqual([
      ['scheduler.further', 'warning'],
      ['', 'error']
    ]);
    expect(fields('')).toEqual([['', 'error']]);
    expect(problemsIn('', false, options)).toEqual([]);
  });
});

describe('orders', () => {
  it('name jobs in few words, however many there are', () => {
    const all = Array.from({ length: 5000 }, (_, proc) => ({ cluster: 7, proc }));
    expect(jobConstraints(all)).toEqual(['ClusterId == 7 && ((ProcId >= 0 && ProcId <= 4999))']);
    expect(jobConstraints([all[3]])).toEqual(['ClusterId == 7 && (ProcId == 3)']);
    expect(jobConstraints([all[3], { cluster: 9, proc: 0 }])).toEqual([
      '(ClusterId == 7 && (ProcId == 3)) || (ClusterId == 9 && (ProcId == 0))'
    ]);
    const odd = jobConstraints(all.filter(({ proc }) => proc % 2 === 1));
    expect(odd).toHaveLength(13);
    expect(odd.join(' ').match(/ProcId == \d+/g)).toHaveLength(2500);
    expect(jobConstraints([])).toEqual([]);
  });

  it('ask for clusters as ranges, or for all between where these are too many', () => {
    expect(clustersConstraint([5, 3, 4, 9, 9])).toBe(
      '(ClusterId >= 3 && ClusterId <= 5) || ClusterId == 9'
    );
    const odd = Array.from({ length: 1000 }, (_, n) => 2 * n + 1);
    expect(clustersConstraint(odd)).toBe('(ClusterId >= 1 && ClusterId <= 1999)');
  });

  it.each([
    ["Couldn't find/remove all jobs matching constraint (ClusterId == 1)", true],
    ["Couldn't find/hold all jobs matching constraint (ClusterId == 1)", true],
    ['condor_rm:0:There are no jobs in the queue', true],
    ["condor_rm: Can't find address for schedd", false],
    [
      "DCSchedd::actOnJobs:1:Failed to connect\nCouldn't find/remove all jobs matching constraint (x)",
      false
    ],
    ['', false]
  ])('that say %j have nothing to do: %s', (words, over) => {
    expect(isOver(words)).toBe(over);
  });

  it('are given as many pilots as the submit host allows', () => {
    expect(readMost('20000\n100000\n')).toBe(10_000);
    expect(readMost('500\n100000\n')).toBe(500);
    expect(readMost('Not defined: MAX_JOBS_PER_SUBMISSION\n0\n')).toBe(10_000);
  });
});
