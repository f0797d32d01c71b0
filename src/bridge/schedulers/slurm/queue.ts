import { UnreadableAnswer } from '../commands';
import { elementsOf } from './jobs';
import { stateName } from './states';

/** A job as squeue shows it. */
export interface IQueueRow {
  readonly id: string;
  readonly element: number;
  /** The long name. */
  readonly state: string;
  readonly nodes: string;
  readonly reason: string;
  /** As `find` asks for it; null where it was not asked for. */
  readonly name: string | null;
}

/**
 * Each line begins with our own mark, and the first is the header: so that
 * nothing at all is never taken for "no jobs". Free text comes last, and may
 * hold whatever it likes.
 */
const MARK = 'pilothouse';
const HEADER = `${MARK}|JOBID|ST|NODELIST|`;
const STATE_FORMAT = `${MARK}|%i|%t|%N|%r`;
const NAME_FORMAT = `${MARK}|%i|%t|%N|%j`;

/** Above this many arrays, all of the user's jobs are asked for instead. */
const MOST_IDS = 200;

/**
 * One question for all jobs: `--me` lets slurmctld send this user's jobs only;
 * `-r` gives each element its own line, since a group of pending ones hides
 * which of them is held.
 */
export function queueCommand(ids: readonly string[]): readonly string[] {
  return [...QUEUE, ...onlyIds(ids), '-o', STATE_FORMAT];
}

/** Jobs by their names, each of which one submission has. */
export function namesCommand(names: readonly string[]): readonly string[] {
  return [...QUEUE, '--name', names.join(','), '-o', NAME_FORMAT];
}

const QUEUE: readonly string[] = ['squeue', '--me', '-a', '-r', '-t', 'all'];

/** A single id that slurmctld has forgotten is an error to squeue, two are not: so one is given twice. */
export const onlyIds = (ids: readonly string[]): readonly string[] =>
  ids.length > MOST_IDS ? [] : ['-j', [...ids, ids[0]].join(',')];

/**
 * The lines of an answer of squeue's. Where SLURM_CLUSTERS names a cluster, the
 * first one repeats it; several clusters have several headers, and are not read.
 */
export function linesOf(stdout: string): string[] {
  const lines = stdout.split('\n');
  return lines[0].startsWith('CLUSTER: ') ? lines.slice(1) : lines;
}

/** @throws UnreadableAnswer for anything that squeue would not print */
export function parseQueue(stdout: string): IQueueRow[] {
  return parse(stdout, (row, rest) => ({ ...row, reason: rest, name: null }));
}

/** @throws UnreadableAnswer */
export function parseNames(stdout: string): IQueueRow[] {
  return parse(stdout, (row, rest) => ({ ...row, reason: '', name: rest }));
}

type Beginning = Pick<IQueueRow, 'id' | 'element' | 'state' | 'nodes'>;

function parse(stdout: string, row: (begins: Beginning, rest: string) => IQueueRow): IQueueRow[] {
  const lines = linesOf(stdout);
  if (lines.pop() !== '' || lines.shift()?.startsWith(HEADER) !== true) {
    throw new UnreadableAnswer(stdout.slice(0, 500));
  }
  const rows: IQueueRow[] = [];
  for (const line of lines) {
    const ofState = line.indexOf('|', MARK.length + 1);
    const ofNodes = line.indexOf('|', ofState + 1);
    const ofRest = line.indexOf('|', ofNodes + 1);
    if (!line.startsWith(`${MARK}|`) || ofState < 0 || ofNodes < 0 || ofRest < 0) {
      throw new UnreadableAnswer(line.slice(0, 500));
    }
    const job = line.slice(MARK.length + 1, ofState);
    if (!/^\d+([_+].*)?$/.test(job)) {
      throw new UnreadableAnswer(line.slice(0, 500));
    }
    const array = elementsOf(job);
    // Jobs that are no arrays are not ours.
    for (const element of array?.elements ?? []) {
      const begins: Beginning = {
        id: array?.id ?? '',
        element,
        state: stateName(line.slice(ofState + 1, ofNodes)),
        nodes: line.slice(ofNodes + 1, ofRest)
      };
      rows.push(row(begins, line.slice(ofRest + 1)));
    }
  }
  return rows;
}
