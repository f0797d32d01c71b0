import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TIMES, type PilotId } from '../../../protocol';
import { jobNameOf, type IJob, type ISubmission } from '../tokens';
import { configure, pilots, poll, RealHTCondor, testbed, tool } from './real.fixture';

jest.setTimeout(180_000);

const LIVES = { environment: { workerInit: 'export LIVES=1' } };
/** Jobs that no machine fits, so that they stay in the queue. */
const WAITS = { scheduler: { kind: 'htcondor' as const, requirements: 'Nowhere' } };
const [p0, p1] = pilots(2);

let site: RealHTCondor;
beforeAll(async () => {
  site = await RealHTCondor.make();
}, 900_000);
afterAll(() => site.close());
beforeEach(() => {
  site.troubles.length = 0;
  site.callsOf('');
});
afterEach(() => {
  site.mendCommands();
  for (const pilot of site.reports.keys()) {
    site.scheduler.untrack(pilot);
  }
});

/** Jobs in the queue, as the schedd itself says. */
const inQueue = (cluster: string): string[] =>
  tool('condor_q', cluster, '-af', 'ProcId').split('\n').filter(Boolean);
const clusterOf = (jobs: ReadonlyMap<unknown, { schedulerId: string }>): string =>
  [...jobs.values()][0].schedulerId.split('.')[0];

/** What `find` says in the end: jobs, or for as long as settling takes that there are none. */
async function settled(submission: ISubmission): Promise<ReadonlyMap<PilotId, IJob>> {
  for (let leftMs: number = TIMES.submissionSettleMs; ; leftMs -= 1000) {
    const found = await site.scheduler.find([submission]);
    if (found.size > 0 || leftMs <= 0) {
      return found;
    }
    await new Promise(resolve => {
      setTimeout(resolve, 1000);
    });
  }
}

describe('a submission whose reply is lost', () => {
  it('is found by its event log, by its name in the queue, or in the history', async () => {
    const profile = site.profile(WAITS);
    site.breakCommand('condor_submit', '"$real" "$@" >/dev/null; kill -9 $$');
    const lost = site.submission(profile, 3);
    await expect(site.scheduler.submit(lost)).rejects.toMatchObject({ code: 'command_failed' });
    site.mendCommands();
    const byLog = await site.scheduler.find([lost]);
    expect([...byLog.keys()]).toEqual(lost.pilots);
    expect(site.callsOf('condor_q')).toBe(0);
    site.known.push(...byLog.values());

    const log = join(lost.folder, 'events');
    rmSync(log);
    expect(await site.scheduler.find([lost])).toEqual(byLog);
    expect(site.callsOf('condor_q')).toBe(1);

    tool('condor_rm', clusterOf(byLog));
    await poll('it has left the queue', () => inQueue(clusterOf(byLog)).length === 0);
    rmSync(log, { force: true });
    expect(await site.scheduler.find([lost])).toEqual(byLog);
    site.scheduler.track(p0, byLog.get(p0)!.job, profile);
    rmSync(log, { force: true });
    await site.until('its end is told', () => site.last(p0)?.state === 'ended');
    expect(site.last(p0)).toMatchObject({
      end: 'removed',
      words: 'via condor_rm (by user pilothouse-tester)',
      why: { code: 'htcondor.Removed' }
    });
  });

  it('has no jobs where HTCondor was never told of it', async () => {
    const never = site.submission(site.profile(WAITS), 2);
    expect(await site.scheduler.find([never])).toEqual(new Map());
    site.breakCommand('condor_submit', 'kill -9 $$');
    await expect(site.scheduler.submit(never)).rejects.toMatchObject({ code: 'command_failed' });
    expect(await site.scheduler.find([never])).toEqual(new Map());
  });

  it('is left open while its condor_submit still runs', async () => {
    const slow = site.submission(site.profile(WAITS), 1);
    const go = join(site.folder, 'go');
    site.breakCommand('condor_submit', `while [ ! -e ${go} ]; do sleep 0.1; done; "$real" "$@"`);
    const submitting = site.scheduler.submit(slow);
    await expect(site.scheduler.find([slow])).rejects.toMatchObject({
      data: { words: expect.stringMatching(/still runs/) as string }
    });
    writeFileSync(go, '');
    const { jobs } = await submitting;
    site.known.push(...jobs.values());
    expect(await site.scheduler.find([slow])).toEqual(jobs);
  });
});

