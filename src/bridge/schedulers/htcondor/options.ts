import type { Profile } from '../../../protocol';
import { PilothouseError } from '../../errors';

export type HTCondorOptions = Extract<Profile['scheduler'], { kind: 'htcondor' }>;

/**
 * A profile's options for HTCondor.
 * @throws PilothouseError internal where it is another scheduler's
 */
export function optionsOf({
  name,
  scheduler
}: Pick<Profile, 'name' | 'scheduler'>): HTCondorOptions {
  if (scheduler.kind !== 'htcondor') {
    throw new PilothouseError({
      code: 'internal',
      words: `the profile ${name} is for ${scheduler.kind}, not for htcondor`
    });
  }
  return scheduler;
}
