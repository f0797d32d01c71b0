import { basename, dirname, join } from 'node:path/posix';
import type { PilotId } from '../../../protocol';
import type { IHost } from '../../hosts/tokens';
import type { SchedulerCommands } from '../commands';
import { jobNameOf, type IJob, type ISubmission } from '../tokens';
import { callsUnderWay, stillRuns, type ISubmitCommand } from '../underWay';
import { askHistory, askQueue, textOf, type Ad } from './ads';
import { readEvents } from './eventLog';
import { jobsOf } from './jobs';
import { quoteForConstraint } from './quote';
import { EVENTS_FILE } from './submitFile';

/** Names in one question. */
const MOST_NAMES = 100;
/** The first event is far shorter. */
const FIRST_EVENT_BYTES = 16_384;
const SUBMIT: ISubmitCommand = { program: 'condor_submit', beforeName: '-batch-name ' };
const ATTRIBUTES = ['ClusterId', 'ProcId', 'JobBatchName', 'Iwd'];

/**
 * Jobs of submissions whose reply never came: by their own event logs, then by
 * their names in the queue, then among what has left it.
 * @throws PilothouseError where it cannot be known
 */
export async function findJobs(
  commands: SchedulerCommands,
  host: IHost,
  submissions: readonly ISubmission[]
): Promise<Map<PilotId, IJob>> {
  // Clusters, by the submissions' ids.
  const found = new Map<string, number>();
  const underWay = await callsUnderWay(commands, SUBMIT, submissions);
  for (const { id, folder } of submissions) {
    const cluster = await clusterInLog(host, folder);
    if (cluster !== null) {
      found.set(id, cluster);
    }
  }
  const questions = [
    (constraint: string) => askQueue(commands, constraint, ATTRIBUTES),
    // One of each is enough, and the most that are asked for.
    (constraint: string) =>
      askHistory(commands, `ProcId == 0 && (${constraint})`, ATTRIBUTES, MOST_NAMES)
  ];
  for (const ask of questions) {
    const open = submissions.filter(({ id }) => !found.has(id));
    for (let at = 0; at < open.length; at += MOST_NAMES) {
      const some = open.slice(at, at + MOST_NAMES);
      take(found, some, await ask(namesConstraint(some)));
    }
  }
  const waiting = underWay.find(({ id }) => !found.has(id));
  if (waiting !== undefined) {
    throw stillRuns(SUBMIT, waiting, host);
  }
  return new Map(
    submissions.flatMap(submission => {
      const cluster = found.get(submission.id);
      return cluster === undefined ? [] : [...jobsOf(submission, cluster)];
    })
  );
}

/** The cluster in a submission's event log, which lies in a folder that is ours alone; null: none. */
export async function clusterInLog(host: IHost, folder: string): Promise<number | null> {
  const piece = await host.read(join(folder, EVENTS_FILE), 0, FIRST_EVENT_BYTES);
  return piece === null ? null : (readEvents(piece.bytes).events.at(0)?.cluster ?? null);
}

const namesConstraint = (submissions: readonly ISubmission[]): string =>
  submissions
    .map(submission => `JobBatchName == ${quoteForConstraint(jobNameOf(submission))}`)
    .join(' || ');

function take(
  found: Map<string, number>,
  submissions: readonly ISubmission[],
  ads: readonly Ad[]
): void {
  const byName = new Map(submissions.map(submission => [jobNameOf(submission), submission]));
  for (const ad of ads) {
    const submission = byName.get(textOf(ad, 'JobBatchName') ?? '');
    // Anybody can give a job that name, but not the folder.
    const folder = dirname(textOf(ad, 'Iwd') ?? '');
    if (submission !== undefined && basename(folder) === basename(submission.folder)) {
      found.set(submission.id, ad.ClusterId);
    }
  }
}
