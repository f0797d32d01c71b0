import type { IClock } from '../clock';
import type { IExpected } from './pieces';

/** JupyterLab saves at once after it has looked. */
const FRESH_MS = 5000;

/**
 * How old a file was when JupyterLab looked, just before it saves: what is
 * written between the two, by somebody else, is then not lost unseen.
 */
export class LookedAt {
  constructor(private readonly _clock: Pick<IClock, 'now'>) {}

  note(localPath: string, modifiedAtMs: number): void {
    const atMs = this._clock.now();
    for (const [path, seen] of this._seen) {
      if (atMs - seen.atMs > FRESH_MS) {
        this._seen.delete(path);
      }
    }
    this._seen.set(localPath, { modifiedAtMs, atMs });
  }

  /** What the next save is to find; anything where nobody has just looked. */
  expected(localPath: string): IExpected {
    const seen = this._seen.get(localPath);
    this._seen.delete(localPath);
    return seen === undefined || this._clock.now() - seen.atMs > FRESH_MS
      ? {}
      : { modifiedAtMs: seen.modifiedAtMs };
  }

  private readonly _seen = new Map<string, { modifiedAtMs: number; atMs: number }>();
}