describe('an event log', () => {
  it('that is gone leaves it to condor_q and condor_history', async () => {
    const { folder, jobs } = await site.submit(site.profile(LIVES), 2);
    await site.until('they run', () => site.all([p0, p1], 'running'));
    const cluster = clusterOf(jobs);
    renameSync(join(folder, 'events'), join(folder, 'elsewhere'));
    site.callsOf('');
    tool('condor_hold', `${cluster}.0`);
    await site.until('it is held', () => site.last(p0)?.state === 'held');
    expect(site.last(p0)).toMatchObject({ why: { code: 'htcondor.hold.UserRequest' } });
    rmSync(join(folder, 'events'), { force: true });
    tool('condor_rm', cluster);
    await poll('they have left', () => {
      rmSync(join(folder, 'events'), { force: true });
      return inQueue(cluster).length === 0;
    });
    await site.until('both have ended', () => site.all([p0, p1], 'ended'));
    expect(site.last(p1)).toMatchObject({ end: 'removed' });
    expect(site.callsOf('condor_q')).toBeGreaterThan(0);
    expect(site.troubles).toEqual([]);
  });

  it('that was cut is read anew', async () => {
    const { folder, jobs } = await site.submit(site.profile(LIVES), 1);
    await site.until('it runs', () => site.last(p0)?.state === 'running');
    writeFileSync(join(folder, 'events'), '');
    await site.until('condor_q is asked', () => site.host.calls.includes('condor_q'));
    expect(site.last(p0)?.state).toBe('running');
    await site.scheduler.remove(new Map([...jobs].map(([pilot, { job }]) => [pilot, job])));
    await site.until('its end is told', () => site.last(p0)?.state === 'ended');
    expect(site.last(p0)).toMatchObject({ end: 'removed' });
  });

  it('that cannot be read is trouble, until it can', async () => {
    const { folder } = await site.submit(site.profile(WAITS), 1);
    await site.until('it waits', () => site.last(p0)?.state === 'queued');
    const log = join(folder, 'events');
    renameSync(log, `${log}.real`);
    writeFileSync(log, Buffer.alloc(20 * 1024 * 1024, 'x'));
    await site.until('trouble is told', () => site.troubles.length > 0);
    expect(site.troubles).toEqual([
      { code: 'answer_unreadable', words: expect.stringMatching(/no event log/) as string }
    ]);
    renameSync(`${log}.real`, log);
    await site.until('it is over', () => site.troubles.at(-1) === null);
    expect(site.last(p0)?.state).toBe('queued');
  });
});

