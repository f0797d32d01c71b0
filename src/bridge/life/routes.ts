import type { Result, Role } from '../../protocol';
import type { IRoutes } from '../api/dispatch';
import type { Changes, ISubscriber } from '../changes';
import type { Files } from '../files';
import { openTunnels, type IHomeConnection } from './homes';
import type { IConnections } from '../ssh/connections';
import type { TaskBook } from '../tasks';
import type { IClient, IPools, IProfiles } from '../tokens';

export interface IRouteParts {
  /** What `bridge.status` says, but for who is connected. */
  about(): Omit<Result<'bridge.status'>, 'clients' | 'agents'>;
  counts(): Record<Role, number>;
  connection(client: IClient): ISubscriber;
  /** The same connection, of a kernel's home. */
  home(client: IClient): IHomeConnection;
  end(restarting: boolean): void;
  readonly changes: Changes;
  readonly profiles: IProfiles;
  readonly tasks: TaskBook;
  readonly connections: Pick<IConnections, 'handlers'>;
  readonly files: Pick<Files, 'handlers' | 'transfers'>;
  readonly pools: IPools;
}

/** Which part answers which method. */
export function routes(parts: IRouteParts): IRoutes {
  const { changes, profiles, tasks, pools, connections, files } = parts;
  const openExecutor = pools.handlers['executors.open'];
  return {
    methods: {
      ...pools.handlers,
      ...connections.handlers,
      ...files.handlers,
      'hosts.list': async (params, client) => ({
        ...(await connections.handlers['hosts.list'](params, client)),
        transfers: files.transfers.all
      }),
      'bridge.hello': () => {
        const { version, instance, pid, startedAtMs, machine } = parts.about();
        return { version, instance, pid, startedAtMs, machine };
      },
      'bridge.status': () => {
        const { view, kernel, command } = parts.counts();
        return { ...parts.about(), clients: { view, kernel, command }, agents: pools.agents };
      },
      'bridge.stop': ({ restarting }) => {
        // After the answer, which goes out when this returns.
        setImmediate(() => parts.end(restarting ?? false));
        return {};
      },
      'state.subscribe': (_, client) => {
        const subscriber = parts.connection(client);
        client.onClosed(() => changes.unsubscribe(subscriber));
        return changes.subscribe(subscriber);
      },
      'state.unsubscribe': (_, client) => {
        changes.unsubscribe(parts.connection(client));
        return {};
      },
      'tunnels.open': ({ executor, tunnels }, client) => {
        openTunnels(parts.home(client), executor, tunnels, pools.tunnels);
        return {};
      },
      'profiles.list': () => profiles.list(),
      'profiles.get': ({ name }) => profiles.get(name),
      'profiles.read': ({ name }) => profiles.read(name),
      'tasks.list': params => tasks.list(params),
      ...(openExecutor === undefined
        ? {}
        : {
            'executors.open': (params, client) => {
              // Tasks are shown with the notebook of the kernel that runs them.
              tasks.opened(params.run, params.origin);
              return openExecutor(params, client);
            }
          })
    },
    notifications: {
      'tasks.report': (report, client) => tasks.report(report, client.pid),
      'executors.load': ({ executor, unfinished, idleLeases }, client) =>
        pools.load(client, executor, unfinished, idleLeases),
      'leases.registered': ({ lease, start }, client) => pools.registered(client, lease, start)
    }
  };
}
