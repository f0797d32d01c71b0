import { HostId, type SubmitHost } from '../../../protocol';

/** What of a submit host says which connection is meant. */
export type Way = Pick<SubmitHost, 'user' | 'port' | 'jumpHosts' | 'transport'> & {
  readonly address: string;
};

/**
 * The connection that a profile's submit host means: `alice@ap40.example.org:22`,
 * with what the profile says and nothing that it leaves to `~/.ssh/config`.
 * Profiles that say the same share it; key file and folder do not count.
 */
export function hostIdOf({ address, user, port, jumpHosts, transport }: Way): HostId {
  const name = address.toLowerCase();
  const bare = port !== undefined && /^[^[].*:/.test(name) ? `[${name}]` : name;
  const via = jumpHosts.length === 0 ? '' : ` via ${jumpHosts.join(', ')}`;
  const by = transport === 'ssh2' ? '' : ` by ${transport}`;
  return HostId.parse(
    `${user === undefined ? '' : `${user}@`}${bare}${port === undefined ? '' : `:${port}`}${via}${by}`
  );
}
