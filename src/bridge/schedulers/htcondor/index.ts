import { batchScheduler } from '../batch';
import { SchedulerCommands } from '../commands';
import type { CreateScheduler } from '../tokens';
import { checkProfile } from './check';
import { dryRun } from './dryRun';
import { findJobs } from './find';
import { mostJobs } from './mostJobs';
import { order } from './orders';
import { submitJobs } from './submit';
import {
  ERROR_FILE,
  EVENTS_FILE,
  htcondorPlan,
  OUTPUT_FILE,
  SCRIPT_FILE,
  SUBMIT_FILE
} from './submitFile';
import { Watch } from './watch';

/** HTCondor's default for MAX_JOBS_PER_SUBMISSION is more; OSPool's policy is this. */
const USUAL_MOST = 10_000;

/** Pilots as procs of HTCondor's clusters. */
export const createScheduler: CreateScheduler = (context, host) => {
  const commands = new SchedulerCommands(host);
  let most: number | null = null;
  return batchScheduler({
    kind: 'htcondor',
    watch: new Watch(context, host, commands),
    plan: htcondorPlan,
    /** Where the submit host does not say, what is usual. */
    mostPerSubmission: async () => {
      try {
        most ??= await mostJobs(commands);
      } catch (error) {
        context.log.warn('htcondor.limits', { host: host.name, problem: String(error) });
      }
      return most ?? USUAL_MOST;
    },
    submit: submission => submitJobs(commands, host, submission),
    find: submissions => findJobs(commands, host, submissions),
    order: (what, jobs) => order(commands, what, jobs),
    files: () => ({
      output: OUTPUT_FILE,
      error: ERROR_FILE,
      script: `../${SCRIPT_FILE}`,
      submit: `../${SUBMIT_FILE}`,
      events: `../${EVENTS_FILE}`
    }),
    check: checkProfile,
    /** HTCondor has no partitions or accounts to choose from. */
    limits: () => Promise.resolve(null),
    dryRun: profile => dryRun(commands, host, profile)
  });
};
