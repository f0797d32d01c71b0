import { UnreadableAnswer, type SchedulerCommands } from '../commands';

/** A job's ad as condor_q and condor_history print it with `-json`. */
export type Ad = Readonly<Record<string, unknown>> & {
  readonly ClusterId: number;
  readonly ProcId: number;
};

/**
 * Reads an answer with `-json`; nothing at all is no jobs (condor_q prints no
 * brackets then).
 * @throws UnreadableAnswer
 */
export function readAds(stdout: string): Ad[] {
  if (stdout.trim() === '') {
    return [];
  }
  let ads: unknown;
  try {
    ads = JSON.parse(stdout);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new UnreadableAnswer(stdout.slice(0, 500));
    }
    throw error;
  }
  if (!Array.isArray(ads)) {
    throw new UnreadableAnswer(stdout.slice(0, 500));
  }
  return ads.map(readAd);
}

function readAd(ad: unknown): Ad {
  if (typeof ad === 'object' && ad !== null && 'ClusterId' in ad && 'ProcId' in ad) {
    const { ClusterId, ProcId } = ad;
    if (Number.isSafeInteger(ClusterId) && Number.isSafeInteger(ProcId)) {
      return ad as Ad;
    }
  }
  throw new UnreadableAnswer(JSON.stringify(ad).slice(0, 500));
}

/** A whole number of an ad; null where there is none, or an expression (`"\/Expr(…)\/"`). */
export function numberOf(ad: Ad, name: string): number | null {
  const value = ad[name];
  return typeof value === 'number' && Number.isFinite(value) ? Math.ceil(value) : null;
}

/** A string of an ad; null where there is none. */
export function textOf(ad: Ad, name: string): string | null {
  const value = ad[name];
  return typeof value === 'string' ? value : null;
}

/**
 * The user's own jobs in the queue that fulfil a constraint. Nothing at all is
 * believed only where condor_q counts none, too: it is also what a wrapper
 * prints that has failed.
 * @throws PilothouseError where the schedd cannot be asked
 */
export async function askQueue(
  commands: SchedulerCommands,
  constraint: string,
  attributes: readonly string[]
): Promise<Ad[]> {
  const of = ['-constraint', constraint];
  const argv = ['condor_q', '-json', '-attributes', attributes.join(','), ...of];
  const ads = await commands.ask(argv, readAds);
  if (ads.length > 0) {
    return ads;
  }
  const count = await commands.ask(['condor_q', '-json', '-totals', ...of], readCount);
  return count === 0 ? [] : await commands.ask(argv, stdout => some(readAds(stdout), count));
}

/** A job may have come between the two questions, but not twice. */
function some(ads: Ad[], count: number): Ad[] {
  if (ads.length === 0) {
    throw new UnreadableAnswer(`It printed nothing, but counts jobs: ${count}`);
  }
  return ads;
}

/** @throws UnreadableAnswer */
export function readCount(stdout: string): number {
  let answer: unknown = null;
  try {
    answer = JSON.parse(stdout);
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
  }
  const totals: unknown = Array.isArray(answer) ? answer.at(0) : answer;
  if (typeof totals === 'object' && totals !== null && 'Jobs' in totals) {
    const { Jobs } = totals;
    if (typeof Jobs === 'number') {
      return Jobs;
    }
  }
  throw new UnreadableAnswer(
    stdout.trim() === ''
      ? 'It printed nothing, not even that there are no jobs.'
      : stdout.slice(0, 500)
  );
}

/** Ads in condor_history that are looked at, the latest first: a site may have millions. */
const MOST_SCANNED = 100_000;

/**
 * Jobs that have left the queue.
 * @throws PilothouseError
 */
export function askHistory(
  commands: SchedulerCommands,
  constraint: string,
  attributes: readonly string[],
  most: number
): Promise<Ad[]> {
  return commands.ask(
    [
      ...['condor_history', '-json', '-attributes', attributes.join(',')],
      ...['-limit', String(most), '-scanlimit', String(MOST_SCANNED)],
      ...['-constraint', constraint]
    ],
    stdout => {
      if (stdout.trim() === '') {
        throw new UnreadableAnswer('It printed nothing, not even that there are no jobs.');
      }
      return readAds(stdout);
    }
  );
}