describe('HTCondor’s commands', () => {
  it.each([
    ['hang', 'exec sleep 600', 'command_hangs'],
    ['fail', 'echo "Error: Failed to connect to schedd" >&2; exit 1', 'command_failed'],
    ['print garbage', 'echo "Welcome to the cluster!"', 'answer_unreadable'],
    ['print half', '"$real" "$@" | head -c 100', 'answer_unreadable'],
    ['print nothing', 'exit 0', 'answer_unreadable']
  ])('that %s are trouble, told once, and nothing is concluded', async (_, script, code) => {
    const { folder } = await site.submit(site.profile(WAITS), 1);
    await site.until('it waits', () => site.last(p0)?.state === 'queued');
    site.host.timeoutMs = 2000;
    site.breakCommand('condor_q', script);
    renameSync(join(folder, 'events'), join(folder, 'elsewhere'));
    const before = site.reports.get(p0)?.length;
    await poll('trouble is told', () => site.troubles.length > 0);
    const asked = (): number => site.host.calls.filter(name => name === 'condor_q').length;
    const first = asked();
    await poll('it was asked again', () => asked() > first);
    expect(site.troubles).toMatchObject([{ code }]);
    expect(site.reports.get(p0)).toHaveLength(before ?? 0);
    site.mendCommands();
    await poll('it is over', () => site.troubles.at(-1) === null);
    expect(site.troubles).toHaveLength(2);
    await site.until('it is told', () => site.reports.get(p0)!.length > before!);
    expect(site.last(p0)?.state).toBe('queued');
  });

  it('that answer a submission with something else leave it open', async () => {
    const submission = site.submission(site.profile(WAITS), 2);
    site.breakCommand('condor_submit', '"$real" "$@" | sed s/1$/0/');
    await expect(site.scheduler.submit(submission)).rejects.toMatchObject({
      code: 'answer_unreadable'
    });
    const found = await site.scheduler.find([submission]);
    expect(found.size).toBe(2);
    site.known.push(...found.values());
  });
});

