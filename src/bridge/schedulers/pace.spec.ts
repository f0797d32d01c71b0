import { paceOf, paceOfJobs, waitMs } from './pace';

describe('the pace', () => {
  const polling = (floorSeconds: number, everySeconds: number, ceilingSeconds: number) => ({
    floorSeconds,
    everySeconds,
    ceilingSeconds
  });

  it('is that of the most careful profile', () => {
    expect(paceOf([polling(30, 60, 180), polling(120, 120, 60)])).toEqual({
      floorMs: 120_000,
      everyMs: 120_000,
      ceilingMs: 180_000
    });
    const jobs = [{ polling: polling(30, 60, 180) }, { polling: polling(120, 120, 60) }];
    expect(paceOfJobs([...jobs, ...jobs])).toEqual(paceOf(jobs.map(job => job.polling)));
  });

  it('doubles with each failure up to the ceiling', () => {
    const pace = paceOf([polling(30, 60, 180)]);
    expect([0, 1, 2, 9].map(failures => waitMs(pace, failures))).toEqual([
      60_000, 120_000, 180_000, 180_000
    ]);
  });
});
