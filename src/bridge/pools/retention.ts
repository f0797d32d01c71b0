import { join } from 'node:path';
import { onceConnected } from '../hosts';
import type { IBridgeContext, IDisposable } from '../tokens';
import {
  hasEnded,
  profileOf,
  type IPilotEntry,
  type IPoolEntry,
  type ISubmissionEntry
} from './model';
import type { Sites } from './sites';
import { isOver, type SubmissionBook } from './submissionBook';

const DAY_MS = 24 * 3600 * 1000;
const LOOK_EVERY_MS = 3600 * 1000;
/**
 * Agents and runtimes, and what a copy that was cut short left of them. The
 * folder is a person's choice: theirs may bear names that are much like these.
 */
const MADE = /^(?:agent-[0-9a-f]{8,64}\.pyz|runtime-[0-9a-f]{32}\.tar\.gz)(?:\.[0-9a-f]{12})?$/;

/** Until when the files of an ended pilot are kept; null: it lives. */
export function keptUntilMs(entry: IPilotEntry): number | null {
  const { endedAtMs } = entry.record.pilot;
  return endedAtMs === null ? null : endedAtMs + profileOf(entry).logs.keepDays * DAY_MS;
}

/** Removes what ended pilots have left on submit hosts, when its time has come. */
export class Retention implements IDisposable {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _sites: Sites,
    private readonly _book: SubmissionBook
  ) {}

  start(): void {
    this._look();
    this._timer = this._context.clock.every(LOOK_EVERY_MS, () => {
      this._look();
    });
  }

  /** A pilot is listed no more: its folder goes, and the submission's with its last one. */
  forgotten(entry: IPilotEntry): void {
    const { submission, record } = entry;
    if (submission === null) {
      this._remove(entry, record.folder === '' ? [] : [record.folder]);
      return;
    }
    submission.pilots.delete(entry);
    if (submission.pilots.size === 0) {
      void this._removeAll([submission]);
    } else {
      this._remove(entry, [record.folder]);
    }
  }

  /** The files of one that never was go as soon as they can. */
  discard(submission: ISubmissionEntry): void {
    void this._removeAll([submission]);
  }

  /** Removes all that a pool has left, as soon as the last of its pilots has ended. */
  clear(pool: IPoolEntry): void {
    this._toClear.add(pool);
    this.closed(pool);
  }

  /** A pilot of this pool has ended. */
  closed(pool: IPoolEntry): void {
    if (this._toClear.has(pool) && pool.pilots.size === pool.ended.size) {
      this._toClear.delete(pool);
      const own = [...this._book.all()].filter(({ record }) => record.pool === pool.pool);
      void this._removeAll(own).then(() => this._removeMakings(own));
    }
  }

  dispose(): void {
    this._timer?.dispose();
  }

  private _look(): void {
    const now = this._context.clock.now();
    const old = [...this._book.all()].filter(
      submission =>
        submission.record.state === 'known' &&
        isOver(submission) &&
        [...submission.pilots].every(entry => (keptUntilMs(entry) ?? Infinity) <= now)
    );
    void this._removeAll(old);
  }

  /**
   * Never rejects: what cannot be removed is tried again at the next look. Where
   * nobody is logged in that waits until somebody is.
   */
  private async _removeAll(submissions: readonly ISubmissionEntry[]): Promise<void> {
    const removed: ISubmissionEntry[] = [];
    for (const submission of submissions.filter(each => !this._removing.has(each))) {
      const { id, profile, folder } = submission.record;
      this._removing.add(submission);
      try {
        const { host } = this._sites.of(profile);
        await new Promise<void>(resolve => void onceConnected(host, resolve));
        await host.remove([folder]);
        removed.push(submission);
      } catch (error) {
        this._context.log.error('retention.remove', error, { submission: id, folder });
      } finally {
        this._removing.delete(submission);
      }
    }
    if (removed.length > 0) {
      this._book.forget(removed);
    }
  }

  /** Agent and runtimes go with the last submission that may use them. Never rejects. */
  private async _removeMakings(gone: readonly ISubmissionEntry[]): Promise<void> {
    const left = [...this._book.all()].map(({ record }) => siteOf(record.folder));
    for (const { record } of gone) {
      const folder = siteOf(record.folder);
      if (left.includes(folder)) {
        continue;
      }
      left.push(folder);
      try {
        const { host } = this._sites.of(record.profile);
        const made = (await host.list(folder)).filter(
          ({ name, kind }) => kind === 'file' && MADE.test(name)
        );
        await host.remove(made.map(({ name }) => join(folder, name)));
      } catch (error) {
        this._context.log.error('retention.makings', error, { folder });
      }
    }
  }

  private _remove(entry: IPilotEntry, paths: readonly string[]): void {
    this._sites.clean(profileOf(entry), paths, 'pilot.folder');
  }

  private readonly _toClear = new Set<IPoolEntry>();
  private readonly _removing = new Set<ISubmissionEntry>();
  private _timer: IDisposable | null = null;
}

/** The folder that holds a submission's. */
const siteOf = (submissionFolder: string): string => join(submissionFolder, '..');

/** Whether what a pilot wrote may still be there. */
export const isKept = (entry: IPilotEntry, nowMs: number): boolean =>
  !hasEnded(entry) || (keptUntilMs(entry) ?? 0) > nowMs;