describe('daemons', () => {
  it('a schedd that is away is trouble; nothing is decided, and it goes on after that', async () => {
    const { jobs } = await site.submit(site.profile(LIVES), 1);
    await site.until('it runs', () => site.last(p0)?.state === 'running');
    const other = site.submission(site.profile(WAITS), 1);
    testbed('stop', 'schedd', 'htcondor');
    try {
      await site.until('trouble is told', () => site.troubles.length > 0);
      expect(site.troubles).toMatchObject([
        {
          code: 'command_failed',
          words: expect.stringMatching(/can't find address for schedd/i) as string
        }
      ]);
      await expect(site.scheduler.find([other])).rejects.toMatchObject({ code: 'command_failed' });
      await expect(site.scheduler.submit(other)).rejects.toMatchObject({ code: 'command_failed' });
      await expect(
        site.scheduler.remove(new Map([...jobs].map(([pilot, { job }]) => [pilot, job])))
      ).rejects.toMatchObject({ code: 'command_failed' });
    } finally {
      testbed('start', 'schedd', 'htcondor');
    }
    await site.until('it is over', () => site.troubles.at(-1) === null);
    expect(site.troubles).toHaveLength(2);
    await site.until('it runs', () => site.last(p0)?.state === 'running');
    expect([...jobs.keys()]).toEqual([p0]);
  });

  it('a schedd that hangs is trouble; what it took meanwhile is found once it goes on', async () => {
    await site.submit(site.profile(LIVES), 1);
    await site.until('it runs', () => site.last(p0)?.state === 'running');
    const schedd = Number(/schedd\s+(\d+)/.exec(testbed('status', 'htcondor'))?.[1]);
    const lost = site.submission(site.profile(WAITS), 2);
    site.host.timeoutMs = 3000;
    process.kill(schedd, 'SIGSTOP');
    try {
      await expect(site.scheduler.submit(lost)).rejects.toMatchObject({ code: 'command_hangs' });
      await expect(site.scheduler.find([lost])).rejects.toMatchObject({ code: 'command_hangs' });
      await poll('trouble is told', () => site.troubles.length > 0);
      expect(site.troubles).toMatchObject([{ code: 'command_hangs' }]);
    } finally {
      process.kill(schedd, 'SIGCONT');
      site.host.timeoutMs = null;
    }
    await poll('it is over', () => site.troubles.at(-1) === null);
    expect(site.last(p0)?.state).toBe('running');
    const found = await settled(lost);
    site.known.push(...found.values());
    const name = `JobBatchName == "${jobNameOf(lost)}"`;
    const queued = tool('condor_q', '-constraint', name, '-af', 'ProcId').split('\n');
    expect(queued.filter(Boolean)).toHaveLength(found.size);
  });

  it('a node that goes down queues its jobs again, as the next attempt', async () => {
    await site.submit(site.profile(LIVES), 1);
    await site.until('it runs', () => site.last(p0)?.state === 'running');
    testbed('stop', 'startd', 'htcondor');
    try {
      await site.until('it waits', () => site.last(p0)?.state === 'queued');
      expect(site.last(p0)).toMatchObject({ restarts: 1, slot: null });
    } finally {
      testbed('start', 'startd', 'htcondor');
    }
    await site.until('it runs again', () => site.last(p0)?.state === 'running');
    expect(site.last(p0)).toMatchObject({ restarts: 1 });
  });

  it('a pilot that only a relay leads home waits for a machine that reaches it, and says so', async () => {
    const relayed = site.profile({
      ...LIVES,
      scheduler: { kind: 'htcondor', tellsPorts: true, requirements: 'Arch == "X86_64" || True' },
      uplink: { kinds: ['relay'], relay: 'relay.example.org:8443', relaySecretFile: '/none' }
    });
    configure({ PORT_8443: 'False' });
    try {
      await poll('machines say so', () =>
        /^(false\s*)+$/i.test(tool('condor_status', '-af', 'PORT_8443'))
      );
      await site.submit(relayed, 1);
      // One that asks for nothing starts, so that the negotiator has looked at both.
      const other = site.submission(site.profile(LIVES), 1);
      const { jobs } = await site.scheduler.submit(other);
      site.known.push(...jobs.values());
      site.track(new Map([[p1, [...jobs.values()][0]]]), other.profile);
      await site.until('the other runs', () => site.last(p1)?.state === 'running');
      expect(site.last(p0)).toMatchObject({
        state: 'queued',
        why: { code: 'htcondor.IdlePort', params: { port: 8443 } }
      });
    } finally {
      configure({});
    }
    await site.until('it runs', () => site.last(p0)?.state === 'running');
  });

  it('a requirement of the site refuses a submission with the site’s own words', async () => {
    configure({
      SUBMIT_REQUIREMENT_NAMES: 'Project',
      SUBMIT_REQUIREMENT_Project: 'ProjectName =!= undefined',
      SUBMIT_REQUIREMENT_Project_REASON: '"Ask for a project at the help desk."'
    });
    try {
      const refused = site.submission(site.profile(WAITS), 2);
      await expect(site.scheduler.submit(refused)).rejects.toMatchObject({
        code: 'submit_failed',
        data: { words: expect.stringMatching(/Ask for a project at the help desk/) as string }
      });
      expect(existsSync(join(refused.folder, 'events'))).toBe(false);
    } finally {
      configure({});
    }
  });

  it('warnings of a submission that was taken come along', async () => {
    configure({
      SUBMIT_REQUIREMENT_NAMES: 'Project',
      SUBMIT_REQUIREMENT_Project: 'ProjectName =!= undefined',
      SUBMIT_REQUIREMENT_Project_IS_WARNING: 'true',
      SUBMIT_REQUIREMENT_Project_REASON: '"A project will be needed from next year on."'
    });
    try {
      const submission = site.submission(site.profile(WAITS), 1);
      const { jobs, warnings } = await site.scheduler.submit(submission);
      site.known.push(...jobs.values());
      expect(warnings).toMatch(/A project will be needed/);
    } finally {
      configure({});
    }
  });
});

it('a pilot whose log HTCondor cannot write is known by condor_q', async () => {
  const submission = site.submission(site.profile(LIVES), 1);
  chmodSync(submission.folder, 0o500);
  const { jobs } = await site.scheduler.submit(submission);
  site.track(jobs, submission.profile);
  await site.until('it runs', () => site.last(p0)?.state === 'running');
  expect(site.last(p0)).toMatchObject({ slot: expect.stringMatching(/^slot1_/) as string });
  await site.scheduler.remove(new Map([[p0, jobs.get(p0)!.job]]));
  await site.until('its end is told', () => site.last(p0)?.state === 'ended');
  expect(site.last(p0)).toMatchObject({ end: 'removed' });
});
