import { z } from 'zod';
import { ErrorData } from './errors';
import { EpochMs } from './ids';

export const UplinkKind = z.enum(['direct', 'submit-host', 'relay']);
export type UplinkKind = z.infer<typeof UplinkKind>;

/** A way home that a place's pilots were told of or are to be told of, and whether it is open. */
export const Uplink = z.object({
  kind: UplinkKind,
  /** The machine that pilots dial: this one, the submit host, the relay. */
  machine: z.string().max(300),
  /** That they dial there; null: not known yet. */
  port: z.int().min(1).max(65535).nullable(),
  /** Since when it is open, or is not. */
  sinceMs: EpochMs,
  /** Why it is not; null: it is open. */
  trouble: ErrorData.nullable(),
  /** When it is tried the next time; null: just now, or once somebody is logged in. */
  nextTryMs: EpochMs.nullable(),
  /**
   * The submit host's name has led to another machine since (one of several login
   * nodes): pilots that were submitted before dial `from`, where nobody listens.
   */
  moved: z.object({ from: z.string().max(300), to: z.string().max(300), atMs: EpochMs }).optional()
});
export type Uplink = z.infer<typeof Uplink>;

/** One step of trying a way home. */
export const UplinkStep = z.object({
  /**
   * `open`: `by` listens, or has a relay started, or proves itself to one.
   * `dial`: `by` dials as a pilot does, and it is this bridge that answers.
   */
  what: z.enum(['open', 'dial']),
  /** The machine that does so. */
  by: z.string().max(300),
  /** Where it listens, or what it dials. */
  host: z.string().max(300),
  port: z.int().min(0).max(65535),
  tookMs: z.number().min(0),
  /** null: it went well. */
  error: ErrorData.nullable()
});
export type UplinkStep = z.infer<typeof UplinkStep>;

/**
 * What trying a way home came to. `works`: it was dialled from where pilots may
 * be. `unproven`: it was dialled from this machine alone. `untried`: see `why`.
 */
export const UplinkVerdict = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.literal('works') }),
  z.object({ verdict: z.literal('unproven') }),
  z.object({ verdict: z.literal('fails') }),
  z.object({
    verdict: z.literal('untried'),
    /**
     * `consent`: a port of this machine would have to be opened. `unnamed`: the
     * profile does not say where. `login`: nobody is logged in. `here`: the
     * submit host is this machine, and pilots there need no such way.
     */
    why: z.enum(['consent', 'unnamed', 'login', 'here'])
  })
]);
export type UplinkVerdict = z.infer<typeof UplinkVerdict>;
