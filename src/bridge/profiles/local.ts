import { Profile } from '../../protocol';

/** The profile that is always there: pilots are processes of this machine. */
export function localProfile(cpus: number): Profile {
  return Profile.parse({
    name: 'local',
    title: 'This computer',
    scheduler: { kind: 'local' },
    scaling: { initial: Math.max(1, Math.min(4, cpus)), max: 64 }
  });
}
