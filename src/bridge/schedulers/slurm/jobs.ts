import { z } from 'zod';
import { inRanges } from '../ranges';
import type { IJob } from '../tokens';

/** What the database keeps of a pilot's job. */
const SlurmJob = z.object({
  /** The array's id; null: it ran and ended before anybody learned its id. */
  id: z
    .string()
    .regex(/^[1-9]\d*$/)
    .nullable(),
  /** The array's element, which is the pilot's number in its submission. */
  element: z.int().min(0),
  /** The pilot's folder on the submit host. */
  folder: z.string()
});
export type SlurmJob = z.infer<typeof SlurmJob>;

/** @throws ZodError, SyntaxError for what was not made by `writeJob` */
export const readJob = (job: string): SlurmJob => SlurmJob.parse(JSON.parse(job));

export const writeJob = (job: SlurmJob): IJob => ({
  job: JSON.stringify(job),
  schedulerId: elementId(job)
});

/** As squeue, sacct and scancel call it: `123_4`. */
export const elementId = ({ id, element }: Pick<SlurmJob, 'id' | 'element'>): string =>
  `${id ?? '?'}_${element}`;

/** The reply of `sbatch --parsable`: an id, and a cluster's name where there are several; null: it is none. */
export function submittedId(stdout: string): string | null {
  return /^\s*([1-9]\d*)(;[^\s;]+)?\s*$/.exec(stdout)?.[1] ?? null;
}

/** Characters of one argument, far below what any system allows a line of commands. */
const MOST_CHARS = 8000;

/**
 * Elements of arrays as scancel and scontrol take them: `12_[1-3,7]`, one
 * expression an array, or several where one would be too long.
 */
export function jobExpressions(jobs: Iterable<SlurmJob>, mostChars = MOST_CHARS): string[] {
  const arrays = new Map<string, Set<number>>();
  for (const { id, element } of jobs) {
    if (id !== null) {
      const elements = arrays.get(id) ?? new Set();
      arrays.set(id, elements.add(element));
    }
  }
  const expressions: string[] = [];
  for (const [id, elements] of arrays) {
    let piece = '';
    for (const range of ranges(elements)) {
      if (piece !== '' && id.length + piece.length + range.length + 4 > mostChars) {
        expressions.push(`${id}_[${piece}]`);
        piece = '';
      }
      piece += piece === '' ? range : `,${range}`;
    }
    expressions.push(/^\d+$/.test(piece) ? `${id}_${piece}` : `${id}_[${piece}]`);
  }
  return expressions;
}

/** `1-3`, `7` */
const ranges = (elements: Iterable<number>): string[] =>
  inRanges(elements).map(({ first, last }) =>
    first === last ? String(first) : `${first}-${last}`
  );

/** Groups words for commands so that no line is longer than this. */
export function inLines(words: readonly string[], mostChars = 4 * MOST_CHARS): string[][] {
  const lines: string[][] = [];
  let chars = Infinity;
  for (const word of words) {
    chars += word.length + 1;
    if (chars > mostChars) {
      lines.push([]);
      chars = word.length + 1;
    }
    lines.at(-1)?.push(word);
  }
  return lines;
}

/** `123_4`, `123_[5-7,9%2]` or `123` as the elements they are; null: it is no job of an array. */
export function elementsOf(text: string): { id: string; elements: number[] } | null {
  const found = /^(\d+)_(?:(\d+)|\[([\d,:-]+)(?:%\d+)?\])$/.exec(text);
  if (found === null) {
    return null;
  }
  const single = found.at(2);
  if (single !== undefined) {
    return { id: found[1], elements: [Number(single)] };
  }
  const elements: number[] = [];
  for (const range of found[3].split(',')) {
    const part = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(range);
    if (part === null) {
      return null;
    }
    const first = Number(part[1]);
    const last = Number(part.at(2) ?? first);
    const step = Number(part.at(3) ?? 1);
    if (step < 1 || last - first > 5_000_000) {
      return null;
    }
    for (let element = first; element <= last; element += step) {
      elements.push(element);
    }
  }
  return { id: found[1], elements };
}
