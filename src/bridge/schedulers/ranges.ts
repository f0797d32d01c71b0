/** Whole numbers that follow each other. */
export interface IRange {
  readonly first: number;
  readonly last: number;
}

/** Numbers in their order, neighbours together: 3, 1, 2, 7 are 1 to 3 and 7. */
export function inRanges(numbers: Iterable<number>): IRange[] {
  const sorted = [...numbers].sort((a, b) => a - b);
  const found: { first: number; last: number }[] = [];
  for (const number of sorted) {
    const range = found.at(-1);
    if (range !== undefined && number <= range.last + 1) {
      range.last = number;
    } else {
      found.push({ first: number, last: number });
    }
  }
  return found;
}
