import { WHYS } from '../../../protocol';
import { parseAccounts } from './accounting';
import { parseDetails } from './details';
import { elementsOf, inLines, jobExpressions, submittedId } from './jobs';
import { UnreadableAnswer } from '../commands';
import { parseNames, parseQueue } from './queue';
import { reportOfAccount, reportOfEnd, reportOfExitFile, reportOfRow } from './report';
import { meaningOf, stateName } from './states';

describe('jobs', () => {
  it.each([
    ['123\n', '123'],
    ['123;cluster\n', '123'],
    ['', null],
    ['Submitted batch job 123\n', null],
    ['0\n', null]
  ])('sbatch’s reply %j', (reply, id) => {
    expect(submittedId(reply)).toBe(id);
  });

  const jobs = (...ids: readonly (readonly [string, number])[]) =>
    ids.map(([id, element]) => ({ id, element, folder: '/f' }));

  it('become one expression an array', () => {
    expect(
      jobExpressions(jobs(['12', 7], ['12', 1], ['12', 2], ['12', 3], ['13', 0], ['12', 2]))
    ).toEqual(['12_[1-3,7]', '13_0']);
    expect(jobExpressions([{ id: null, element: 0, folder: '/f' }])).toEqual([]);
  });

  it('become several where one would be too long, and several lines of them', () => {
    const odd = jobs(...Array.from({ length: 9 }, (_, n) => ['5', 2 * n + 10] as const));
    expect(jobExpressions(odd, 16)).toEqual(['5_[10,12,14,16]', '5_[18,20,22,24]', '5_26']);
    expect(inLines(['aaa', 'bbb', 'c'], 8)).toEqual([['aaa', 'bbb'], ['c']]);
    expect(inLines([])).toEqual([]);
  });

  it.each([
    ['12_3', [3]],
    ['12_[1-3,7]', [1, 2, 3, 7]],
    ['12_[5-9:2%50]', [5, 7, 9]],
    ['12', null],
    ['12_[1-3,...]', null],
    ['12+0', null]
  ])('are read from %s', (text, elements) => {
    expect(elementsOf(text)?.elements ?? null).toEqual(elements);
  });
});

describe('answers', () => {
  const HEADER = 'pilothouse|JOBID|ST|NODELIST|REASON\n';

  it('of squeue are rows; the reason is text that may hold anything', () => {
    expect(
      parseQueue(
        `${HEADER}pilothouse|6_0|PD||Job's account not permitted to use this partition (a|b)\n` +
          'pilothouse|4_2|R|n[1-2]|None\npilothouse|9|R|n1|None\npilothouse|7_3|XY|n1|New\n'
      )
    ).toEqual([
      {
        id: '6',
        element: 0,
        state: 'PENDING',
        nodes: '',
        reason: "Job's account not permitted to use this partition (a|b)",
        name: null
      },
      { id: '4', element: 2, state: 'RUNNING', nodes: 'n[1-2]', reason: 'None', name: null },
      { id: '7', element: 3, state: 'XY', nodes: 'n1', reason: 'New', name: null }
    ]);
    expect(
      parseNames('pilothouse|JOBID|ST|NODELIST|NAME\npilothouse|1_0|PD||a|b c\n')
    ).toMatchObject([{ id: '1', name: 'a|b c' }]);
    expect(parseQueue(HEADER)).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['a banner', 'Welcome!\n'],
    ['a line cut off', `${HEADER}pilothouse|4_2|R`],
    ['a line cut short', `${HEADER}pilothouse|4_2|R\n`],
    ['something between', `${HEADER}slurm is tired\npilothouse|4_2|R|n1|None\n`],
    ['no job', `${HEADER}pilothouse|x|R|n1|None\n`]
  ])('that are %s are not taken for "no jobs"', (_, stdout) => {
    expect(() => parseQueue(stdout)).toThrow(UnreadableAnswer);
    expect(() => parseAccounts(stdout)).toThrow(UnreadableAnswer);
    expect(() => parseDetails(stdout)).toThrow(UnreadableAnswer);
  });

  it('of one cluster that SLURM_CLUSTERS names are read, of several not', () => {
    const one = `CLUSTER: slurm_accounting\n${HEADER}pilothouse|4_2|R|n1|None\n`;
    expect(parseQueue(one)).toMatchObject([{ id: '4', element: 2, state: 'RUNNING' }]);
    expect(() => parseQueue(`${one}\n${one}`)).toThrow(UnreadableAnswer);
    const header = 'JOBID'.padEnd(40) + 'EXIT_CODE'.padEnd(14) + 'RESTARTCNT'.padEnd(14);
    const job = '4_2'.padEnd(40) + '256'.padEnd(14) + '0'.padEnd(14);
    expect(parseDetails(`CLUSTER: c\n${header}\n${job}\n`)).toMatchObject([{ exitCode: 1 }]);
  });

  it('of sacct are the last attempt of each element', () => {
    expect(
      parseAccounts(
        'JobID|State|ExitCode|NodeList|JobName\n' +
          '5_1|NODE_FAIL|0:0|n1|ph.a\n5_1|COMPLETED|0:0|n2|ph.a\n' +
          '5_2|CANCELLED by 1000|0:15|n1|ph.a\n5_[3-4]|PENDING|0:0|None assigned|ph|a\n'
      )
    ).toMatchObject([
      { element: 1, state: 'COMPLETED', nodes: 'n2' },
      { element: 2, state: 'CANCELLED', by: '1000', signal: 15 },
      { element: 3, state: 'PENDING', nodes: '', name: 'ph|a' },
      { element: 4 }
    ]);
  });
});

