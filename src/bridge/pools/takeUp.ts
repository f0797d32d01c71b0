import type { IBridgeContext, IPilotStore } from '../tokens';
import type { Agents } from './agents';
import type { Endings } from './endings';
import { wordsOf } from './errorWords';
import { hasEnded, profileOf, type IPilotEntry, type ISubmissionEntry } from './model';
import type { PilotBook } from './pilotBook';
import type { PoolBook } from './poolBook';
import type { Reunion } from './reunion';
import type { Sites } from './sites';
import type { SubmissionBook } from './submissionBook';
import type { Submissions } from './submissions';

/** What is needed to go on where the bridge before ended. */
export interface ITakeUpParts {
  readonly context: IBridgeContext;
  readonly store: IPilotStore;
  readonly sites: Sites;
  readonly pools: PoolBook;
  readonly pilots: PilotBook;
  readonly book: SubmissionBook;
  readonly submissions: Submissions;
  readonly endings: Endings;
  readonly agents: Agents;
  readonly reunion: Reunion;
}

/**
 * Takes up the database's pilots: submissions that the bridge before did not
 * get to the end of are made or settled, jobs that are known are followed
 * again, and agents of those that run are given time to dial in.
 */
export function takeUp(parts: ITakeUpParts): void {
  const { store, pools, pilots, book, submissions, endings, agents, reunion } = parts;
  for (const pool of store.typed().keys()) {
    pools.openAnyway(pool);
  }
  const former = store
    .pilots()
    .map(record => pilots.adopt(pools.openAnyway(record.pilot.pool), record));
  const taken = book.adopt(record =>
    record.pilots.map(pilot => pilots.get(pilot)).filter(entry => entry !== undefined)
  );
  const alive = former.filter(entry => !hasEnded(entry));
  for (const submission of taken) {
    goOn(parts, submission);
  }
  for (const entry of alive) {
    if (entry.record.job !== null) {
      follow(parts, entry);
    } else if (entry.submission === null && !hasEnded(entry)) {
      submissions.soon(entry.pool);
    }
  }
  const heard = alive.filter(entry => entry.heard && !hasEnded(entry) && entry.connection === null);
  for (const entry of heard) {
    agents.awaitReturn(entry);
  }
  reunion.begin(heard);
  for (const entry of alive) {
    if (entry.draining && entry.record.job !== null && entry.connection === null) {
      endings.end([entry], 'removed', false);
    }
  }
}

/** Nothing was called before `called` was on record; what has all its jobs needs nothing. */
function goOn({ submissions }: ITakeUpParts, submission: ISubmissionEntry): void {
  const lacking = [...submission.pilots].some(
    entry => entry.record.job === null && !hasEnded(entry)
  );
  if (!lacking) {
    return;
  }
  const { state } = submission.record;
  if (state === 'planned' || state === 'written') {
    submissions.undo(submission);
  } else {
    submissions.settle(submission, 'The bridge ended before the scheduler had answered.');
  }
}

function follow({ context, sites, endings }: ITakeUpParts, entry: IPilotEntry): void {
  const { job, pilot } = entry.record;
  const profile = profileOf(entry);
  try {
    sites.of(profile).scheduler.track(pilot.pilot, job ?? '', profile);
    context.log.info('pilot.taken_up', { pilot: pilot.pilot });
  } catch (error) {
    context.log.error('pilot.taken_up', error, { pilot: pilot.pilot });
    endings.close(entry, { end: 'failed', cause: 'gone', words: wordsOf(error) });
  }
}
