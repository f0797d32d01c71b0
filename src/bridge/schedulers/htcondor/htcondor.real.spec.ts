import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PilotId } from '../../../protocol';
import { QuoteError } from '../quote';
import { quoteString } from './quote';
import { pilots, RealHTCondor, tool } from './real.fixture';

jest.setTimeout(180_000);

const LIVES = { environment: { workerInit: 'export LIVES=1' } };
/** Jobs that no machine fits, so that they stay in the queue. */
const waits = (more: object = {}) => ({
  scheduler: { kind: 'htcondor' as const, requirements: 'Nowhere', ...more }
});
const [p0, p1, p2] = pilots(3);

describe.each(['here', 'by SSH'] as const)('HTCondor, %s', way => {
  let site: RealHTCondor;
  beforeAll(async () => {
    process.env.SECRET_OF_SUBMITTER = 'x';
    site = await RealHTCondor.make(way);
  }, 900_000);
  afterAll(() => site.close());

  it('runs pilots as one cluster, each in its own folder, with nothing of who submits', async () => {
    const profile = site.profile({ environment: { workerInit: 'export LIVES=1; env; id -un' } });
    const { folder, jobs } = await site.submit(profile, 3);
    const ids = [...jobs.values()].map(({ schedulerId }) => schedulerId);
    expect(ids.map(id => id.replace(/^\d+/, ''))).toEqual(['.0', '.1', '.2']);
    await site.until('they run', () => site.all([p0, p1, p2], 'running'));
    expect(site.last(p2)).toMatchObject({
      slot: expect.stringMatching(/^slot1_\d+@/) as string,
      words: expect.stringContaining('runs at Testbed, Testbed-CE1') as string,
      restarts: 0
    });
    const output = join(folder, '2', 'output');
    await site.untilWritten(output, /^agent of \//m);
    const printed = readFileSync(output, 'utf8');
    expect(printed).toMatch(/^agent of \/.*dir_\d+$/m);
    expect(printed).not.toContain('SECRET_OF_SUBMITTER');
    expect(printed).toMatch(/^pilothouse-tester$/m);

    await site.scheduler.remove(new Map([...jobs].slice(0, 2).map(([p, { job }]) => [p, job])));
    await site.until('two have ended', () => site.all([p0, p1], 'ended'));
    expect(site.last(p1)).toMatchObject({ end: 'removed', why: { code: 'htcondor.Removed' } });
    expect(site.last(p2)?.state).toBe('running');
    // All of it was read in the event log; one question is for a log that took long to come.
    expect(site.callsOf('condor_q')).toBeLessThanOrEqual(1);
    expect(readdirSync(join(folder, '1')).sort()).toEqual(['error', 'output', 'pilot.json']);
  });

  it('counts restarts as the pilot itself reads them in its job’s ad', async () => {
    const workerInit = 'export LIVES=1; grep "^NumJobStarts = " "$_CONDOR_JOB_AD"';
    const { folder, jobs } = await site.submit(site.profile({ environment: { workerInit } }), 1);
    const output = join(folder, '0', 'output');
    for (const restarts of [0, 1, 2]) {
      await site.until(`attempt ${restarts}`, () => {
        const last = site.last(p0);
        return last?.state === 'running' && last.restarts === restarts;
      });
      await site.untilWritten(output, new RegExp(`^NumJobStarts = ${restarts}$`, 'm'));
      site.reports.clear();
      tool('condor_vacate_job', '-fast', [...jobs.values()][0].schedulerId);
      await site.until('it was evicted', () =>
        (site.reports.get(p0) ?? []).some(
          said =>
            said.state !== 'ended' && said.state !== 'unknown' && said.restarts === restarts + 1
        )
      );
    }
  });

  it('tells exit codes and signals, also to a bridge that was away', async () => {
    const ends = site.profile({ environment: { workerInit: 'export CODE=7' } });
    await site.submit(ends, 2);
    await site.until('both have ended', () => site.all([p0, p1], 'ended'));
    expect(site.last(p1)).toMatchObject({ exitCode: 7, end: null, why: null });

    const { folder, jobs } = await site.submit(ends, 1);
    site.scheduler.dispose();
    await site.untilWritten(join(folder, 'events'), /return value 7/);
    site.open();
    site.track(jobs, ends);
    await site.until('it is told', () => site.last(p0)?.state === 'ended');
    expect(site.last(p0)).toMatchObject({
      exitCode: 7,
      words: expect.stringMatching(/7/) as string
    });
    expect(site.callsOf('condor_q')).toBeLessThanOrEqual(1);
  });

  it('holds and releases, also what is over, and says why', async () => {
    const { jobs } = await site.submit(site.profile(waits()), 3);
    const all = new Map([...jobs].map(([p, { job }]) => [p, job]));
    await site.until('they wait', () => site.all([p0, p1, p2], 'queued'));
    expect(site.last(p0)).toMatchObject({ why: { code: 'htcondor.Idle' } });
    tool('condor_rm', [...jobs.values()][1].schedulerId);
    await site.scheduler.hold(all);
    await site.scheduler.hold(all);
    await site.until('they are held', () => site.all([p0, p2], 'held'));
    expect(site.last(p2)).toMatchObject({
      words: 'via condor_hold (by user pilothouse-tester)',
      why: { code: 'htcondor.hold.UserRequest', actions: [{ kind: 'release' }, { kind: 'remove' }] }
    });
    await site.scheduler.release(all);
    await site.scheduler.release(all);
    await site.until('they wait again', () => site.all([p0, p2], 'queued'));
    await site.scheduler.remove(all);
    await site.scheduler.remove(all);
    await site.until('all have ended', () => site.all([p0, p1, p2], 'ended'));
  });

  describe('a pilot that HTCondor stops', () => {
    it('is held by a rule of the system: with the rule’s words', async () => {
      const { jobs } = await site.submit(
        site.profile({
          scheduler: {
            kind: 'htcondor',
            attributes: { PilothouseTestbedHold: '"too many of these"' }
          }
        }),
        1
      );
      await site.until('it is held', () => site.last(p0)?.state === 'held');
      expect(site.last(p0)).toMatchObject({
        words: 'The system says: too many of these',
        why: { code: 'htcondor.hold.SystemPolicy', params: { code: 26, subcode: 7 } }
      });
      await site.scheduler.remove(new Map([[p0, jobs.get(p0)!.job]]));
    });

    it('is held because a file is missing: with the file’s name, and the field', async () => {
      await site.submit(site.profile({ environment: { files: ['/tmp/nowhere-to-be-found'] } }), 1);
      await site.until('it is held', () => site.last(p0)?.state === 'held');
      const last = site.last(p0);
      expect(last?.words).toContain('/tmp/nowhere-to-be-found');
      expect(last).toMatchObject({
        why: {
          code: 'htcondor.hold.TransferInputError',
          params: { detail: 'There is no such file or folder.' },
          actions: expect.arrayContaining([{ kind: 'edit', field: 'environment.files' }]) as object
        }
      });
    });

    it('is held because it used more memory than it had asked for: with how much would do', async () => {
      const hungry = `/usr/bin/python3 -c 'import time; held = b"x" * 400_000_000; time.sleep(600)'`;
      await site.submit(site.profile({ environment: { workerInit: hungry } }), 1);
      await site.until('it is held', () => site.last(p0)?.state === 'held');
      const last = site.last(p0) as { why: { code: string; actions: object[] } };
      expect(last.why.code).toBe('htcondor.hold.OutOfMemory');
      expect(last.why.actions[0]).toEqual({
        kind: 'resubmit',
        memoryMiB: expect.any(Number) as number
      });
    });

    it('is suspended, and goes on as the same attempt', async () => {
      const { jobs } = await site.submit(site.profile(LIVES), 1);
      const [{ schedulerId }] = jobs.values();
      await site.until('it runs', () => site.last(p0)?.state === 'running');
      tool('condor_suspend', schedulerId);
      await site.until('it is suspended', () => site.last(p0)?.state === 'suspended');
      tool('condor_continue', schedulerId);
      await site.until('it runs again', () => site.last(p0)?.state === 'running');
      expect(site.last(p0)).toMatchObject({ restarts: 0 });
    });
  });

  it('takes 5,000 pilots in one call and ends them in one, and asks no more for many', async () => {
    site.callsOf('');
    const { jobs } = await site.submit(site.profile(waits()), 5000);
    const last = PilotId.parse('p4999');
    await site.until('they are known', () => site.last(last)?.state === 'queued');
    const some = [...jobs].filter((_, n) => n % 2 === 1);
    await site.scheduler.remove(new Map(some.map(([p, { job }]) => [p, job])));
    await site.until('those have ended', () =>
      site.all(
        some.map(([p]) => p),
        'ended'
      )
    );
    expect(site.last('p4998')?.state).toBe('queued');
    await site.scheduler.remove(new Map([...jobs].map(([p, { job }]) => [p, job])));
    await site.until('all have ended', () => site.all([...jobs.keys()], 'ended'));
    const calls = site.host.calls.filter(program => program !== 'condor_rm');
    expect(calls.filter(program => program === 'condor_submit')).toHaveLength(1);
    expect(calls.length).toBeLessThanOrEqual(4);
  });

  it('knows how many pilots a submission may have', async () => {
    expect(await site.scheduler.mostPerSubmission(site.profile())).toBe(10_000);
    expect(await site.scheduler.limits(true)).toBeNull();
  });

  describe('a profile that is checked', () => {
    it('is tried without submitting, and nothing of it stays', async () => {
      const before = readdirSync(site.folder);
      expect(await site.scheduler.dryRun(site.profile())).toEqual({
        problems: [],
        words: '1 job(s) dry-run to cluster 1.'
      });
      const home = join(site.folder, 'site');
      expect(readdirSync(site.folder).filter(name => !before.includes(name))).toEqual(['site']);
      expect(readdirSync(home)).toEqual([]);
    });

    it.each([
      ['foobar = 1', 'scheduler.further', 'warning', /foobar/],
      ['periodic_hold = (', 'scheduler.further', 'error', /Parse error in expression/],
      ['rank = 1 +', 'scheduler.further', 'error', /Parse error/]
    ])('is told of %s', async (further, field, severity, message) => {
      const profile = site.profile({ scheduler: { kind: 'htcondor', further } });
      const { problems } = (await site.scheduler.dryRun(profile))!;
      expect(problems).toMatchObject([
        { field, severity, message: expect.stringMatching(message) as string }
      ]);
      if (severity === 'error') {
        await expect(site.scheduler.submit(site.submission(profile, 1))).rejects.toMatchObject({
          code: 'submit_failed',
          data: { words: expect.stringMatching(message) as string }
        });
      }
    });
  });

  describe('hostile text', () => {
    const TEXTS: readonly (readonly [string, string])[] = [
      ['quotes', `a "b" 'c' \`d\` \\ \\" \\'`],
      ['a shell', '$(touch /tmp/x); $HOME | & > < * ? $ENV(HOME)'],
      ['comments', '# : not // /* a comment */'],
      ['non-ASCII', 'Größe 日本 \u{1F600}'],
      ['a ClassAd', '" || true || "'],
      ['length', `${'x y'.repeat(1332)}z`]
    ];

    it.each(TEXTS)('reaches the job’s ad as it is: %s', async (_, text) => {
      const name = text.slice(0, 200);
      const { jobs } = await site.submit(
        site.profile(
          waits({
            projectName: name.trim(),
            attributes: { Text: `"${text.replaceAll('"', '\\"')}"` }
          })
        ),
        1
      );
      const [{ schedulerId }] = jobs.values();
      const attributes = ['-attributes', 'ProjectName,Text'];
      expect(JSON.parse(tool('condor_q', schedulerId, '-json', ...attributes))).toEqual([
        { ProjectName: name.trim(), Text: text }
      ]);
    });

    it('names a file that is brought', async () => {
      const odd = join(site.folder, `of $(HOME) $x 'and' Größe; #`);
      writeFileSync(odd, 'brought');
      const profile = site.profile({ environment: { files: [odd], workerInit: 'cat of*' } });
      expect(site.scheduler.check(profile)).toEqual([]);
      const { folder } = await site.submit(profile, 1);
      await site.until('it has ended', () => site.last(p0)?.state === 'ended');
      expect(readFileSync(join(folder, '0', 'output'), 'utf8')).toContain('brought');
    });

    it.each(['$$(Machine)', 'a\nb', '$(DOLLAR)'])(
      'that no submit file can hold is refused: %j',
      text => {
        expect(() => quoteString(text)).toThrow(QuoteError);
      }
    );
  });
});