describe('states', () => {
  it.each([
    ['BF', 'BOOT_FAIL', 'node_failed'],
    ['CA', 'CANCELLED', 'removed'],
    ['CD', 'COMPLETED', null],
    ['DL', 'DEADLINE', 'failed'],
    ['F', 'FAILED', null],
    ['NF', 'NODE_FAIL', 'node_failed'],
    ['OOM', 'OUT_OF_MEMORY', 'out_of_memory'],
    ['PR', 'PREEMPTED', 'evicted'],
    ['RV', 'REVOKED', 'removed'],
    ['TO', 'TIMEOUT', 'walltime']
  ])('%s is an end', (code, name, end) => {
    expect(stateName(code)).toBe(name);
    expect(meaningOf(name)).toEqual({ kind: 'ended', end });
  });

  const row = (state: string, reason = 'None', nodes = '') => ({
    id: '5',
    element: 1,
    state: stateName(state),
    nodes,
    reason,
    name: null
  });

  it.each([
    ['PD', 'Priority', 'queued', 'slurm.Priority'],
    ['PD', 'JobHeldUser', 'held', 'slurm.JobHeldUser'],
    ['PD', 'launch failed requeued held', 'held', 'slurm.LaunchFailedHeld'],
    ['PD', 'ReqNodeNotAvail, UnavailableNodes:n[1-2]', 'queued', 'slurm.ReqNodeNotAvail'],
    ['CF', 'None', 'queued', 'slurm.CONFIGURING'],
    ['RQ', 'None', 'queued', 'slurm.REQUEUED'],
    ['RF', 'None', 'queued', 'slurm.REQUEUE_FED'],
    ['RH', 'JobHeldUser', 'held', 'slurm.REQUEUE_HOLD'],
    ['RD', 'None', 'held', 'slurm.RESV_DEL_HOLD'],
    ['SE', 'None', 'held', 'slurm.SPECIAL_EXIT'],
    ['S', 'None', 'suspended', 'slurm.SUSPENDED'],
    ['ST', 'None', 'suspended', 'slurm.STOPPED'],
    ['R', 'None', 'running', undefined],
    ['CG', 'None', 'running', undefined],
    ['RS', 'None', 'running', undefined],
    ['SI', 'None', 'running', undefined],
    ['SO', 'None', 'running', undefined]
  ])('%s (%s) is %s', (code, reason, state, why) => {
    const report = reportOfRow(row(code, reason));
    expect(report).toMatchObject({ state });
    expect(report !== null && 'why' in report ? report.why?.code : undefined).toBe(why);
  });

  it('that nobody here knows are shown and count as not running', () => {
    expect(reportOfRow(row('XY', 'New'))).toMatchObject({
      state: 'suspended',
      words: 'Slurm calls its state XY',
      why: { code: 'slurm.unknown', words: 'XY (New)' }
    });
    expect(WHYS['slurm.unknown']).toBeUndefined();
  });

  it('with an end say which, and the exit code where the script has one', () => {
    const details = { id: '5', element: 1, exitCode: 7, signal: null, restarts: 0 };
    expect(reportOfEnd(row('F', 'NonZeroExitCode'), details)).toMatchObject({
      end: null,
      exitCode: 7,
      why: null
    });
    expect(reportOfEnd(row('F', 'JobLaunchFailure'), details)).toMatchObject({
      end: 'failed',
      why: { code: 'slurm.JobLaunchFailure' }
    });
    expect(reportOfEnd(row('TO', 'TimeLimit'), { ...details, exitCode: 0 })).toMatchObject({
      end: 'walltime',
      exitCode: null,
      words: 'TIMEOUT (TimeLimit)',
      why: { code: 'slurm.TIMEOUT', actions: [{ kind: 'edit', field: 'pilot.walltime' }] }
    });
    expect(reportOfEnd(row('F'), { ...details, exitCode: null, signal: 9 })).toMatchObject({
      signal: 'SIGKILL'
    });
    expect(reportOfEnd(row('CD'), undefined)).toMatchObject({ exitCode: null });
  });

  it('of accounts are ends, or nothing yet', () => {
    const account = {
      id: '5',
      element: 1,
      name: 'a',
      by: null,
      exitCode: 0,
      signal: 0,
      nodes: 'n1'
    };
    expect(reportOfAccount({ ...account, state: 'RUNNING' })).toBeNull();
    expect(reportOfAccount({ ...account, state: 'CANCELLED', by: '1000' })).toMatchObject({
      end: 'removed',
      words: 'CANCELLED by user id 1000'
    });
    expect(reportOfExitFile('40\n')).toMatchObject({ exitCode: 40 });
    expect(reportOfExitFile('4')).toBeNull();
  });
});
