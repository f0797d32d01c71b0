import type { Partition, Profile, SiteLimits } from '../../../../protocol';
import { slurmOptions } from '../check';

/** Whether this user may run in a partition, as far as accounts, QOS and groups tell. */
export function allowedIn(
  partition: Partition,
  accounts: SiteLimits['accounts'],
  groups: readonly string[] | null,
  mine: readonly string[]
): Partition {
  if (partition.allowed !== null) {
    return partition;
  }
  if (groups !== null && !groups.some(group => mine.includes(group))) {
    return no(partition, `It takes jobs of the groups ${groups.join(', ')} only.`);
  }
  if (accounts === null) {
    // Without accounts Slurm asks nobody for one.
    return { ...partition, allowed: partition.accounts === null ? true : null };
  }
  const fitting = accounts.filter(
    ({ account, partition: only }) =>
      (only === null || only === partition.name) &&
      (partition.accounts === null || partition.accounts.includes(account))
  );
  if (fitting.length === 0) {
    return no(
      partition,
      partition.accounts === null
        ? 'None of your accounts may run there.'
        : `It takes jobs of the accounts ${partition.accounts.join(', ')} only.`
    );
  }
  const { qos } = partition;
  if (qos !== null && !fitting.some(account => account.qos.some(name => qos.includes(name)))) {
    return no(partition, `It takes jobs of the QOS ${qos.join(', ')} only.`);
  }
  return { ...partition, allowed: true };
}

const no = (partition: Partition, why: string): Partition => ({
  ...partition,
  allowed: false,
  why
});

/** Where neither Slurm nor a person says: what one array has by default (slurm.conf(5), MaxArraySize). */
const USUAL_ARRAY = 1000;

/** Most pilots of one array: an element's number is below MaxArraySize, and all count as jobs. */
export function mostInOneArray(profile: Profile, limits: SiteLimits | null): number {
  const { qos } = slurmOptions(profile);
  const ofQos = limits?.qos?.find(({ name }) => name === qos)?.maxSubmit ?? null;
  const known = [limits?.maxArray ?? USUAL_ARRAY, limits?.maxSubmit, ofQos];
  return Math.max(1, Math.min(...known.filter(limit => limit !== null && limit !== undefined)));
}
