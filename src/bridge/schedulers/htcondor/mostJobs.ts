import { LIMITS } from '../../../protocol';
import type { SchedulerCommands } from '../commands';

/** HTCondor's own limits for one submission and one user (manual, "condor_schedd Configuration"). */
const NAMES = ['MAX_JOBS_PER_SUBMISSION', 'MAX_JOBS_PER_OWNER'];

/**
 * Most jobs that one submission may have, as this submit host is configured.
 * @throws PilothouseError where it cannot be asked
 */
export async function mostJobs(commands: SchedulerCommands): Promise<number> {
  const { stdout } = await commands.run(['condor_config_val', ...NAMES]);
  return readMost(stdout);
}

/** What is not defined is not limited. */
export const readMost = (stdout: string): number =>
  Math.min(
    LIMITS.pilotsPerPool,
    ...stdout
      .split('\n')
      .filter(line => /^\d+$/.test(line.trim()))
      .map(Number)
      .filter(most => most > 0)
  );
