import type { PilotId } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IDisposable } from '../tokens';
import type { ITrouble, JobReport } from './tokens';

/** Where trouble comes from; that of the queue is told first. */
export type Source = 'queue' | 'log';

/** Who hears of jobs and of trouble. */
export class Telling implements IDisposable {
  onReport(call: (pilot: PilotId, report: JobReport) => void): IDisposable {
    this._reports.add(call);
    return { dispose: () => this._reports.delete(call) };
  }

  onTrouble(call: (trouble: ITrouble | null) => void): IDisposable {
    this._troubles.add(call);
    return { dispose: () => this._troubles.delete(call) };
  }

  report(pilot: PilotId, report: JobReport): void {
    for (const call of this._reports) {
      call(pilot, report);
    }
  }

  /** Told once for each change, not at each failure. */
  trouble(source: Source, trouble: ITrouble | null): void {
    this._known[source] = trouble;
    const now = this._known.queue ?? this._known.log;
    const said = now === null ? null : `${now.code} ${now.words}`;
    if (said !== this._said) {
      this._said = said;
      for (const call of this._troubles) {
        call(now);
      }
    }
  }

  dispose(): void {
    this._reports.clear();
    this._troubles.clear();
  }

  private readonly _reports = new Set<(pilot: PilotId, report: JobReport) => void>();
  private readonly _troubles = new Set<(trouble: ITrouble | null) => void>();
  private readonly _known: Record<Source, ITrouble | null> = { queue: null, log: null };
  private _said: string | null = null;
}

/** An error as trouble. */
export const troubleOf = (error: unknown): ITrouble =>
  error instanceof PilothouseError
    ? { code: error.code, words: error.data.words ?? error.message }
    : { code: 'internal', words: String(error) };
