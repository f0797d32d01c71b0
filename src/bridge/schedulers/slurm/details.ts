import { elementsOf } from './jobs';
import { UnreadableAnswer } from '../commands';
import { linesOf, onlyIds } from './queue';

/** What squeue can say of a job only in columns of a fixed width. */
export interface IDetails {
  readonly id: string;
  readonly element: number;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly restarts: number;
}

/** Columns and their widths; padded, so asked only for jobs that have just changed. */
const COLUMNS = [
  ['JobArrayID', 40],
  ['exit_code', 14],
  ['RestartCnt', 14]
] as const;

/** One question for all jobs that have ended or were queued again. */
export const detailsCommand = (ids: readonly string[]): readonly string[] => [
  ...['squeue', '--me', '-a', '-r', '-t', 'all', ...onlyIds(ids)],
  ...['-O', COLUMNS.map(([name, width]) => `${name}:${width}`).join(',')]
];

/** @throws UnreadableAnswer */
export function parseDetails(stdout: string): IDetails[] {
  const lines = linesOf(stdout);
  if (lines.pop() !== '' || lines.shift()?.startsWith('JOBID') !== true) {
    throw new UnreadableAnswer(stdout.slice(0, 500));
  }
  return lines.flatMap(line => {
    let at = 0;
    const [job, status, restarts] = COLUMNS.map(([, width]) => {
      at += width;
      return line.slice(at - width, at).trim();
    });
    const array = elementsOf(job);
    if (array === null) {
      return [];
    }
    if (!/^\d+$/.test(status) || !/^\d+$/.test(restarts)) {
      throw new UnreadableAnswer(line.slice(0, 500));
    }
    return array.elements.map(element => ({
      id: array.id,
      element,
      ...waitStatus(Number(status)),
      restarts: Number(restarts)
    }));
  });
}

/** What wait(2) gave slurmstepd: the low seven bits are a signal. */
function waitStatus(status: number): Pick<IDetails, 'exitCode' | 'signal'> {
  const signal = status & 0x7f;
  return signal === 0
    ? { exitCode: (status >> 8) & 0xff, signal: null }
    : { exitCode: null, signal };
}
