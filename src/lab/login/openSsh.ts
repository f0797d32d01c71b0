import type { PoolName } from '../../protocol';
import type { IPilothouseModel } from '../tokens';

/**
 * Writes into a place's profile that it is logged in to by this machine's OpenSSH.
 * @throws RequestFailure profile_read_only, …
 */
export async function writeOpenSsh(model: IPilothouseModel, pool: PoolName): Promise<void> {
  const { profile } = await model.call('profiles.read', { name: pool });
  const written = profile.submitHost;
  const submitHost = typeof written === 'object' && written !== null ? written : {};
  await model.call('profiles.save', {
    profile: { ...profile, submitHost: { ...submitHost, transport: 'openssh' } },
    replaces: pool
  });
}
