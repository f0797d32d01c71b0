import { PilothouseError } from '../errors';

/** What an error says to a person: the tool's own words if it has some. */
export function wordsOf(error: unknown): string {
  if (error instanceof PilothouseError) {
    const { path, problem } = error.data.params;
    return (
      error.data.words ??
      (typeof problem === 'string' ? [path, problem].filter(Boolean).join(': ') : error.message)
    );
  }
  return error instanceof Error ? error.message : String(error);
}
