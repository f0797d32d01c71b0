import type { Pilot, PilotCounts, PilotEnd, Task } from '../../protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import { count, countdown } from './quantities';

/** What a pilot is called by its state: `busy` is leased with tasks, `idle` is not. */
export type PilotWord = keyof PilotCounts | 'ended';

/** In the order in which a place's line names them. */
const PILOT_WORDS = [
  'busy',
  'idle',
  'starting',
  'queued',
  'requested',
  'held',
  'suspended',
  'draining',
  'lost'
] as const satisfies readonly PilotWord[];

export function wordOfPilot(pilot: Pilot): PilotWord {
  if (pilot.state === 'leased') {
    return pilot.running.length > 0 ? 'busy' : 'idle';
  }
  return pilot.state;
}

/** A pilot's state in words, everywhere the same. */
export function pilotState(trans: TranslationBundle, word: PilotWord): string {
  switch (word) {
    case 'requested':
      return trans.__('requested');
    case 'queued':
      return trans.__('queued');
    case 'held':
      return trans.__('held');
    case 'suspended':
      return trans.__('suspended');
    case 'starting':
      return trans.__('starting');
    case 'idle':
      return trans.__('idle');
    case 'busy':
      return trans.__('busy');
    case 'draining':
      return trans.__('draining');
    case 'lost':
      return trans.__('lost');
    case 'ended':
      return trans.__('ended');
  }
}

/** What a pool's pilots do: `5 busy · 2 idle · 1 queued`; only what there is. */
export function pilotCounts(trans: TranslationBundle, counts: PilotCounts): string {
  const parts = PILOT_WORDS.filter(word => counts[word] > 0).map(
    word => `${count(counts[word])} ${pilotState(trans, word)}`
  );
  return parts.length > 0 ? parts.join(' · ') : trans.__('no pilots');
}

/** What becomes of the tasks of a pilot without contact; empty where nothing depends on it. */
export function resumption(trans: TranslationBundle, pilot: Pilot, nowMs: number): string {
  if (pilot.state !== 'lost' || pilot.resumesUntilMs === null) {
    return '';
  }
  const leftMs = pilot.resumesUntilMs - nowMs;
  return leftMs > 0
    ? trans.__('no contact, its tasks run elsewhere in %1', countdown(leftMs))
    : trans.__('no contact, its tasks run elsewhere');
}

/** Why a pilot ended. */
export function pilotEnd(trans: TranslationBundle, end: PilotEnd | null): string {
  switch (end) {
    case 'finished':
      return trans.__('finished');
    case 'idle_timeout':
      return trans.__('was idle for too long');
    case 'walltime':
      return trans.__('its time was over');
    case 'scaled_in':
      return trans.__('fewer were wanted');
    case 'removed':
      return trans.__('removed');
    case 'failed':
      return trans.__('failed');
    case 'evicted':
      return trans.__('evicted');
    case 'no_contact':
      return trans.__('could not reach home');
    case 'node_failed':
      return trans.__('its node failed');
    case 'out_of_memory':
      return trans.__('out of memory');
    case null:
      return trans.__('ended');
  }
}

/** A task's state in words, with what it waits for or how it finished. */
export function taskState(trans: TranslationBundle, task: Pick<Task, 'state' | 'reason'>): string {
  switch (task.state) {
    case 'waiting':
      switch (task.reason) {
        case 'futures':
          return trans.__('waits for futures');
        case 'joining':
          return trans.__('waits for the apps it started');
        case 'pilot':
          return trans.__('waits for a pilot');
        case 'lost':
          return trans.__('lost with its kernel');
        default:
          return trans.__('waiting');
      }
    case 'running':
      return trans.__('running');
    case 'done':
      return task.reason === 'memory' ? trans.__('done, from memory') : trans.__('done');
    case 'failed':
      switch (task.reason) {
        case 'dependency':
          return trans.__('failed: an input failed');
        case 'lost':
          return trans.__('failed: lost with its pilots');
        default:
          return trans.__('failed');
      }
  }
}
