import { z } from 'zod';
import { PilotId, PoolName, Profile } from '../../protocol';
import type { ILog, ISubmissionRecord, ISubmissionStore } from '../tokens';
import { transaction, type Database } from './sqlite';

const State = z.enum(['planned', 'written', 'called', 'known']);

/** Submissions in the database: from before their call until their files are removed. */
export class SubmissionStore implements ISubmissionStore {
  constructor(
    private readonly _database: Database,
    private readonly _log: ILog
  ) {
    this._put = _database.prepare(
      `INSERT INTO submissions (submission, pool, host, folder, state, pilots, profile)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (submission) DO UPDATE SET state = excluded.state, pilots = excluded.pilots`
    );
    this._remove = _database.prepare('DELETE FROM submissions WHERE submission = ?');
  }

  submissions(): ISubmissionRecord[] {
    const records: ISubmissionRecord[] = [];
    for (const row of this._database.prepare('SELECT * FROM submissions ORDER BY rowid').all()) {
      try {
        records.push({
          id: String(row.submission),
          pool: PoolName.parse(row.pool),
          host: String(row.host),
          folder: String(row.folder),
          state: State.parse(row.state),
          pilots: z.array(PilotId).parse(JSON.parse(String(row.pilots))),
          profile: Profile.parse(JSON.parse(String(row.profile)))
        });
      } catch (error) {
        // Its pilots go on by their pool's profile.
        this._log.error('submission_unreadable', error, { submission: row.submission });
      }
    }
    return records;
  }

  put({ id, pool, host, folder, state, pilots, profile }: ISubmissionRecord): void {
    const lists = [JSON.stringify(pilots), JSON.stringify(profile)];
    this._put.run(id, pool, host, folder, state, ...lists);
  }

  remove(ids: readonly string[]): void {
    transaction(this._database, () => {
      for (const id of ids) {
        this._remove.run(id);
      }
    });
  }

  private readonly _put;
  private readonly _remove;
}
