import { constants } from 'node:os';
import { htcondorWhy, holdWhy, type IHoldUsage } from '../../../protocol';
import type { JobReport } from '../tokens';
import type { ILogEvent } from './eventLog';

/** What a job's events so far have told. */
export interface IHistory extends IHoldUsage {
  /** Execute events: each is an attempt. */
  readonly starts: number;
  readonly slot: string | null;
  readonly now: Now;
}
export type Now =
  | { readonly state: 'queued'; readonly words: string; readonly code: string }
  | { readonly state: 'running'; readonly words: string }
  | { readonly state: 'suspended'; readonly words: string }
  | {
      readonly state: 'held';
      readonly code: number;
      readonly subcode: number;
      readonly words: string;
    }
  | Extract<JobReport, { state: 'ended' }>;

export const NEW_HISTORY: IHistory = {
  starts: 0,
  slot: null,
  memoryUsedMiB: null,
  memoryAskedMiB: null,
  diskUsedMiB: null,
  diskAskedMiB: null,
  now: { state: 'queued', words: 'submitted', code: 'Idle' }
};

/** The job's history with one more event; one that says nothing of it changes nothing. */
export function withEvent(history: IHistory, event: ILogEvent): IHistory {
  if (history.now.state === 'ended') {
    return history;
  }
  const known = { ...history, ...usageOf(event) };
  const then = (now: Now): IHistory => ({ ...known, now });
  switch (event.code) {
    case 1: {
      const slot = /^SlotName: (.+)$/.exec(event.body.at(0) ?? '')?.[1] ?? null;
      return { ...known, starts: known.starts + 1, slot, now: running(event) };
    }
    case 4:
    case 24:
      return then({
        state: 'queued',
        words: wordsOf(event),
        code: event.code === 4 ? 'Evicted' : 'NodeLost'
      });
    case 7:
      return then({ state: 'queued', words: wordsOf(event), code: 'ShadowException' });
    case 5:
      return then(ended(event));
    case 9:
      return then(
        removed(history.now.state === 'held' && isOverDuration(history.now.code), wordsOf(event))
      );
    case 10:
      return then({ state: 'suspended', words: wordsOf(event) });
    case 11:
    case 23:
      return then({ state: 'running', words: event.text });
    case 22:
      return then({ state: 'running', words: wordsOf(event) });
    case 12:
      return then(held(event));
    case 13:
      return then({ state: 'queued', words: wordsOf(event), code: 'Idle' });
    case 40:
      return known.now.state === 'queued' && TO_MACHINE.test(event.text)
        ? then({ state: 'queued', words: event.text, code: 'TransferringInput' })
        : known;
    default:
      return known;
  }
}

/** Of file transfers: those before a job starts. */
const TO_MACHINE = /^(Entered queue to transfer|Started transferring) input/;

/** What is reported of a job. Fold all that was read first: an eviction may be half of a hold. */
export function reportOf({ now, starts, slot, ...usage }: IHistory): JobReport {
  switch (now.state) {
    case 'ended':
      return now;
    case 'queued':
      return {
        state: 'queued',
        words: now.words,
        why: htcondorWhy(now.code, now.words),
        restarts: starts,
        slot: null
      };
    case 'held':
      return {
        state: 'held',
        words: now.words,
        why: holdWhy(now.code, now.subcode, now.words, usage),
        restarts: starts,
        slot: null
      };
    case 'running':
    case 'suspended':
      // What the pilot reads in its job's ad is how often it was started before.
      return {
        state: now.state,
        words: now.words,
        why: now.state === 'suspended' ? htcondorWhy('Suspended', now.words) : null,
        restarts: Math.max(0, starts - 1),
        slot
      };
  }
}

const wordsOf = ({ text, body }: ILogEvent): string => {
  const said = body.filter(line => line !== '' && !NUMBERS.test(line));
  return [text, ...said].join(' ').slice(0, 4000);
};
/** Lines of usage, which are no words. */
const NUMBERS =
  /^\(\d\) CPU times|^Usr \d|^-?[\d.]+ {2}- {2}|^Partitionable Resources|^[\w ]+(\(\w+\))? *: +[\d. ]+$|^Code \d+ Subcode/;

