import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pilots, RealHTCondor, tool } from './real.fixture';

jest.setTimeout(180_000);

const LIVES = { environment: { workerInit: 'export LIVES=1' } };
/** Jobs that no machine fits, so that they stay in the queue. */
const WAITS = { scheduler: { kind: 'htcondor' as const, requirements: 'Nowhere' } };
const [p0, p1, p2] = pilots(3);

let site: RealHTCondor;
beforeAll(async () => {
  site = await RealHTCondor.make();
}, 900_000);
afterAll(() => site.close());

it('runs pilots as one cluster, each in its own folder, with nothing of who submits', async () => {
  const { folder, jobs } = await site.submit(site.profile(LIVES), 3);
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
  expect(readFileSync(output, 'utf8')).toMatch(/^agent of \/.*dir_\d+$/m);

  tool('condor_vacate_job', ids[2]);
  await site.until('it was started again', () => {
    const last = site.last(p2);
    return last?.state === 'running' && last.restarts === 1;
  });
  await site.scheduler.remove(new Map([...jobs].slice(0, 2).map(([p, { job }]) => [p, job])));
  await site.until('two have ended', () => site.all([p0, p1], 'ended'));
  expect(site.last(p1)).toMatchObject({ end: 'removed', why: { code: 'htcondor.Removed' } });
  expect(site.last(p2)?.state).toBe('running');
  expect(site.host.calls.filter(program => program === 'condor_q')).toEqual([]);
});

it('holds and releases, also what is over, and says why', async () => {
  const { jobs } = await site.submit(site.profile(WAITS), 3);
  const all = new Map([...jobs].map(([p, { job }]) => [p, job]));
  await site.until('they wait', () => site.all([p0, p1, p2], 'queued'));
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
