import { Profile } from '../../protocol';
import type { IHost } from '../hosts/tokens';
import { SchedulerCommands } from './commands';
import { callsUnderWay, stillRuns, type ISubmitCommand } from './underWay';

const SBATCH: ISubmitCommand = { program: 'sbatch', beforeName: '--job-name=' };
const SUBMIT: ISubmitCommand = { program: 'condor_submit', beforeName: '-batch-name ' };
const profile = Profile.parse({ name: 'site', jobName: 'j', scheduler: { kind: 'slurm' } });
const [s1, s2] = ['s1', 's2'].map(id => ({ id, profile, folder: `/f/${id}`, pilots: [] }));

/** A machine with these processes. */
const machine = (...processes: string[]): IHost =>
  ({
    name: 'login1',
    run: () => {
      const stdout = ['ARGS', '/sbin/init', ...processes, ''].join('\n');
      return Promise.resolve({ exitCode: 0, signal: null, stdout, stderr: '' });
    }
  }) as unknown as IHost;

it.each<[string, ISubmitCommand, boolean]>([
  ['sbatch --parsable --job-name=j.s1 pilot.sh', SBATCH, true],
  ['/opt/slurm/bin/sbatch --job-name=j.s1 pilot.sh', SBATCH, true],
  ['/bin/sh /opt/site/sbatch --job-name=j.s1 pilot.sh', SBATCH, true],
  ['sbatch --job-name=j.s11 pilot.sh', SBATCH, false],
  ['/usr/bin/notsbatch --job-name=j.s1 pilot.sh', SBATCH, false],
  ['srun --job-name=j.s1 pilot.sh', SBATCH, false],
  ['condor_submit -terse -batch-name j.s1 job.sub', SUBMIT, true],
  ['python3 /usr/bin/condor_submit -batch-name j.s1 job.sub', SUBMIT, true],
  ['condor_submit -batch-name j.s11 job.sub', SUBMIT, false],
  ['condor_submit_dag -batch-name j.s1 job.dag', SUBMIT, false]
])('%s', async (process, command, is) => {
  const commands = new SchedulerCommands(machine(process));
  expect(await callsUnderWay(commands, command, [s1, s2])).toEqual(is ? [s1] : []);
});

it('says what still runs, and where', () => {
  expect(stillRuns(SBATCH, s2, machine())).toMatchObject({
    code: 'command_failed',
    data: {
      machine: 'login1',
      params: { command: 'sbatch' },
      words: 'The sbatch for j.s2 still runs, so its jobs may yet appear.'
    }
  });
});
