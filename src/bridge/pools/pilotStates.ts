import {
  LIMITS,
  type Pilot,
  type PilotEnd,
  type PilotState,
  type Runtime,
  type Why
} from '../../protocol';

/** What can happen to a pilot, as facts; the reducer below says what they make of it. */
export type PilotEvent =
  | { readonly kind: 'submitted'; readonly schedulerId: string; readonly warnings?: string }
  /** It cannot be submitted now, or nobody knows whether it was: why. */
  | { readonly kind: 'waits'; readonly cause: string; readonly words: string }
  | {
      readonly kind: 'job';
      readonly state: 'queued' | 'held' | 'running' | 'suspended';
      readonly words: string;
      readonly why?: Why | null;
      readonly slot?: string | null;
    }
  | {
      readonly kind: 'hello';
      readonly host: string;
      readonly site: string | null;
      readonly slot?: string | null;
      readonly cores: number;
      readonly memoryMiB: number | null;
      readonly gpus: string[];
      readonly runtime: Partial<Runtime>;
      readonly startedAtMs: number;
      readonly endsByMs: number | null;
      readonly clockBehindMs?: number;
      /** It was told to drain before contact was lost. */
      readonly draining: boolean;
      /** It holds a pool of a lease, known or not. */
      readonly leased: boolean;
    }
  | { readonly kind: 'leased'; readonly lease: NonNullable<Pilot['lease']> }
  | { readonly kind: 'leaseChanged'; readonly lease: NonNullable<Pilot['lease']> }
  | { readonly kind: 'freed' }
  | { readonly kind: 'drain'; readonly cause: string; readonly words: string }
  | {
      readonly kind: 'contactLost';
      readonly words: string;
      /** Until when its pool can go on where it was; null: it has none that would be lost. */
      readonly resumesUntilMs?: number | null;
    }
  /**
   * The scheduler has taken the job off its machine, into its queue again or on
   * hold, or has started it elsewhere: what comes next is another attempt.
   */
  | {
      readonly kind: 'requeued';
      readonly words: string;
      readonly state?: 'queued' | 'held';
      /** One more than before if not said. */
      readonly attempt?: number;
      readonly why?: Why | null;
    }
  | {
      readonly kind: 'ended';
      readonly end: PilotEnd;
      readonly cause: string;
      readonly words: string;
      readonly why?: Why | null;
    };

const WITH_AGENT: readonly PilotState[] = ['idle', 'leased', 'suspended', 'draining', 'lost'];
const BEFORE_AGENT: readonly PilotState[] = ['requested', 'queued', 'held', 'starting'];

/** Whether the agent of a pilot in this state has been heard. */
export const hasAgent = (state: PilotState): boolean => WITH_AGENT.includes(state);

/** A pilot after an event (design 5). What cannot happen in its state leaves it the same object. */
export function nextPilot(pilot: Pilot, event: PilotEvent, nowMs: number): Pilot {
  if (pilot.state === 'ended') {
    return pilot;
  }
  const to = (state: PilotState, cause: string, words = '', more: Partial<Pilot> = {}): Pilot => ({
    ...pilot,
    ...more,
    state,
    cause,
    words: words.slice(0, LIMITS.wordsChars),
    sinceMs: state === pilot.state ? pilot.sinceMs : nowMs
  });
  switch (event.kind) {
    case 'submitted': {
      const { schedulerId } = event;
      const warnings = (event.warnings ?? '').slice(0, LIMITS.wordsChars);
      return pilot.state === 'requested'
        ? to('queued', 'submitted', '', { schedulerId, warnings })
        : { ...pilot, schedulerId, warnings };
    }
    case 'waits':
      return pilot.state === 'requested' && !says(pilot, event)
        ? to('requested', event.cause, event.words)
        : pilot;
    case 'job':
      return afterJob(pilot, event, to);
    case 'hello': {
      const { host, site, cores, memoryMiB, gpus, runtime, startedAtMs, endsByMs } = event;
      const state = event.draining ? 'draining' : event.leased ? 'leased' : 'idle';
      return to(state, pilot.state === 'lost' ? 'contact_back' : 'agent_arrived', '', {
        host,
        site,
        slot: event.slot ?? pilot.slot,
        why: null,
        cores,
        memoryMiB,
        gpus,
        runtime,
        startedAtMs,
        endsByMs,
        clockBehindMs: event.clockBehindMs ?? 0,
        resumesUntilMs: null
      });
    }
    case 'leased':
      return pilot.state === 'idle' ? to('leased', 'lent', '', { lease: event.lease }) : pilot;
    case 'leaseChanged':
      return pilot.lease?.lease === event.lease.lease ? { ...pilot, lease: event.lease } : pilot;
    case 'freed':
      return pilot.state === 'leased' || pilot.state === 'suspended'
        ? to('idle', 'lease_ended', '', { lease: null })
        : { ...pilot, lease: null, resumesUntilMs: null };
    case 'drain':
      return to('draining', event.cause, event.words);
    case 'contactLost':
      return BEFORE_AGENT.includes(pilot.state) || pilot.state === 'suspended'
        ? pilot
        : to('lost', 'no_contact', event.words, { resumesUntilMs: event.resumesUntilMs ?? null });
    case 'requeued':
      return to(event.state ?? 'queued', 'requeued', event.words, {
        attempt: event.attempt ?? pilot.attempt + 1,
        why: event.why ?? null,
        lease: null,
        slot: null,
        startedAtMs: null,
        endsByMs: null,
        clockBehindMs: 0,
        resumesUntilMs: null
      });
    case 'ended':
      return to('ended', event.cause, event.words, {
        end: event.end,
        why: event.why ?? null,
        endedAtMs: nowMs,
        lease: null,
        resumesUntilMs: null,
        running: []
      });
  }
}

/** What a scheduler says over and over changes nothing. */
const says = (pilot: Pilot, { cause, words }: { cause: string; words: string }): boolean =>
  pilot.cause === cause && pilot.words === words.slice(0, LIMITS.wordsChars);

function afterJob(
  pilot: Pilot,
  event: Extract<PilotEvent, { kind: 'job' }>,
  to: (state: PilotState, cause: string, words: string, more?: Partial<Pilot>) => Pilot
): Pilot {
  const before = BEFORE_AGENT.includes(pilot.state);
  const slot = event.slot ?? pilot.slot;
  const why = event.why ?? null;
  switch (event.state) {
    case 'queued':
    case 'held': {
      const same =
        pilot.state === event.state &&
        pilot.words === event.words.slice(0, LIMITS.wordsChars) &&
        isSameWhy(pilot.why, why);
      return before && !same ? to(event.state, 'scheduler', event.words, { why }) : pilot;
    }
    case 'running':
      if (pilot.state === 'suspended') {
        const state = pilot.lease === null ? 'idle' : 'leased';
        return to(state, 'resumed', event.words, { slot, why });
      }
      if (before && pilot.state !== 'starting') {
        return to('starting', 'job_runs', event.words, { slot, why });
      }
      return slot === pilot.slot ? pilot : { ...pilot, slot };
    case 'suspended':
      return pilot.state === 'idle' || pilot.state === 'leased'
        ? to('suspended', 'scheduler', event.words, { why })
        : pilot;
  }
}

const isSameWhy = (one: Why | null, other: Why | null): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);
