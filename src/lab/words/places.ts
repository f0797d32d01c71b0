import type { Executor, Pool } from '../../protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import { count } from './quantities';

/** How the number of wanted pilots came about; empty where it goes without saying. */
export function wantedLine(trans: TranslationBundle, pool: Pool): string {
  const { count: wanted, typed, asked } = pool.wanted;
  const number = count(wanted);
  if (typed !== null) {
    return asked > 0
      ? trans.__('wanted: %1 (typed; notebooks ask for %2)', number, count(asked))
      : trans.__('wanted: %1 (typed)', number);
  }
  if (asked > wanted) {
    // Nothing else makes it fewer.
    return trans.__(
      'wanted: %1 (notebooks ask for %2; at most %3 here)',
      number,
      count(asked),
      count(pool.wanted.max)
    );
  }
  if (asked > 0) {
    return trans.__('wanted: %1 (notebooks ask for it)', number);
  }
  return wanted === 0 && pool.counts.idle > 0
    ? trans.__('none is wanted; idle pilots stay a while for the next notebook')
    : '';
}

/** Who asks for how many: `pi.ipynb asks for 4, has 4`. */
export function askLine(trans: TranslationBundle, executor: Executor): string {
  const { notebook, pid } = executor.origin;
  const who = notebook?.split('/').pop() ?? trans.__('process %1', pid);
  if (executor.failure !== null) {
    return trans.__('%1 has stopped: run its load cell again', who);
  }
  if (!executor.connected) {
    return trans.__('%1 does not answer', who);
  }
  if (executor.resting) {
    return trans.__('%1 rests: no tasks', who);
  }
  const asks = count(executor.asksFor);
  const has = count(executor.registered);
  return executor.ask.kind === 'auto'
    ? trans.__(
        '%1 asks for %2, has %3 (auto %4–%5)',
        who,
        asks,
        has,
        executor.ask.min,
        executor.ask.max
      )
    : trans.__('%1 asks for %2, has %3', who, asks, has);
}

/** What a typed number will do, before it happens. */
export function forecast(trans: TranslationBundle, pool: Pool, wanted: number): string {
  const { counts } = pool;
  const waiting = counts.requested + counts.queued + counts.held + counts.starting;
  const idle = counts.idle;
  const there = waiting + idle + counts.busy + counts.suspended;
  if (wanted > there) {
    const more = wanted - there;
    return trans._n('One more pilot will start.', '%2 more pilots will start.', more, count(more));
  }
  if (wanted === there) {
    return trans.__('Holds at %1 until cleared.', count(wanted));
  }
  const fewer = there - wanted;
  const fromWaiting = Math.min(fewer, waiting);
  const fromIdle = Math.min(fewer - fromWaiting, idle);
  const drained = fewer - fromWaiting - fromIdle;
  const parts: string[] = [];
  if (fromWaiting > 0) {
    parts.push(
      trans._n(
        'One request will be taken back.',
        '%2 requests will be taken back.',
        fromWaiting,
        count(fromWaiting)
      )
    );
  }
  if (fromIdle > 0) {
    parts.push(
      trans._n('One idle pilot will end.', '%2 idle pilots will end.', fromIdle, count(fromIdle))
    );
  }
  if (drained > 0) {
    parts.push(
      trans._n(
        'One busy pilot will finish its tasks, then end.',
        '%2 busy pilots will finish their tasks, then end.',
        drained,
        count(drained)
      )
    );
  }
  return parts.join(' ');
}

/** What a person typed, understood or not. */
export type TypedNumber =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'wrong'; readonly words: string };

/** Reads a number of pilots; the bridge checks again. */
export function readWanted(trans: TranslationBundle, text: string, pool: Pool): TypedNumber {
  const typed = text.trim();
  if (!/^[+-]?\d+$/.test(typed)) {
    return {
      kind: 'wrong',
      words: trans.__('“%1” is not a whole number of pilots.', typed)
    };
  }
  const value = Number(typed);
  if (value < 0) {
    return { kind: 'wrong', words: trans.__('A number of pilots cannot be negative.') };
  }
  if (value > pool.wanted.max) {
    return {
      kind: 'wrong',
      words: trans.__(
        '%1 allows at most %2 pilots; you asked for %3.',
        pool.title,
        count(pool.wanted.max),
        count(value)
      )
    };
  }
  return { kind: 'number', value };
}
