import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Profile } from '../../protocol';
import type { IHost } from '../hosts';
import type { ISubmission } from '../schedulers';
import type {
  IBridgeContext,
  ISubmissionRecord,
  ISubmissionStore,
  SubmissionState
} from '../tokens';
import { hasEnded, type IPilotEntry, type IPoolEntry, type ISubmissionEntry } from './model';

const ID_BYTES = 5;

/** All submissions whose files may still be there. */
export class SubmissionBook {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _store: ISubmissionStore
  ) {}

  all(): IterableIterator<ISubmissionEntry> {
    return this._entries.values();
  }

  /** Puts a new one on record, before anything is written. @throws Error of the database */
  plan(
    pool: IPoolEntry,
    profile: Profile,
    host: IHost,
    siteFolder: string,
    pilots: readonly IPilotEntry[]
  ): ISubmissionEntry {
    const id = randomBytes(ID_BYTES).toString('hex');
    const record: ISubmissionRecord = {
      id,
      pool: pool.pool,
      profile,
      folder: join(siteFolder, id),
      host: host.name,
      pilots: pilots.map(entry => entry.record.pilot.pilot),
      state: 'planned'
    };
    this._store.put(record);
    return this._enter(record, pilots);
  }

  /** Those of the database, with the pilots that are still listed. */
  adopt(pilotOf: (record: ISubmissionRecord) => readonly IPilotEntry[]): ISubmissionEntry[] {
    return this._store.submissions().map(record => {
      const entry = this._enter(record, pilotOf(record));
      for (const pilot of entry.pilots) {
        pilot.submission = entry;
      }
      return entry;
    });
  }

  /** @throws Error of the database */
  to(entry: ISubmissionEntry, state: SubmissionState): void {
    entry.record = { ...entry.record, state };
    this._store.put(entry.record);
  }

  /**
   * It never was, and its pilots are another's from now on: it stays on record
   * until its files are gone, should that be by the next bridge.
   */
  undo(entry: ISubmissionEntry): void {
    entry.pilots.clear();
    entry.record = { ...entry.record, pilots: [] };
    try {
      this.to(entry, 'known');
    } catch (error) {
      // The next bridge finds it as it was, and undoes it again.
      this._context.log.error('submissions.undo', error, { submission: entry.record.id });
    }
  }

  /** Takes submissions off the record; their files are gone, or never were. */
  forget(entries: readonly ISubmissionEntry[]): void {
    for (const { record } of entries) {
      this._entries.delete(record.id);
    }
    try {
      this._store.remove(entries.map(({ record }) => record.id));
    } catch (error) {
      // It is looked at again by the next bridge, which finds nothing to do for it.
      const submissions = entries.map(({ record }) => record.id);
      this._context.log.error('submissions.forget', error, { submissions });
    }
  }

  private _enter(record: ISubmissionRecord, pilots: readonly IPilotEntry[]): ISubmissionEntry {
    const entry: ISubmissionEntry = { record, pilots: new Set(pilots) };
    this._entries.set(record.id, entry);
    return entry;
  }

  private readonly _entries = new Map<string, ISubmissionEntry>();
}

/** As schedulers know it. */
export const submissionOf = ({ record }: ISubmissionEntry): ISubmission => ({
  id: record.id,
  profile: record.profile,
  folder: record.folder,
  pilots: record.pilots
});

/** Whether all that it was for is over. */
export const isOver = ({ pilots }: ISubmissionEntry): boolean => [...pilots].every(hasEnded);
