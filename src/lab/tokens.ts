import type {
  BrokenProfile,
  ErrorData,
  Executor,
  ExecutorId,
  GroupId,
  HostConnection,
  HostId,
  Params,
  Pilot,
  PilotId,
  Pool,
  PoolName,
  Result,
  Task,
  TaskGroup,
  TaskState,
  Transfer
} from '../protocol';
import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import type { ViewMethod } from './request';

/** The bridge's state as this browser knows it, and the way to change it. */
export const IPilothouseModel = new Token<IPilothouseModel>(
  'jupyterlab-pilothouse:IPilothouseModel',
  'Pools, pilots, executors and task groups as the Pilothouse bridge tells them, and requests to it.'
);

/** What a person chose in the settings editor. */
export const IPilothouseSettings = new Token<IPilothouseSettings>(
  'jupyterlab-pilothouse:IPilothouseSettings',
  'Which of Pilothouse’s views are shown.'
);

/** Why nothing can be said or done: the bridge's reason, or what came between here and it. */
export type Trouble =
  | { readonly kind: 'bridge'; readonly error: ErrorData }
  /** `status` is HTTP's; null: no answer at all. `words` are the server's or the browser's. */
  | { readonly kind: 'server'; readonly status: number | null; readonly words: string };

/** How well the picture can be believed. Times are of this browser's clock. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** The picture is kept, but nobody renews it just now. */
  | { readonly kind: 'stale'; readonly lastHeardMs: number }
  | {
      readonly kind: 'offline';
      readonly trouble: Trouble;
      readonly lastHeardMs: number | null;
      /** A person has asked for a start and it is under way. */
      readonly starting: boolean;
    };

/** Everything the bridge has told, by id. */
export interface IPicture {
  readonly pools: ReadonlyMap<PoolName, Pool>;
  readonly pilots: ReadonlyMap<PilotId, Pilot>;
  readonly executors: ReadonlyMap<ExecutorId, Executor>;
  readonly groups: ReadonlyMap<GroupId, TaskGroup>;
  /** Connections to submit hosts other than this machine. */
  readonly hosts: ReadonlyMap<HostId, HostConnection>;
  readonly transfers: ReadonlyMap<string, Transfer>;
  /** Profile files that cannot be used, by path. */
  readonly brokenProfiles: ReadonlyMap<string, BrokenProfile>;
  pilotsOf(pool: PoolName): ReadonlyMap<PilotId, Pilot>;
  /** Groups of every execution of a cell, in any notebook. */
  groupsOfCell(cellId: string): ReadonlyMap<GroupId, TaskGroup>;
}

/** What one message changed. */
export interface IChangeSet {
  /** A snapshot came: anything may differ. The sets are then empty. */
  readonly all: boolean;
  readonly pools: ReadonlySet<PoolName>;
  readonly pilots: ReadonlySet<PilotId>;
  readonly executors: ReadonlySet<ExecutorId>;
  readonly groups: ReadonlySet<GroupId>;
  readonly hosts: ReadonlySet<HostId>;
  /** Cells that a changed group belongs to, or belonged to. */
  readonly cells: ReadonlySet<string>;
}

/** Which tasks a list shows. */
export interface ITaskQuery {
  readonly group?: GroupId;
  readonly pilot?: PilotId;
  readonly states?: TaskState[];
}

/** Tasks in pages, newest first; renews itself while its group changes. */
export interface ITaskList extends IDisposable {
  readonly tasks: readonly Task[];
  /** How many there are in all; null until the first page is there. */
  readonly total: number | null;
  readonly loading: boolean;
  readonly trouble: Trouble | null;
  readonly changed: ISignal<ITaskList, void>;
  /** Loads the next page. */
  more(): Promise<void>;
  /** Loads what is shown again. */
  refresh(): Promise<void>;
}

export type LogFile = Params<'pilots.log'>['file'];

/** One of a pilot's files. */
export interface IPilotLog {
  readonly file: LogFile;
  /** Which worker's, where the file is `worker`; null for any other. */
  readonly worker: number | null;
}
export type LogSource =
  ({ readonly kind: 'pilot'; readonly pilot: PilotId } & IPilotLog) | { readonly kind: 'bridge' };

/** The end of a log file, and what is written to it from now on. */
export interface ILogTail extends IDisposable {
  readonly text: string;
  /** The file on the bridge's machine; empty until known. */
  readonly path: string;
  /** Earlier text was left out. */
  readonly truncated: boolean;
  readonly loading: boolean;
  readonly trouble: Trouble | null;
  /** While true, the file is read again every second that the page is looked at. */
  following: boolean;
  readonly changed: ISignal<ILogTail, void>;
}

export interface IPilothouseModel extends IDisposable {
  readonly picture: IPicture;
  readonly connection: Connection;
  /** After each message that changed something; listeners coalesce by frame. */
  readonly changed: ISignal<IPilothouseModel, IChangeSet>;
  readonly connectionChanged: ISignal<IPilothouseModel, Connection>;
  /** Each second in which a duration on show grows and the page is looked at. */
  readonly ticked: ISignal<IPilothouseModel, void>;

  /** Now, by the clock of the bridge's machine, in milliseconds since the epoch. */
  nowMs(): number;
  /**
   * Asks the bridge.
   * @throws RequestFailure with the trouble.
   */
  call<M extends ViewMethod>(method: M, params: Params<M>): Promise<Result<M>>;
  /** Drops the stream and takes a new snapshot now. */
  reconnect(): void;
  /**
   * Starts the bridge, or finds the one that runs; what goes wrong becomes the
   * connection's trouble.
   */
  startBridge(): Promise<void>;
  tasksOf(query: ITaskQuery): ITaskList;
  logOf(source: LogSource): ILogTail;
}

export interface IPilothouseSettings {
  readonly showStrips: boolean;
  readonly showStatus: boolean;
  readonly changed: ISignal<IPilothouseSettings, void>;
}

/** Ids of the commands, for palette, keyboard, menus and other extensions. */
export namespace CommandIDs {
  export const openPanel = 'pilothouse:open-panel';
  export const setPilots = 'pilothouse:set-pilots';
  export const resumePool = 'pilothouse:resume-pool';
  export const endPilots = 'pilothouse:end-pilots';
  export const drainPilot = 'pilothouse:drain-pilot';
  export const removePilot = 'pilothouse:remove-pilot';
  export const showLog = 'pilothouse:show-log';
  export const showBridgeLog = 'pilothouse:show-bridge-log';
  export const startBridge = 'pilothouse:start-bridge';
  export const refresh = 'pilothouse:refresh-view';
  export const goToCell = 'pilothouse:go-to-cell';
  export const insertExample = 'pilothouse:insert-example';
  export const newPlace = 'pilothouse:new-place';
  export const editPlace = 'pilothouse:edit-place';
  export const renamePlace = 'pilothouse:rename-place';
  export const duplicatePlace = 'pilothouse:duplicate-place';
  export const deletePlace = 'pilothouse:delete-place';
  export const exportPlace = 'pilothouse:export-place';
  export const importPlace = 'pilothouse:import-place';
  export const savePlace = 'pilothouse:save-place';
  export const logIn = 'pilothouse:log-in';
  export const answerLogin = 'pilothouse:answer-login';
  export const logOut = 'pilothouse:log-out';
  export const showFiles = 'pilothouse:show-files';
  export const useOpenSsh = 'pilothouse:use-openssh';
}
