import { Profile, walltimeSeconds } from '.';
import { parseWalltime, writeWalltime } from './walltime';

const HOUR = 3600;
const DAY = 24 * HOUR;

describe('a walltime, in every form that Slurm takes (sbatch(1), --time)', () => {
  it.each([
    ['60', HOUR],
    ['4:00', 240],
    ['1:30', 90],
    ['12:00:00', 12 * HOUR],
    ['48:00:01', 2 * DAY + 1],
    ['2-0', 2 * DAY],
    ['2-15:59', 2 * DAY + 15 * HOUR + 59 * 60],
    ['2-15:59:00', 2 * DAY + 15 * HOUR + 59 * 60],
    [' 7-00:00:00 ', 7 * DAY]
  ])('%s', (text, seconds) => {
    expect(parseWalltime(text)).toEqual({ seconds });
  });

  it.each([
    ['0', /longest life/],
    ['UNLIMITED', /longest life/],
    ['0:30', /one minute/],
    ['400-0', /year/],
    ['', /as Slurm does/],
    ['1h', /as Slurm does/],
    ['1:2:3:4', /as Slurm does/],
    ['1-2:3:4:5', /as Slurm does/],
    ['-5', /as Slurm does/],
    ['1.5', /as Slurm does/]
  ])('not %s', (text, problem) => {
    expect(parseWalltime(text)).toEqual({ problem: expect.stringMatching(problem) as string });
  });

  it.each([
    [60, '00:01:00'],
    [HOUR + 1, '01:00:01'],
    [2 * DAY + 15 * HOUR + 59 * 60, '2-15:59:00']
  ])('of %d seconds is written %s, which is read as the same', (seconds, text) => {
    expect(writeWalltime(seconds)).toBe(text);
    expect(parseWalltime(text)).toEqual({ seconds });
  });

  it('stands in a profile as it was written', () => {
    const profile = Profile.parse({ name: 'site', pilot: { walltime: '2-15:59:00' } });
    expect(profile.pilot.walltime).toBe('2-15:59:00');
    expect(walltimeSeconds(profile)).toBe(230_340);
    const refused = Profile.safeParse({ name: 'site', pilot: { walltime: '8 days' } });
    expect(refused.error?.issues[0]).toMatchObject({ path: ['pilot', 'walltime'] });
  });
});
