import { z } from 'zod';
import { LIMITS } from '../limits';

/** What helps, as something that a button can do. */
export const WhyAction = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('release') }),
  z.object({ kind: z.literal('remove') }),
  /** Remove what is held and ask anew, with the profile's memory or disk raised to this. */
  z.object({
    kind: z.literal('resubmit'),
    memoryMiB: z.int().optional(),
    diskMiB: z.int().optional()
  }),
  /** Change the profile, at this field (a path such as `scheduler.partition`). */
  z.object({ kind: z.literal('edit'), field: z.string().max(100) }),
  z.object({ kind: z.literal('wait') })
]);
export type WhyAction = z.infer<typeof WhyAction>;

/** Why a pilot waits, is held or has ended (design 3.5). */
export const Why = z.object({
  /** Key of WHYS; one that is not there is shown by its words alone. */
  code: z.string().max(100),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  /** The scheduler's or worker's own words. */
  words: z.string().max(LIMITS.wordsChars),
  /** What helps, best first. */
  actions: z.array(WhyAction).max(5)
});
export type Why = z.infer<typeof Why>;

/** English sentences for a code; `{name}` stands for a parameter. */
export interface IWhySentence {
  /** A few words, as they stand in a row: `out of memory`. */
  readonly title: string;
  /** What happened, in plain words. */
  readonly says: string;
  /** What helps, in plain words; empty: nothing has to be done. */
  readonly helps: string;
}

/** A sentence, and what of it a button can do, best first. */
export interface IExplained extends IWhySentence {
  readonly actions: readonly WhyAction[];
}

export const edit = (field: string): WhyAction => ({ kind: 'edit', field });
export const WAIT: WhyAction = { kind: 'wait' };
export const REMOVE: WhyAction = { kind: 'remove' };
export const RELEASE: WhyAction = { kind: 'release' };

export const BY_ITSELF = 'It starts by itself.';
export const NEVER = 'It will not start as it is.';

export const why = (
  title: string,
  says: string,
  helps: string,
  ...actions: readonly WhyAction[]
): IExplained => ({ title, says, helps, actions });
