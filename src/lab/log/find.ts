/** Most places that are marked; more are counted only by saying so. */
const MOST = 1000;

/** Where a text is found in another, in any case of letters: offsets, in order. */
export function findAll(text: string, wanted: string): number[] {
  if (wanted === '') {
    return [];
  }
  const found: number[] = [];
  const expression = new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'giu');
  for (const match of text.matchAll(expression)) {
    found.push(match.index);
    if (found.length === MOST) {
      break;
    }
  }
  return found;
}

/** Whether there may be more places than were found. */
export const isCut = (found: readonly number[]): boolean => found.length === MOST;

/** A piece of a text: as it is, or one of the places found. */
export interface IPiece {
  readonly text: string;
  /** Which of the places, counted from 0; null: none. */
  readonly place: number | null;
}

/** A text in pieces, so that the places found can be marked. */
export function piecesOf(text: string, places: readonly number[], length: number): IPiece[] {
  const pieces: IPiece[] = [];
  let end = 0;
  places.forEach((begin, place) => {
    if (begin > end) {
      pieces.push({ text: text.slice(end, begin), place: null });
    }
    end = begin + length;
    pieces.push({ text: text.slice(begin, end), place });
  });
  if (end < text.length || pieces.length === 0) {
    pieces.push({ text: text.slice(end), place: null });
  }
  return pieces;
}
