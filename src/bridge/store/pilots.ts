import { ExecutorId, Pilot, PoolName, type PilotId } from '../../protocol';
import type { ILog, IPilotRecord, IPilotStore } from '../tokens';
import { transaction, type Database } from './sqlite';

/** Pilots, typed numbers, orders to rest and small values in the database. */
export class PilotStore implements IPilotStore {
  constructor(
    private readonly _database: Database,
    private readonly _log: ILog
  ) {
    const prepare = _database.prepare.bind(_database);
    this._putPilot = prepare(
      `INSERT INTO pilots (pilot, folder, job, executable, value) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (pilot) DO UPDATE SET folder = excluded.folder, job = excluded.job,
         executable = excluded.executable, value = excluded.value`
    );
    this._removePilot = prepare('DELETE FROM pilots WHERE pilot = ?');
    this._removeRan = prepare('DELETE FROM pilot_tasks WHERE pilot = ?');
    this._putTyped = prepare(
      'INSERT INTO typed (pool, count) VALUES (?, ?) ON CONFLICT (pool) DO UPDATE SET count = excluded.count'
    );
    this._removeTyped = prepare('DELETE FROM typed WHERE pool = ?');
    this._rests = prepare('SELECT executor, unfinished FROM rests WHERE pool = ?');
    this._putRest = prepare('INSERT INTO rests (pool, executor, unfinished) VALUES (?, ?, ?)');
    this._removeRests = prepare('DELETE FROM rests WHERE pool = ?');
    this._value = prepare('SELECT value FROM small_values WHERE name = ?');
    this._putValue = prepare(
      'INSERT INTO small_values (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value'
    );
  }

  pilots(): IPilotRecord[] {
    const records: IPilotRecord[] = [];
    for (const row of this._database.prepare('SELECT * FROM pilots ORDER BY rowid').all()) {
      try {
        records.push({
          pilot: Pilot.parse(JSON.parse(String(row.value))),
          folder: String(row.folder),
          job: row.job === null ? null : String(row.job),
          executable: String(row.executable)
        });
      } catch (error) {
        // One row that cannot be read must not hide the other pilots; this one ends by itself.
        this._log.error('pilot_unreadable', error, { pilot: row.pilot });
      }
    }
    return records;
  }

  putPilots(records: readonly IPilotRecord[]): void {
    transaction(this._database, () => {
      for (const { pilot, folder, job, executable } of records) {
        this._putPilot.run(pilot.pilot, folder, job, executable, JSON.stringify(pilot));
      }
    });
  }

  removePilots(ids: readonly PilotId[]): void {
    transaction(this._database, () => {
      for (const id of ids) {
        this._removePilot.run(id);
        this._removeRan.run(id);
      }
    });
  }

  typed(): Map<PoolName, number> {
    const rows = this._database.prepare('SELECT pool, count FROM typed').all();
    return new Map(rows.map(row => [PoolName.parse(row.pool), Number(row.count)]));
  }

  putTyped(pool: PoolName, count: number | null): void {
    if (count === null) {
      this._removeTyped.run(pool);
    } else {
      this._putTyped.run(pool, count);
    }
  }

  rests(pool: PoolName): Map<ExecutorId, number> {
    const rows = this._rests.all(pool);
    return new Map(rows.map(row => [ExecutorId.parse(row.executor), Number(row.unfinished)]));
  }

  putRests(pool: PoolName, rests: ReadonlyMap<ExecutorId, number>): void {
    transaction(this._database, () => {
      this._removeRests.run(pool);
      for (const [executor, unfinished] of rests) {
        this._putRest.run(pool, executor, unfinished);
      }
    });
  }

  value(key: string): string | null {
    const row = this._value.get(key);
    return row === undefined ? null : String(row.value);
  }

  putValue(key: string, value: string): void {
    this._putValue.run(key, value);
  }

  private readonly _putPilot;
  private readonly _removePilot;
  private readonly _removeRan;
  private readonly _putTyped;
  private readonly _removeTyped;
  private readonly _rests;
  private readonly _putRest;
  private readonly _removeRests;
  private readonly _value;
  private readonly _putValue;
}
