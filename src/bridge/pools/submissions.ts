import type { IHost } from '../hosts';
import type { IBridgeContext, IDisposable, IProfiles } from '../tokens';
import { mayPass } from '../tunnels';
import { checkAgain } from './checkAgain';
import { Handover, type IHandoverParts } from './handover';
import type { Makings } from './makings';
import { hasEnded, type IPilotEntry, type IPoolEntry, type ISubmissionEntry } from './model';
import { Patience } from './patience';
import type { Retention } from './retention';
import { setbackOf } from './setbacks';
import { WaitingPools } from './waitingPools';

/** What submissions are made of. */
export interface ISubmissionsParts extends IHandoverParts {
  readonly profiles: IProfiles;
  readonly makings: Makings;
  readonly retention: Pick<Retention, 'discard'>;
}

/**
 * Gathers requested pilots, those of one moment and kind in one submission, and
 * has it handed over once all is there that it needs.
 */
export class Submissions implements IDisposable {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _parts: ISubmissionsParts
  ) {
    this._patience = new Patience(_context);
    this._waiting = new WaitingPools(_context.clock, pool => {
      void this._submit(pool);
    });
    this._handover = new Handover(_context, _parts, (submission, afterMs) => {
      this.undo(submission, afterMs);
    });
  }

  /** Submits what the pool has requested, after the time in which more may be. */
  soon(pool: IPoolEntry, afterMs = this._context.times.coalesceMs): void {
    this._waiting.after(pool, afterMs);
  }

  /** Its call was made, and nobody knows what came of it. */
  settle(submission: ISubmissionEntry, words: string): void {
    this._handover.settle(submission, words);
  }

  /** Its call was never made: its pilots are submitted anew. */
  undo(submission: ISubmissionEntry, afterMs?: number): void {
    const { record, pilots } = submission;
    this._context.log.info('submission.undone', { submission: record.id });
    const again = [...pilots].filter(entry => !hasEnded(entry));
    this._parts.book.undo(submission);
    this._parts.pilots.unplace(again);
    this._parts.retention.discard(submission);
    this._parts.endings.submissionOver(again);
    for (const pool of new Set(again.map(entry => entry.pool))) {
      this.soon(pool, afterMs);
    }
  }

  dispose(): void {
    this._disposed = true;
    this._waiting.dispose();
    this._handover.dispose();
  }

  /** Never rejects: what fails ends the pilots with the reason. */
  private async _submit(pool: IPoolEntry): Promise<void> {
    const byKey = new Map<string, IPilotEntry[]>();
    for (const entry of pool.pilots.values()) {
      if (isToBeSubmitted(entry)) {
        entry.submitting = true;
        const key = entry.record.executable;
        byKey.set(key, [...(byKey.get(key) ?? []), entry]);
      }
    }
    for (const [key, entries] of byKey) {
      try {
        await this._submitFor(pool, key, entries);
      } catch (error) {
        this._setBack(pool, entries, error);
      }
    }
  }

  /** @throws PilothouseError of what a submission needs; nothing was called for those that have none */
  private async _submitFor(
    pool: IPoolEntry,
    key: string,
    entries: readonly IPilotEntry[]
  ): Promise<void> {
    const { profiles, sites, makings, book, pilots, endings, identity } = this._parts;
    const executable = entries[0]?.record.pilot.runtime.executable ?? this._context.python;
    pool.profile = profiles.get(pool.pool);
    const { profile } = pool;
    const site = sites.of(profile);
    checkAgain(profile, site);
    if (!site.host.connected) {
      this._awaitLogin(pool, site.host, entries);
      return;
    }
    const addresses = await identity.uplinks.addresses(profile);
    this._patience.over(pool);
    const folder = await site.host.folder(profile.submitHost.folder);
    const made = await makings.make(profile, site.host, { key, executable });
    const most = await site.scheduler.mostPerSubmission(profile);
    await makings.send(site.host, folder, made);
    if (this._disposed) {
      return;
    }
    // Who was ended meanwhile was never submitted.
    endings.submissionOver(entries.filter(({ ending }) => ending !== null));
    const left = entries.filter(({ ending }) => ending === null);
    for (let at = 0; at < left.length; at += most) {
      const part = left.slice(at, at + most);
      const submission = book.plan(pool, profile, site.host, folder, part);
      pilots.place(submission, made.key);
      await this._handover.hand(submission, site, made.makings, addresses);
    }
  }

  private _setBack(pool: IPoolEntry, entries: readonly IPilotEntry[], error: unknown): void {
    this._context.log.error('pilots.submit', error, { pool: pool.pool, count: entries.length });
    if (this._disposed) {
      return;
    }
    const { sites, pilots, endings } = this._parts;
    const left = entries.filter(({ submission, submitting }) => submitting && submission === null);
    const { host } = sites.of(pool.profile);
    const setback = setbackOf(error, {
      connected: host.connected,
      wayAgainAfterMs: mayPass(error) ? this._patience.next(pool) : null
    });
    switch (setback.kind) {
      case 'await login':
        this._awaitLogin(pool, host, left);
        break;
      case 'again': {
        const { cause, words, afterMs } = setback;
        pilots.applyAll(left, { kind: 'waits', cause, words });
        endings.submissionOver(left);
        this.soon(pool, afterMs);
        break;
      }
      case 'fail':
        endings.notSubmitted(left, 'not_submitted', setback.words);
        break;
    }
  }

  /** Nobody is logged in: its pilots stay as they are, and are submitted as soon as somebody is. */
  private _awaitLogin(pool: IPoolEntry, host: IHost, entries: readonly IPilotEntry[]): void {
    const words = `Nobody is logged in to ${host.name}.`;
    this._parts.pilots.applyAll(entries, { kind: 'waits', cause: 'login_needed', words });
    this._parts.endings.submissionOver(entries);
    this._waiting.afterLogin(pool, host, this._context.times.coalesceMs);
  }

  private readonly _patience: Patience<IPoolEntry>;
  private readonly _waiting: WaitingPools<IPoolEntry>;
  private readonly _handover: Handover;
  private _disposed = false;
}

function isToBeSubmitted(entry: IPilotEntry): boolean {
  return (
    entry.record.pilot.state === 'requested' &&
    !entry.submitting &&
    entry.submission === null &&
    entry.record.job === null &&
    entry.ending === null &&
    !hasEnded(entry)
  );
}
