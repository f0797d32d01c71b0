import type { PilotId } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IDisposable, ILog } from '../tokens';
import type { ITrouble, JobReport } from './tokens';

/** Where trouble comes from; that of the queue is told first. */
export type Source = 'queue' | 'log';

/** Who hears of jobs and of trouble. */
export class Telling implements IDisposable {
  constructor(
    private readonly _log: ILog,
    /** For the log. */
    private readonly _whose: { readonly scheduler: string; readonly host: string }
  ) {}

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

  /** An error is trouble; one that no scheduler makes is noted, too. */
  failed(source: Source, error: unknown): void {
    const { scheduler, host } = this._whose;
    if (error instanceof PilothouseError) {
      this.trouble(source, { code: error.code, words: error.data.words ?? error.message });
    } else {
      this._log.error(`${scheduler}.${source}`, error, { host });
      this.trouble(source, { code: 'internal', words: String(error) });
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
