import type { HostConnection, HostId, PoolName, SubmitHost } from '../../../protocol';
import type { Handlers, IDisposable } from '../../tokens';
import type { ITransport, SshTarget } from '../tokens';

/** The one connection to a submit host, whether or not it is there. */
export interface IConnection {
  readonly host: HostId;
  /** What everything of this host goes over; null: nobody is logged in. */
  readonly transport: ITransport | null;
  /** As people see it. */
  readonly view: HostConnection;
  /** Called when `transport` has come or gone, after it has. */
  onConnection(call: (connected: boolean) => void): IDisposable;
}

/** The handlers of logging in. */
export type LoginHandlers = Required<
  Pick<
    Handlers,
    | 'hosts.list'
    | 'hosts.login'
    | 'hosts.logout'
    | 'logins.answer'
    | 'logins.trust'
    | 'logins.cancel'
  >
>;

/** The connections of all submit hosts that are not this machine. */
export interface IConnections extends IDisposable {
  /** The one of this submit host, made if there is none yet; nobody is logged in by that. */
  of(target: SshTarget): IConnection;
  readonly handlers: LoginHandlers;
  /** Which submit hosts each place uses now; those of no place go once they are not connected. */
  setPlaces(places: ReadonlyMap<PoolName, readonly SshTarget[]>): void;
}

/** A submit host that has to be logged in to; null: it is the machine of the bridge. */
export type TargetOf = (submitHost: SubmitHost) => SshTarget | null;
