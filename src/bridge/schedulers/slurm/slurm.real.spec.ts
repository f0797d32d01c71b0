import { copyFileSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { PilotId } from '../../../protocol';
import { pilots, RealSlurm, testbed, tool } from './real.fixture';

jest.setTimeout(180_000);

const LIVES = { environment: { workerInit: 'export LIVES=1' } };
const later = (further = '') => ({
  scheduler: { kind: 'slurm' as const, further: `#SBATCH --begin=now+1hour\n${further}` }
});
const [p0, p1, p2] = pilots(3);

describe.each(['here', 'by SSH'] as const)('a site without accounts, %s', way => {
  let site: RealSlurm;
  beforeAll(async () => {
    site = await RealSlurm.make('slurm', way);
  }, 900_000);
  afterAll(() => site.close());

  it('runs pilots as one array, each in its own folder, with nothing of who submits', async () => {
    process.env.SECRET_OF_SUBMITTER = 'x';
    const { folder, jobs } = await site.submit(site.profile(LIVES), 3);
    const ids = [...jobs.values()].map(({ schedulerId }) => schedulerId);
    expect(ids.map(id => id.replace(/^\d+/, ''))).toEqual(['_0', '_1', '_2']);
    await site.until('they run', () => [p0, p1, p2].every(p => site.last(p)?.state === 'running'));
    const { slot } = site.last(p2) as { slot: string };
    expect(slot).toMatch(/^n\d$/);

    const environment = join(folder, '2', 'environment');
    await site.untilWritten(environment, /\}$/);
    const text = readFileSync(environment, 'utf8');
    expect(text).not.toContain('SECRET_OF_SUBMITTER');
    expect(text).not.toContain('SLURM_EXPORT_ENV');
    expect(text).toMatch(/'SLURM_JOB_END_TIME': '\d+'/);
    expect(text).toContain("'HOME': '/root'");
    expect(readFileSync(join(folder, '2', 'output'), 'utf8')).toContain(`agent of ${folder}/2`);

    await site.scheduler.remove(new Map([...jobs].slice(0, 2).map(([p, { job }]) => [p, job])));
    await site.until('two have ended', () => [p0, p1].every(p => site.last(p)?.state === 'ended'));
    expect(site.last(p1)).toMatchObject({ end: 'removed', why: { code: 'slurm.CANCELLED' } });
    expect(site.last(p2)?.state).toBe('running');

    tool('scontrol', 'requeue', ids[2]);
    await site.until('it is queued again', () => site.last(p2)?.state === 'queued');
    expect(site.last(p2)).toMatchObject({ restarts: 1 });
  });

  it('tells exit codes, also of jobs that Slurm has forgotten, by what they left', async () => {
    const ends = site.profile({ environment: { workerInit: 'export CODE=7' } });
    await site.submit(ends, 2);
    await site.until('both have ended', () => [p0, p1].every(p => site.last(p)?.state === 'ended'));
    expect(site.last(p1)).toMatchObject({ exitCode: 7, end: null, why: null });
    expect(site.last(p1)?.words).toMatch(/^FAILED \(NonZeroExitCode\), exit code 7$/);

    const { folder, jobs } = await site.submit(ends, 1);
    site.scheduler.dispose();
    await site.untilWritten(join(folder, '0', 'exit'), /^7$/m);
    await site.untilForgotten([...jobs.values()][0].schedulerId);
    site.open();
    site.scheduler.track(p0, [...jobs.values()][0].job, ends);
    await site.until('it is told', () => site.last(p0)?.state === 'ended');
    expect(site.last(p0)).toMatchObject({
      exitCode: 7,
      words: expect.stringMatching(/forgotten/) as string
    });
  });

  it('knows that a job which is gone and never started was cancelled', async () => {
    const profile = site.profile(later());
    const { jobs } = await site.submit(profile, 1);
    site.scheduler.dispose();
    tool('scancel', [...jobs.values()][0].schedulerId);
    await site.untilForgotten([...jobs.values()][0].schedulerId);
    site.open();
    site.scheduler.track(p0, [...jobs.values()][0].job, profile);
    await site.until('it is told', () => site.last(p0) !== undefined);
    expect(site.last(p0)).toMatchObject({
      state: 'ended',
      end: 'removed',
      why: { code: 'slurm.CANCELLED' }
    });
  });

  it('holds and releases, also what is over, and says why', async () => {
    const { jobs } = await site.submit(site.profile(later()), 3);
    const all = new Map([...jobs].map(([p, { job }]) => [p, job]));
    await site.until('they wait', () => site.last(p0)?.state === 'queued');
    expect(site.last(p0)).toMatchObject({ why: { code: 'slurm.BeginTime' } });
    tool('scancel', [...jobs.values()][1].schedulerId);
    await site.scheduler.hold(all);
    await site.until('they are held', () => site.last(p2)?.state === 'held');
    expect(site.last(p2)).toMatchObject({
      words: 'PENDING (JobHeldUser)',
      why: { code: 'slurm.JobHeldUser', actions: [{ kind: 'release' }, { kind: 'remove' }] }
    });
    await site.scheduler.release(all);
    await site.until('they wait again', () => site.last(p2)?.state === 'queued');
    await site.scheduler.remove(all);
    await site.scheduler.remove(all);
  });

  it('passes on why a submission was refused', async () => {
    const refused = site.submission(
      site.profile({ scheduler: { kind: 'slurm', partition: 'nope' } }),
      2
    );
    await expect(site.scheduler.submit(refused)).rejects.toMatchObject({
      code: 'submit_failed',
      data: { words: expect.stringMatching(/invalid partition specified: nope/) as string }
    });
    const { problems, words } = (await site.scheduler.dryRun(refused.profile))!;
    expect(problems).toMatchObject([{ field: 'scheduler.partition', severity: 'error' }]);
    expect(words).toMatch(/invalid partition/);
    expect(await site.scheduler.dryRun(site.profile())).toMatchObject({
      problems: [],
      words: expect.stringMatching(/to start at/) as string
    });
  });

  it('starts pilots in a folder of any name but those that Slurm reads as patterns', async () => {
    const own = site.folder;
    const named = (name: string) => {
      const submission = site.submission(site.profile(), 1);
      const folder = join(own, name);
      mkdirSync(folder);
      copyFileSync(join(own, 'agent.py'), join(folder, 'agent.py'));
      renameSync(submission.folder, join(folder, submission.id));
      return { ...submission, folder: join(folder, submission.id) };
    };
    const odd = named(`it's "$(HOME)", ä;`);
    const { jobs } = await site.scheduler.submit(odd);
    site.known.push(...jobs.values());
    await site.untilWritten(join(odd.folder, '0', 'exit'), /^0\n$/);
    for (const name of ['100%', 'a\\b']) {
      await expect(site.scheduler.submit(named(name))).rejects.toMatchObject({
        code: 'submit_failed',
        data: { words: expect.stringMatching(/a % or a backslash/) as string }
      });
    }
  });

  it('finds submissions whose reply was lost, and knows of one that was never made', async () => {
    const profile = site.profile(later());
    const { jobs, ...submission } = await site.submit(profile, 2);
    const never = site.submission(profile, 2);
    const found = await site.scheduler.find([never, submission]);
    expect(found).toEqual(jobs);

    // One that ran and was forgotten meanwhile: its output is there.
    const short = await site.submit(site.profile(), 1);
    await site.until('it has ended', () => site.last(p0)?.state === 'ended');
    await site.untilForgotten([...short.jobs.values()][0].schedulerId);
    const left = await site.scheduler.find([short]);
    expect(left.get(p0)?.schedulerId).toBe('?_0');
    site.scheduler.track(p0, left.get(p0)!.job, short.profile);
    site.reports.clear();
    await site.until('it is told', () => site.last(p0)?.state === 'ended');
    expect(site.last(p0)).toMatchObject({ exitCode: 0 });
  });

  it('tells that slurmctld is away, decides nothing meanwhile, and goes on after that', async () => {
    const { jobs, ...submission } = await site.submit(site.profile(LIVES), 1);
    await site.until('it runs', () => site.last(p0)?.state === 'running');
    site.troubles.length = 0;
    testbed('stop', 'slurmctld', 'slurm');
    try {
      await site.until('trouble is told', () => site.troubles.length > 0);
      expect(site.troubles).toEqual([
        {
          code: 'command_failed',
          words: expect.stringMatching(/contact slurm controller/i) as string
        }
      ]);
      await expect(site.scheduler.find([submission])).rejects.toMatchObject({
        code: 'command_failed'
      });
      await expect(site.scheduler.submit(site.submission(site.profile(), 1))).rejects.toMatchObject(
        { code: 'command_failed' }
      );
    } finally {
      testbed('start', 'slurmctld', 'slurm');
    }
    await site.until('it is over', () => site.troubles.at(-1) === null);
    expect(site.troubles).toHaveLength(2);
    expect(site.last(p0)?.state).toBe('running');
    expect([...jobs.keys()]).toEqual([p0]);
  });

  it('takes 5,000 pilots in one call and ends them in one', async () => {
    const { jobs } = await site.submit(site.profile(later()), 5000);
    const last = PilotId.parse('p4999');
    await site.until('they are known', () => site.last(last)?.state === 'queued');
    await site.scheduler.remove(new Map([...jobs].map(([p, { job }]) => [p, job])));
    await site.until('all have ended', () => site.last(last)?.state === 'ended');
  });

  it('knows its limits', async () => {
    const limits = (await site.scheduler.limits(true))!;
    expect(limits).toMatchObject({ maxArray: 10001, accounts: null, qos: null, maxSubmit: null });
    expect(limits.partitions.find(({ name }) => name === 'debug')).toMatchObject({
      isDefault: false,
      up: true,
      maxSeconds: 4 * 3600,
      defaultSeconds: 1800,
      nodes: 2,
      coresPerNode: 64,
      gres: ['gpu:a100:2'],
      features: ['avx512', 'big'],
      allowed: true
    });
    expect(await site.scheduler.mostPerSubmission(site.profile())).toBe(10001);
  });

  it.each([
    ['quotes', `a "b" 'c' \`d\` \\ \\" \\'`],
    ['a shell', '$(touch /tmp/x); $HOME | & > < * ?'],
    ['comments and colons', '# : not #a comment'],
    ['non-ASCII', 'Größe 日本 \u{1F600}'],
    ['tabs', 'a\tb  c'],
    ['length', `${'x y'.repeat(341)}z`]
  ])('hostile text reaches Slurm as it is: %s', async (_, text) => {
    const { directive } = await import('./quote');
    const { jobs } = await site.submit(site.profile(later(directive('comment', text))), 1);
    const id = [...jobs.values()][0].schedulerId;
    expect(tool('squeue', '-h', '-j', id, '-o', '%k')).toBe(`${text}\n`);
  });
});
