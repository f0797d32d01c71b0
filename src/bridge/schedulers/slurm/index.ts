import { batchScheduler } from '../batch';
import { SchedulerCommands } from '../commands';
import type { CreateScheduler } from '../tokens';
import { checkSlurm } from './check';
import { dryRun } from './dryRun';
import { findJobs } from './find';
import { ERROR_FILE, OUTPUT_FILE } from './header';
import { mostInOneArray, SlurmLimits } from './limits';
import { lookAt } from './look';
import { order } from './orders';
import { planSubmission, SCRIPT_FILE } from './plan';
import { submitJobs } from './submit';
import { Watch } from './watch';

/** Pilots as elements of Slurm's job arrays. */
export const createScheduler: CreateScheduler = (context, host) => {
  const commands = new SchedulerCommands(host);
  const limits = new SlurmLimits(commands, context.clock);
  return batchScheduler({
    kind: 'slurm',
    watch: new Watch(context, host, lookAt(commands, host)),
    plan: planSubmission,
    /** Where limits cannot be asked for, an array of the usual size is tried. */
    mostPerSubmission: async profile => {
      try {
        return mostInOneArray(profile, await limits.get(false));
      } catch (error) {
        context.log.warn('slurm.limits', { host: host.name, problem: String(error) });
        return mostInOneArray(profile, null);
      }
    },
    submit: submission => submitJobs(commands, host, submission),
    find: submissions => findJobs(commands, host, submissions),
    order: (what, jobs) => order(commands, what, jobs),
    files: () => ({ output: OUTPUT_FILE, error: ERROR_FILE, script: `../${SCRIPT_FILE}` }),
    check: checkSlurm,
    limits: again => limits.get(again),
    dryRun: profile => dryRun(commands, profile)
  });
};
