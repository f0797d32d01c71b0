import { LIMITS, WHYS, type Why } from '../../../protocol';
import { SLURM_WHYS } from '../../../protocol/why/slurm';

/**
 * What Slurm says instead of a reason's name: sentences of its scheduler
 * (slurm/src/slurmctld, `state_desc`), in squeue with or without its spaces.
 */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^Nodes[ _]required[ _]for[ _]job[ _]are[ _]DOWN/i, 'NodesUnavailable'],
  [/^launch[ _]failed[ _]requeued[ _]held/i, 'LaunchFailedHeld'],
  [/user[ _]env[ _]retrieval[ _]failed/i, 'EnvironmentHeld'],
  [/^job[ _]requeued[ _]in[ _]held[ _]state/i, 'RequeuedHeld'],
  [/^Job's account not permitted/i, 'AccountNotAllowed'],
  [/^Job's QOS not permitted/i, 'QOSNotAllowed'],
  [/^Reservation .*has ended/i, 'ReservationDeleted'],
  [/^Job is at or exceeds QOS .*max TRES\(cpu\)/i, 'QOSGrpCPUMinutesLimit'],
  [/^Job is at or exceeds QOS .*wall limit/i, 'QOSGrpWallLimit'],
  [/^Job is at or exceeds QOS/i, 'QOSResourceLimit'],
  [/^Job is at or exceeds association .*max TRES\(cpu\)/i, 'AssocGrpCPUMinutesLimit'],
  [/^Job is at or exceeds association .*wall limit/i, 'AssocGrpWallLimit'],
  [/^Job is at or exceeds association/i, 'AssociationResourceLimit'],
  [/^burst_buffer|^burst buffer|stage-?(in|out) in progress/i, 'BurstBufferStageIn']
];

/** The name of the reason in what squeue prints as one: `ReqNodeNotAvail, UnavailableNodes:n[1-2]`. */
export function reasonName(text: string): string {
  const sentence = SENTENCES.find(([pattern]) => pattern.test(text));
  return sentence?.[1] ?? text.split(/[,:;(]/, 1)[0].trim();
}

/** With these a pending job waits for a person. */
const HOLDS: ReadonlySet<string> = new Set([
  'JobHeldUser',
  'JobHeldAdmin',
  'JobHoldMaxRequeue',
  'LaunchFailedHeld',
  'EnvironmentHeld',
  'RequeuedHeld'
]);
export const isHold = (reason: string): boolean => HOLDS.has(reason);

/** What Slurm's word for a reason or a state means to a person; its own words stand beside. */
export function whyOf(name: string, words: string, params: Why['params'] = {}): Why {
  const code = `slurm.${name.replaceAll(/[^A-Za-z0-9_]/g, '').slice(0, 90)}`;
  return {
    code: code in WHYS ? code : 'slurm.unknown',
    params,
    words: words.slice(0, LIMITS.wordsChars),
    actions: [...(code in SLURM_WHYS ? SLURM_WHYS[code].actions : [])].slice(0, 5)
  };
}
