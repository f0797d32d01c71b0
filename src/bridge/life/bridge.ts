import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { BridgeInstance, type PilotId, type SubmitHost } from '../../protocol';
import { Api } from '../api';
import type { IRoutes } from '../api/dispatch';
import { Changes } from '../changes';
import { Files } from '../files';
import { targetOf } from '../hosts';
import type { Log } from '../log';
import type { IBridgeOptions } from '../options';
import { Profiles } from '../profiles';
import { Connections, type IConnections, type OpenTable } from '../ssh/connections';
import { openOpenSsh } from '../ssh/openssh';
import { openSsh2 } from '../ssh/ssh2';
import type { SshTarget } from '../ssh/tokens';
import { openStore } from '../store';
import { TaskBook } from '../tasks';
import type {
  IBridgeContext,
  IClock,
  IDisposable,
  IPilotStore,
  IPools,
  IProfiles,
  ISubmissionStore,
  ITaskBook
} from '../tokens';
import { Door } from './door';
import { endsWithServer } from './endsWithServer';
import { endWhenIdle } from './idle';
import { routes } from './routes';

/** How pools are made; an argument, so that tests can have others. */
export type CreatePools = (
  context: IBridgeContext,
  parts: {
    store: IPilotStore;
    submissions: ISubmissionStore;
    profiles: IProfiles;
    tasks: ITaskBook;
    connections: IConnections;
  }
) => IPools;

/** How each kind of transport is opened: a folder of ssh/ each. */
const TRANSPORTS: OpenTable = { ssh2: openSsh2, openssh: openOpenSsh };

export interface IBridgeParts {
  readonly clock: IClock;
  readonly log: Log;
  readonly createPools: CreatePools;
  /** Others than the real ones, for tests. */
  readonly transports?: OpenTable;
}

export interface IBridge {
  readonly instance: BridgeInstance;
  /** Ends it: tells clients, writes what is not written, leaves pilots alone. Idempotent. */
  end(why: string, restarting?: boolean): Promise<void>;
  /** Resolves when it has ended, by whatever. */
  readonly ended: Promise<void>;
}

/**
 * Makes all parts of a bridge and opens its door.
 *
 * @throws PilothouseError folder_unsafe, folder_taken, path_too_long; Error of the database
 */
export async function startBridge(options: IBridgeOptions, parts: IBridgeParts): Promise<IBridge> {
  const { clock, log } = parts;
  const { times, version } = options;
  const instance = BridgeInstance.parse(randomBytes(8).toString('hex'));
  const startedAtMs = clock.now();
  const machine = hostname();
  log.info('bridge_starts', { version, pid: process.pid, instance, node: process.version });

  const store = openStore(options.stateFolder, clock, log);
  const profiles = new Profiles({ user: options.userProfiles, sites: options.siteProfiles });
  const changes = new Changes({ clock, instance, everyMs: times.changesEveryMs });
  const placeOf = (pilot: PilotId) =>
    changes.pilot(pilot) ?? { host: null, site: null, slot: null };
  const clockBehindMs = (pilot: PilotId) => changes.pilot(pilot)?.clockBehindMs ?? 0;
  const tasks = new TaskBook({
    ...{ clock, log, times, changes, placeOf, clockBehindMs },
    store: store.tasks
  });
  const context: IBridgeContext = {
    clock,
    log,
    times,
    changes,
    folders: { state: options.stateFolder, runtime: options.runtimeFolder },
    machine,
    agentFile: options.agentFile,
    ...(options.relayFolder === null ? {} : { relayFolder: options.relayFolder }),
    python: options.python,
    reached: point => {
      if (point === options.dieAt) {
        process.kill(process.pid, 'SIGKILL');
      }
    }
  };
  const whereOf = (submitHost: SubmitHost): SshTarget | null => targetOf(submitHost, machine);
  const connections = new Connections(context, {
    profiles,
    open: parts.transports ?? TRANSPORTS,
    targetOf: whereOf
  });
  const files = new Files(context, { profiles, connections, targetOf: whereOf });
  const pools = parts.createPools(context, {
    store: store.pilots,
    submissions: store.submissions,
    profiles,
    tasks,
    connections
  });
  tasks.onPilotsChanged(pilots => pools.tasksChanged(pilots));

  const table: IRoutes = routes({
    about: () => ({
      version,
      node: process.version,
      instance,
      pid: process.pid,
      startedAtMs,
      machine,
      stateFolder: options.stateFolder,
      logFile: log.path,
      endsWithServer: endsWithServer(process.env)
    }),
    counts: () => api.counts(),
    connection: client => api.connection(client),
    home: client => api.connection(client),
    end: restarting => void end('asked to stop', restarting),
    changes,
    profiles,
    tasks,
    connections,
    files,
    pools
  });
  const api = new Api({ version, routes: table, clock, log });
  const about = {
    pid: process.pid,
    instance,
    version,
    stateFolder: options.stateFolder,
    startedAtMs
  };
  const door = new Door({ folder: options.runtimeFolder, about, api, clock, log });

  let idle: IDisposable | null = null;
  let ending: Promise<void> | null = null;
  let hasEnded: () => void = () => undefined;
  const ended = new Promise<void>(resolve => {
    hasEnded = resolve;
  });
  const closeAll = async (why: string, restarting: boolean): Promise<void> => {
    log.info('bridge_ends', { version, pid: process.pid, instance, why });
    idle?.dispose();
    changes.flush();
    api.broadcast('bridge.ending', { restarting });
    door.dispose();
    await api.close();
    pools.dispose();
    files.dispose();
    // Nobody needs a connection whose bridge ends: the next one logs in anew.
    connections.dispose();
    tasks.dispose();
    changes.dispose();
    store.dispose();
    hasEnded();
  };
  const end = (why: string, restarting = false): Promise<void> =>
    (ending ??= closeAll(why, restarting));

  try {
    await pools.start();
    const { pools: poolList, pilots, executors } = pools.snapshot();
    poolList.forEach(value => changes.put({ kind: 'pool', value }));
    pilots.forEach(value => changes.put({ kind: 'pilot', value }));
    executors.forEach(value => changes.put({ kind: 'executor', value }));
    await door.open();
  } catch (error) {
    await end('could not start');
    throw error;
  }
  // Not before: whoever started it is on the way.
  idle = endWhenIdle({
    clock,
    idleMs: times.bridgeIdleMs,
    clients: () => api.counts().all,
    pilots: () => pools.alive,
    transfers: () => files.transfers.going,
    end: () => void end('idle')
  });
  return { instance, end, ended };
}
