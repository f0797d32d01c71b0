import type { PilotId } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IHost } from '../../hosts/tokens';
import { SUBMIT_MS, wordsOf, type SchedulerCommands } from '../commands';
import { jobNameOf, type IJob, type ISubmission } from '../tokens';
import { clusterInLog } from './find';
import { jobsOf, submittedCluster } from './jobs';
import { submitCommand } from './submitFile';

/**
 * What condor_submit says where the schedd was not reached, or did not answer
 * (htcondor/src/condor_submit.V6/submit.cpp): nothing is known of what was
 * asked for.
 */
const UNREACHABLE =
  /can't find address|failed to (connect|fetch)|could not connect|connection (refused|reset|timed out|closed)|timed? ?out|SECMAN:|AUTHENTICATE:|CEDAR:|DAEMON:/i;
/** Said alone, the connection broke while the jobs were handed over; a refusal has its reason below. */
const NO_REASON = /failed to commit job submission into the queue\.\s*$/i;
/** Beside the reply of newer versions, and no warning. */
const HINT = /^To monitor your job\(s\), run: condor_watch_q\b.*$/gm;

/** Whether a failure leaves it open whether the jobs were taken. */
export const isOpen = (words: string): boolean => UNREACHABLE.test(words) || NO_REASON.test(words);

/** What was said beside a reply. */
export const warningsIn = (stderr: string): string =>
  stderr
    .replace(HINT, '')
    .replace(/\n{2,}/g, '\n')
    .trim()
    .slice(0, 4000);

/**
 * The one call for a submission.
 * @throws PilothouseError submit_failed where HTCondor refused it; any other:
 *   it may have been taken
 */
export async function submitJobs(
  commands: SchedulerCommands,
  host: IHost,
  submission: ISubmission
): Promise<{ jobs: Map<PilotId, IJob>; warnings: string }> {
  const { folder, pilots } = submission;
  const argv = submitCommand(jobNameOf(submission));
  const result = await commands.run(argv, { folder, timeoutMs: SUBMIT_MS });
  const words = wordsOf(result);
  if (result.exitCode !== 0) {
    if (isOpen(words) || (await clusterInLog(host, folder)) !== null) {
      throw commands.failure(argv, result);
    }
    throw new PilothouseError({
      code: 'submit_failed',
      params: { scheduler: 'htcondor' },
      machine: host.name,
      words
    });
  }
  const cluster = submittedCluster(result.stdout, pilots.length);
  if (cluster === null) {
    throw new PilothouseError({
      code: 'answer_unreadable',
      params: { command: argv[0] },
      machine: host.name,
      words
    });
  }
  return { jobs: jobsOf(submission, cluster), warnings: warningsIn(result.stderr) };
}