function running({ body }: ILogEvent): Now {
  const attribute = (name: string): string | null => {
    const start = `${name} = "`;
    const line = body.find(text => text.startsWith(start) && text.endsWith('"'));
    return line?.slice(start.length, -1) ?? null;
  };
  const places = [
    attribute('GLIDEIN_Site'),
    attribute('GLIDEIN_ResourceName'),
    attribute('Machine')
  ].filter(place => place !== null);
  return {
    state: 'running',
    words: places.length === 0 ? 'runs' : `runs at ${places.join(', ')}`
  };
}

function held(event: ILogEvent): Now {
  const line = event.body.map(text => CODES.test(text)).lastIndexOf(true);
  const codes = CODES.exec(event.body.at(line) ?? '');
  const reason = (line < 0 ? event.body : event.body.slice(0, line)).join(' ').trim();
  return {
    state: 'held',
    code: Number(codes?.[1] ?? 0),
    subcode: Number(codes?.[2] ?? 0),
    words: (reason === '' ? event.text : reason).slice(0, 4000)
  };
}
const CODES = /^Code (-?\d+) Subcode (-?\d+)$/;

function ended({ text, body }: ILogEvent): Now {
  const exit = /^\(1\) Normal termination \(return value (-?\d+)\)/.exec(body.at(0) ?? '');
  const signal = /^\(0\) Abnormal termination \(signal (\d+)\)/.exec(body.at(0) ?? '');
  const own = body.find(line => line.startsWith('Job terminated ')) ?? body.at(0) ?? text;
  return {
    state: 'ended',
    end: null,
    exitCode: exit === null ? null : Number(exit[1]),
    signal: signal === null ? null : signalName(Number(signal[1])),
    words: own,
    why: null
  };
}

/** Removed, or by the submit file itself where it was held because its duration was over. */
export function removed(late: boolean, words: string): Extract<JobReport, { state: 'ended' }> {
  return {
    state: 'ended',
    end: late ? 'walltime' : 'removed',
    exitCode: null,
    signal: null,
    words,
    why: htcondorWhy(late ? 'DurationOver' : 'Removed', words)
  };
}

/** Codes of holds for a duration that is over (HTCondor manual, "Hold Reason Codes"). */
export const isOverDuration = (code: number): boolean => code === 46 || code === 47;

const SIGNALS = new Map<number, string>(
  Object.entries(constants.signals).map(([name, number]) => [number, name])
);
export const signalName = (signal: number): string => SIGNALS.get(signal) ?? `signal ${signal}`;

/** What lines of usage begin with, or hold. */
const USAGE = /^(Memory|Disk) \(|MemoryUsage of job/;

/** Memory and disk as used and asked for, from image sizes and the table of resources. */
function usageOf({ code, body }: ILogEvent): Partial<IHoldUsage> {
  const usage: { -readonly [Key in keyof IHoldUsage]?: IHoldUsage[Key] } = {};
  if (code !== 4 && code !== 5 && code !== 6) {
    return usage;
  }
  for (const line of body) {
    if (!USAGE.test(line)) {
      continue;
    }
    const image = /^(\d+) {2}- {2}MemoryUsage of job \(MB\)$/.exec(line);
    if (image !== null) {
      usage.memoryUsedMiB = Number(image[1]);
    }
    const table = /^(Memory \(MB\)|Disk \(KB\)) +: +(?:(\d+) +)?(\d+) +\d+$/.exec(line);
    if (table === null) {
      continue;
    }
    const used = table.at(2);
    if (table[1] === 'Memory (MB)') {
      usage.memoryAskedMiB = Number(table[3]);
      if (used !== undefined) {
        usage.memoryUsedMiB = Number(used);
      }
    } else {
      usage.diskAskedMiB = Math.ceil(Number(table[3]) / 1024);
      if (used !== undefined) {
        usage.diskUsedMiB = Math.ceil(Number(used) / 1024);
      }
    }
  }
  return usage;
}
