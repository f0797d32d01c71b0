import type { Profile } from '../../protocol';
import { PilothouseError } from '../errors';
import { uplinkProblems } from '../profiles/uplinkProblems';
import type { ISite } from './sites';

/**
 * A profile's file need not have come by way of the form: what would be
 * submitted otherwise than the bridge counts on is not.
 *
 * @throws PilothouseError invalid_profile
 */
export function checkAgain(profile: Profile, { scheduler }: ISite): void {
  const problems = [...uplinkProblems(profile), ...scheduler.check(profile)];
  const wrong = problems.find(({ severity }) => severity === 'error');
  if (wrong !== undefined) {
    const { field, message } = wrong;
    const { name } = profile;
    throw new PilothouseError({
      code: 'invalid_profile',
      params: { name, file: `${name}.json`, field, message },
      words: `${field}: ${message}`
    });
  }
}
