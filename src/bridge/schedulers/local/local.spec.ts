import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PilotId, Profile, TIMES } from '../../../protocol';
import { systemClock } from '../../clock';
import { LocalHost } from '../../hosts/local';
import type { IBridgeContext } from '../../tokens';
import { until } from '../../until.fixture';
import type { IScheduler, ISubmission, JobReport } from '../tokens';
import { createScheduler } from '.';
import { jobEnvironment } from './environment';
import { startTimeOf, startTimeOfStat } from './processes';

const profile = Profile.parse({ name: 'local' });
const pilot = PilotId.parse('p1');

describe('a process’s start time', () => {
  it.each([
    ['a plain one', '7 (sh) S 1 7 7 0 -1 4 1 0 0 0 0 0 0 0 20 0 1 0 4711 99', '4711'],
    [
      'one with a nasty name',
      '7 (a) S (b)) S 1 7 7 0 -1 4 1 0 0 0 0 0 0 0 20 0 1 0 4711 99',
      '4711'
    ],
    ['a zombie', '7 (sh) Z 1 7 7 0 -1 4 1 0 0 0 0 0 0 0 20 0 1 0 4711 99', null],
    ['none', null, null]
  ])('of %s', (_, stat, expected) => {
    expect(startTimeOfStat(stat)).toBe(expected);
  });

  it('of this process is there and stays', () => {
    expect(startTimeOf(process.pid)).not.toBeNull();
    expect(startTimeOf(process.pid)).toBe(startTimeOf(process.pid));
  });
});

it('a job’s environment is that of a login and nothing else', () => {
  expect(
    jobEnvironment({ HOME: '/h', PATH: '/p', LC_ALL: 'C', JPY_API_TOKEN: 's', PYTHONPATH: 'x' })
  ).toEqual({ HOME: '/h', PATH: '/p', LC_ALL: 'C' });
});

describe('jobs as processes', () => {
  let home: string;
  let scheduler: IScheduler;
  let reports: JobReport[];

  const open = (): void => {
    const context: IBridgeContext = {
      clock: systemClock,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      times: TIMES,
      changes: { put: () => undefined, late: () => undefined },
      folders: { state: home, runtime: home },
      machine: 'test',
      agentFile: '',
      python: ''
    };
    scheduler = createScheduler(context, new LocalHost(context));
    reports = [];
    scheduler.onReport((_, report) => void reports.push(report));
  };
  beforeEach(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'ph-')));
    mkdirSync(join(home, '0'));
    open();
  });
  afterEach(() => {
    scheduler.dispose();
    rmSync(home, { recursive: true });
  });

  const submission = (): ISubmission => ({ id: 's1', profile, folder: home, pilots: [pilot] });
  const submit = async (script: string): Promise<{ job: string; pid: number }> => {
    writeFileSync(join(home, 'pilot.sh'), script);
    const { jobs } = await scheduler.submit(submission());
    const job = jobs.get(pilot) ?? { job: '', schedulerId: '' };
    scheduler.track(pilot, job.job, profile);
    return { job: job.job, pid: Number(job.schedulerId) };
  };
  /** What is reported of a job that is followed from now on. */
  const asked = async (job: string): Promise<JobReport | undefined> => {
    reports = [];
    scheduler.track(pilot, job, profile);
    await scheduler.ask();
    return reports.at(0);
  };
  const ended = (): JobReport | undefined => reports.find(({ state }) => state === 'ended');

  it('run in their folder, session and environment, with their output in it', async () => {
    const { pid } = await submit('pwd; ps -o sid= -p $$ | tr -d " "; env; cat; exit 3');
    await until('its end', () => ended() !== undefined);
    expect(ended()).toMatchObject({ exitCode: 3, signal: null });
    const output = readFileSync(join(home, '0', 'output'), 'utf8');
    expect(output).toMatch(new RegExp(`^${home}/0\n${pid}\n`));
    expect(output).not.toContain('JEST_WORKER_ID');
    expect(statSync(join(home, '0', 'output')).mode & 0o777).toBe(0o600);
  });

  it('that are killed say by what', async () => {
    const { pid } = await submit('sleep 300');
    await until('its start', () => reports.some(({ state }) => state === 'running'));
    process.kill(-pid, 'SIGKILL');
    await until('its end', () => ended() !== undefined);
    expect(ended()).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  });

  it('of a former bridge are found by their folder, watched, and their exit code is read', async () => {
    const { job, pid } = await submit('echo $$ > pid; sleep 0.6; echo 41 > exit');
    await until('its start', async () => (await scheduler.find([submission()])).size === 1);
    scheduler.dispose();
    open();
    const found = await scheduler.find([submission()]);
    expect(found.get(pilot)).toEqual({ job, schedulerId: String(pid) });
    expect(await asked(job)).toMatchObject({ state: 'running' });
    await until('its end', () => ended() !== undefined);
    expect(ended()).toMatchObject({ exitCode: 41 });
  });

  it('are not mistaken for a later process with the same id', async () => {
    const other = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
    const job = JSON.stringify({ pid: other.pid, startTime: '1', folder: join(home, '0') });
    expect(await asked(job)).toMatchObject({ state: 'ended', exitCode: null });
    await scheduler.remove(new Map([[pilot, job]]));
    other.kill('SIGUSR1');
    await until('its end', () => other.signalCode !== null);
    // Had it been taken for the job, SIGTERM would have been there first.
    expect(other.signalCode).toBe('SIGUSR1');
  });

  it('that do not heed SIGTERM are killed, with all of their group', async () => {
    const { job, pid } = await submit('trap "" TERM; echo ready; sleep 300; sleep 300');
    await until('it to listen', () => readFileSync(join(home, '0', 'output'), 'utf8') !== '');
    await scheduler.remove(new Map([[pilot, job]]));
    await until('its end', () => ended() !== undefined);
    expect(ended()).toMatchObject({ signal: 'SIGKILL' });
    await until('the end of its group', () => {
      try {
        return !process.kill(-pid, 0);
      } catch (error) {
        // Members that ended last stay as zombies until they are reaped.
        return (error as NodeJS.ErrnoException).code === 'ESRCH';
      }
    });
  }, 20_000);
});
