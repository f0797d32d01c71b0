import { join } from 'node:path/posix';
import type { PilotId } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IHost } from '../../hosts/tokens';
import { SUBMIT_MS, wordsOf, type SchedulerCommands } from '../commands';
import { jobNameOf, type IJob, type ISubmission } from '../tokens';
import { folderProblem } from './check';
import { isUnreachable } from './commands';
import { submittedId, writeJob } from './jobs';
import { submitCommand } from './plan';

const refused = (host: IHost, words: string): PilothouseError =>
  new PilothouseError({
    code: 'submit_failed',
    params: { scheduler: 'slurm' },
    machine: host.name,
    words
  });

/**
 * The one call for a submission.
 * @throws PilothouseError submit_failed where Slurm refused it; any other: it
 *   may have been taken
 */
export async function submitJobs(
  commands: SchedulerCommands,
  host: IHost,
  submission: ISubmission
): Promise<{ jobs: Map<PilotId, IJob>; warnings: string }> {
  const argv = submitCommand(jobNameOf(submission));
  const { folder } = submission;
  const unfit = folderProblem(folder);
  if (unfit !== null) {
    throw refused(host, `${folder}: ${unfit}`);
  }
  const result = await commands.run(argv, { folder, timeoutMs: SUBMIT_MS });
  const words = wordsOf(result);
  if (result.exitCode !== 0) {
    if (isUnreachable(words)) {
      throw commands.failure(argv, result);
    }
    throw refused(host, words);
  }
  const id = submittedId(result.stdout);
  if (id === null) {
    throw new PilothouseError({
      code: 'answer_unreadable',
      params: { command: argv[0] },
      machine: host.name,
      words
    });
  }
  const jobs = new Map(
    submission.pilots.map((pilot, element) => [
      pilot,
      writeJob({ id, element, folder: join(folder, String(element)) })
    ])
  );
  return { jobs, warnings: result.stderr.trim().slice(0, 4000) };
}
