import { dirname, join } from 'node:path/posix';
import { z } from 'zod';
import type { PilotId } from '../../../protocol';
import { inRanges, type IRange } from '../ranges';
import type { IJob, ISubmission } from '../tokens';
import { EVENTS_FILE } from './submitFile';

/** What the database keeps of a pilot's job. */
const HTCondorJob = z.object({
  cluster: z.int().min(1),
  /** The proc, which is the pilot's number in its submission. */
  proc: z.int().min(0),
  /** The pilot's folder on the submit host. */
  folder: z.string()
});
export type HTCondorJob = z.infer<typeof HTCondorJob>;

/** @throws ZodError, SyntaxError for what was not made by `writeJob` */
export const readJob = (job: string): HTCondorJob => HTCondorJob.parse(JSON.parse(job));

export const writeJob = (job: HTCondorJob): IJob => ({
  job: JSON.stringify(job),
  schedulerId: jobId(job)
});

/** All jobs of a submission: they enter the queue together or not at all. */
export const jobsOf = (
  { folder, pilots }: Pick<ISubmission, 'folder' | 'pilots'>,
  cluster: number
): Map<PilotId, IJob> =>
  new Map(
    pilots.map((pilot, proc) => [
      pilot,
      writeJob({ cluster, proc, folder: join(folder, String(proc)) })
    ])
  );

/** As condor_q and the event log call it: `123.4`. */
export const jobId = ({ cluster, proc }: Pick<HTCondorJob, 'cluster' | 'proc'>): string =>
  `${cluster}.${proc}`;

/** The event log of a job's submission. */
export const logOf = ({ folder }: Pick<HTCondorJob, 'folder'>): string =>
  join(dirname(folder), EVENTS_FILE);

/**
 * The cluster in a reply of `condor_submit -terse`, `12.0 - 12.99`; null where
 * it is not that of so many pilots.
 */
export function submittedCluster(stdout: string, pilots: number): number | null {
  const found = /^(\d+)\.0 - (\d+)\.(\d+)$/.exec(stdout.trim().split('\n').at(-1)?.trim() ?? '');
  return found !== null && found[1] === found[2] && Number(found[3]) === pilots - 1
    ? Number(found[1])
    : null;
}

/** Ranges in one constraint: HTCondor evaluates all of it for each job in the queue. */
const MOST_RANGES = 200;

/** Exactly these jobs, in as few constraints as may be. */
export function jobConstraints(
  jobs: Iterable<Pick<HTCondorJob, 'cluster' | 'proc'>>,
  mostRanges = MOST_RANGES
): string[] {
  const clusters = new Map<number, Set<number>>();
  for (const { cluster, proc } of jobs) {
    clusters.set(cluster, (clusters.get(cluster) ?? new Set()).add(proc));
  }
  const all = [...clusters].flatMap(([cluster, procs]) =>
    inRanges(procs).map(range => ({ cluster, range }))
  );
  const constraints: string[] = [];
  for (let at = 0; at < all.length; at += mostRanges) {
    const some = new Map<number, IRange[]>();
    for (const { cluster, range } of all.slice(at, at + mostRanges)) {
      some.set(cluster, [...(some.get(cluster) ?? []), range]);
    }
    const terms = [...some].map(
      ([cluster, ranges]) => `ClusterId == ${cluster} && (${within('ProcId', ranges)})`
    );
    constraints.push(terms.length === 1 ? terms[0] : terms.map(term => `(${term})`).join(' || '));
  }
  return constraints;
}

/** All jobs of these clusters, and of others where there are too many to name. */
export function clustersConstraint(clusters: Iterable<number>): string {
  const ranges = inRanges(new Set(clusters));
  const first = ranges.at(0)?.first ?? 0;
  const last = ranges.at(-1)?.last ?? 0;
  return within('ClusterId', ranges.length > MOST_RANGES ? [{ first, last }] : ranges);
}

const within = (name: string, ranges: readonly IRange[]): string =>
  ranges
    .map(({ first, last }) =>
      first === last ? `${name} == ${first}` : `(${name} >= ${first} && ${name} <= ${last})`
    )
    .join(' || ');
