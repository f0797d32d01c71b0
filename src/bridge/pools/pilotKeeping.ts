import type { PilotId } from '../../protocol';
import type { IBridgeContext, IDisposable, IPilotRecord, IPilotStore } from '../tokens';

/** How often a write that the disk did not take is tried again. */
const AGAIN_AFTER_MS = 2000;

/**
 * Brings pilots to the database. What happens to a pilot has happened, whether
 * or not the disk takes it: a full one is told of and tried again, and the
 * bridge goes on.
 */
export class PilotKeeping implements IDisposable {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _store: Pick<IPilotStore, 'putPilots' | 'removePilots'>
  ) {}

  put(records: readonly IPilotRecord[]): void {
    for (const record of records) {
      this._changed.set(record.pilot.pilot, record);
    }
    this._write();
  }

  remove(pilots: readonly PilotId[]): void {
    for (const pilot of pilots) {
      this._changed.set(pilot, null);
    }
    this._write();
  }

  /** Tries a last time. */
  dispose(): void {
    this._timer?.dispose();
    this._timer = null;
    this._disposed = true;
    this._write();
  }

  private _write(): void {
    if (this._changed.size === 0 || this._timer !== null) {
      return;
    }
    const records = [...this._changed.values()].filter(record => record !== null);
    const removed = [...this._changed].filter(([, record]) => record === null).map(([id]) => id);
    try {
      if (records.length > 0) {
        this._store.putPilots(records);
      }
      if (removed.length > 0) {
        this._store.removePilots(removed);
      }
      this._changed.clear();
    } catch (error) {
      this._context.log.error('pilots_not_saved', error, { pilots: this._changed.size });
      if (!this._disposed) {
        this._timer = this._context.clock.after(AGAIN_AFTER_MS, () => {
          this._timer = null;
          this._write();
        });
      }
    }
  }

  /** What the database does not have yet; null: a pilot that is forgotten. */
  private readonly _changed = new Map<PilotId, IPilotRecord | null>();
  private _timer: IDisposable | null = null;
  private _disposed = false;
}
