import { z } from 'zod';
import { UplinkKind, UplinkStep, UplinkVerdict } from '../uplinks';
import { type Methods } from './catalogue';

/** What is tried for a person who wants to know whether a place works. Submits nothing. */
export const CHECK_METHODS = {
  /**
   * The folder on the submit host: made if it is not there, as for a submission,
   * and a small file written, run and removed.
   * @throws PilothouseError file_failed (not the user's, not writable), login_needed
   */
  'checks.folder': {
    roles: ['kernel', 'command'],
    params: z.object({ pool: z.string().max(200) }),
    result: z.object({
      machine: z.string().max(300),
      /** Absolute. */
      path: z.string().max(4096),
      /** null: it does not say. */
      freeMiB: z.number().min(0).nullable(),
      /** Whether a program there can be started; not where it is mounted `noexec`. */
      runs: z.boolean()
    })
  },
  /**
   * Tries one way home that the profile lists, by opening and dialling it; what
   * no living pilot needs is closed again. `mayListen`: a person has agreed that
   * a port of this machine is opened for it. That a relay is started on the
   * submit host the profile has agreed to by naming it. `profile`: as the
   * person has seen it, saved or not, instead of what is saved under the name `pool`.
   * @throws PilothouseError unknown_profile, invalid_profile, invalid_params (not listed)
   */
  'checks.uplink': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({
      pool: z.string().max(200),
      kind: UplinkKind,
      mayListen: z.boolean(),
      profile: z.record(z.string(), z.unknown()).optional()
    }),
    result: z.object({ result: UplinkVerdict, steps: z.array(UplinkStep).max(20) })
  }
} as const satisfies Methods<'checks'>;
