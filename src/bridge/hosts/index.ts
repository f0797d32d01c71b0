import { hostname } from 'node:os';
import type { HostId, Profile, SubmitHost } from '../../protocol';
import type { IConnection, IConnections } from '../ssh/connections';
import type { SshTarget } from '../ssh/tokens';
import type { IDisposable } from '../tokens';
import { LocalHost, type HostContext } from './local';
import { RemoteHost, type RemoteContext } from './remote';
import type { IHost } from './tokens';

export type * from './tokens';
export { onceConnected } from './onceConnected';

/** By these a profile names the machine of the bridge itself. */
const THIS_MACHINE: readonly string[] = ['localhost', '127.0.0.1', '::1', '[::1]'];

/** Submit hosts, each made when it is first wanted. One folder for each way to reach one. */
export class Hosts implements IDisposable {
  constructor(
    private readonly _context: HostContext & RemoteContext,
    private readonly _connections: Pick<IConnections, 'of'>
  ) {}

  get({ submitHost }: Pick<Profile, 'submitHost'>): IHost {
    const connection = this.connection(submitHost);
    if (connection === null) {
      this._local ??= new LocalHost(this._context);
      return this._local;
    }
    const known = this._remote.get(connection.host);
    if (known !== undefined) {
      return known;
    }
    const made = new RemoteHost(this._context, connection);
    this._remote.set(connection.host, made);
    return made;
  }

  /** The connection to a submit host, whether or not it is there; null: it is this machine. */
  connection(submitHost: SubmitHost): IConnection | null {
    const target = targetOf(submitHost, this._context.machine);
    return target === null ? null : this._connections.of(target);
  }

  dispose(): void {
    this._local?.dispose();
    this._local = null;
    for (const host of this._remote.values()) {
      host.dispose();
    }
    this._remote.clear();
  }

  private _local: LocalHost | null = null;
  private readonly _remote = new Map<HostId, RemoteHost>();
}

/**
 * What has to be logged in to for a submit host; null: it is this machine. This
 * machine's own address with a port, another user or hosts on the way leads
 * elsewhere, such as through a port that is forwarded.
 */
export function targetOf(submitHost: SubmitHost, machine = hostname()): SshTarget | null {
  const { address, user, port, jumpHosts, transport, keyFile } = submitHost;
  if (address === undefined) {
    return null;
  }
  const isPlain = user === undefined && port === undefined && jumpHosts.length === 0;
  return isPlain && isThisMachine(address, machine)
    ? null
    : { address, user, port, jumpHosts, transport, keyFile };
}

/** Whether an address of a profile means the machine that the bridge runs on. */
export function isThisMachine(address: string, machine = hostname()): boolean {
  const said = address.toLowerCase();
  const own = machine.toLowerCase();
  return THIS_MACHINE.includes(said) || said === own || said.split('.')[0] === own;
}
