import type { IBridgeContext, IDisposable, IProfiles } from '../tokens';
import { PilothouseError } from '../errors';
import type { Schedulers } from '../schedulers';
import type { IAgentListener, PilotSecrets } from '../tunnels';
import type { Endings } from './endings';
import { hasEnded, type IPilotEntry, type IPoolEntry } from './model';
import type { PilotBook } from './pilotBook';
import { makePilotFolder, SCRIPT_FILE } from './pilotFolder';

/** Hands requested pilots to their scheduler, those of one moment in one call. */
export class Submissions implements IDisposable {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _profiles: IProfiles,
    private readonly _schedulers: Schedulers,
    private readonly _pilots: PilotBook,
    private readonly _endings: Endings,
    private readonly _secrets: PilotSecrets,
    private readonly _listener: IAgentListener
  ) {}

  /** Submits what the pool has requested, after the time in which more may be. */
  soon(pool: IPoolEntry): void {
    if (!this._waiting.has(pool)) {
      const { clock, times } = this._context;
      this._waiting.set(
        pool,
        clock.after(times.coalesceMs, () => {
          this._waiting.delete(pool);
          void this._submit(pool);
        })
      );
    }
  }

  /** A submission under way is left to the next bridge, which finds its jobs. */
  dispose(): void {
    this._disposed = true;
    for (const timer of this._waiting.values()) {
      timer.dispose();
    }
    this._waiting.clear();
  }

  /** Never rejects: what fails ends the pilots with the reason. */
  private async _submit(pool: IPoolEntry): Promise<void> {
    const entries = [...pool.pilots.values()].filter(isToBeSubmitted);
    if (entries.length === 0) {
      return;
    }
    for (const entry of entries) {
      entry.submitting = true;
    }
    try {
      pool.profile = this._profiles.get(pool.pool);
      for (const entry of entries) {
        this._makeFolder(pool, entry);
      }
      const scheduler = this._schedulers.get(pool.profile.scheduler.kind);
      const jobs = await scheduler.submit(
        entries.map(({ record }) => ({
          pilot: record.pilot.pilot,
          folder: record.folder,
          script: SCRIPT_FILE,
          profile: pool.profile
        }))
      );
      if (this._disposed) {
        return;
      }
      for (const entry of entries) {
        const job = jobs.get(entry.record.pilot.pilot);
        if (job === undefined) {
          this._failed(entry, 'the scheduler did not say what became of it');
        } else {
          this._pilots.setJob(entry, job.job, job.schedulerId);
        }
      }
    } catch (error) {
      this._context.log.error('pilots.submit', error, { pool: pool.pool, count: entries.length });
      if (this._disposed) {
        return;
      }
      const words =
        error instanceof PilothouseError ? (error.data.words ?? error.message) : String(error);
      for (const entry of entries) {
        this._failed(entry, words);
      }
    }
    for (const entry of entries) {
      entry.submitting = false;
      this._endings.resume(entry);
    }
  }

  private _makeFolder(pool: IPoolEntry, entry: IPilotEntry): void {
    const { clock, times, agentFile } = this._context;
    const { folder, pilot, executable } = entry.record;
    makePilotFolder(
      {
        folder,
        pilot,
        profile: pool.profile,
        python: executable,
        agentFile,
        kept: pool.typed !== null || pool.profile.scaling.min > 0,
        nowMs: clock.now(),
        times
      },
      this._secrets,
      this._listener
    );
  }

  private _failed(entry: IPilotEntry, words: string): void {
    this._endings.close(entry, { end: 'failed', cause: 'submit_failed', words });
  }

  private _disposed = false;
  private readonly _waiting = new Map<IPoolEntry, IDisposable>();
}

function isToBeSubmitted(entry: IPilotEntry): boolean {
  return (
    entry.record.pilot.state === 'requested' &&
    !entry.submitting &&
    entry.record.job === null &&
    entry.ending === null &&
    !hasEnded(entry)
  );
}
