import { z } from 'zod';
import { BrokenProfile } from '../entities';
import { PoolName } from '../ids';
import { LIMITS } from '../limits';
import { Profile } from '../profile';
import { FieldProblem, SiteLimits, SubmissionPlan } from '../script';
import { type Methods, nothing } from './catalogue';

/** A profile as somebody wrote it; what is wrong with it is the answer's business. */
const WrittenObject = z.record(z.string(), z.unknown());

/** Profiles: read, written, checked, and what would be submitted for one. */
export const PROFILE_METHODS = {
  'profiles.list': {
    roles: ['view', 'kernel', 'command'],
    params: nothing,
    result: z.object({
      profiles: z.array(z.object({ name: PoolName, title: z.string(), source: z.string() })),
      /** Files that are no profile, and why. */
      broken: z.array(BrokenProfile)
    })
  },
  'profiles.get': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ name: z.string().max(200) }),
    result: Profile
  },

  /** A profile as it is written, defaults left out, for the form and for export. */
  'profiles.read': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ name: z.string().max(200) }),
    result: z.object({ profile: WrittenObject, source: z.string(), readOnly: z.boolean() })
  },
  /**
   * Writes a profile to the user's folder. `replaces`: the name it had (another
   * one renames it); null: it is new and must not be there yet.
   */
  'profiles.save': {
    roles: ['view', 'command'],
    params: z.object({ profile: WrittenObject, replaces: z.string().max(200).nullable() }),
    result: Profile
  },
  /** Removes a profile of the user's; its pool must have no pilots. */
  'profiles.remove': {
    roles: ['view', 'command'],
    params: z.object({ name: z.string().max(200) }),
    result: nothing
  },
  /**
   * What is wrong with a profile, saved or not. `deep`: also what only the
   * scheduler knows (limits, a dry run); without it no command is run.
   */
  'profiles.check': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ profile: WrittenObject, deep: z.boolean() }),
    result: z.object({
      problems: z.array(FieldProblem),
      /** What was understood of fields that can be written in several ways; the form says it itself. */
      understood: z.array(z.object({ field: z.string(), text: z.string() })),
      /** What the scheduler's own dry run said; null: none was made. */
      dryRun: z.string().nullable()
    })
  },
  /** What would be submitted for so many pilots; submits nothing. */
  'profiles.script': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({
      profile: WrittenObject,
      pilots: z.int().min(1).max(LIMITS.pilotsPerPool)
    }),
    result: SubmissionPlan
  },
  /** What the profile's scheduler lets this user ask for; kept for a day unless `again`. */
  'profiles.limits': {
    roles: ['view', 'kernel', 'command'],
    params: z.object({ profile: WrittenObject, again: z.boolean().optional() }),
    result: SiteLimits
  }
} as const satisfies Methods<'profiles'>;
