import { PilothouseError } from '../errors';
import type { IHost } from '../hosts/tokens';
import type { SchedulerCommands } from './commands';
import { jobNameOf, type ISubmission } from './tokens';

/** The command that submits: how it is known among a machine's processes. */
export interface ISubmitCommand {
  /** `sbatch` */
  readonly program: string;
  /** What stands before the jobs' name: `--job-name=` */
  readonly beforeName: string;
}

/**
 * Submissions whose command still runs: it outlives a bridge that was killed,
 * and may be waiting for its scheduler. To be asked before the scheduler is: a
 * command that ends meanwhile has its jobs in the queue then.
 */
export async function callsUnderWay(
  commands: SchedulerCommands,
  { program, beforeName }: ISubmitCommand,
  submissions: readonly ISubmission[]
): Promise<readonly ISubmission[]> {
  const { stdout } = await commands.run(['ps', '-A', '-o', 'args=']);
  const isCall = new RegExp(`(^|[/ ])${program}\\s`);
  const calls = stdout.split('\n').filter(line => isCall.test(line));
  return submissions.filter(submission =>
    calls.some(line => line.includes(`${beforeName}${jobNameOf(submission)} `))
  );
}

/** As long as it runs nobody knows. */
export const stillRuns = (
  { program }: ISubmitCommand,
  submission: ISubmission,
  host: IHost
): PilothouseError =>
  new PilothouseError({
    code: 'command_failed',
    params: { command: program, problem: 'it still runs' },
    machine: host.name,
    words: `The ${program} for ${jobNameOf(submission)} still runs, so its jobs may yet appear.`
  });
