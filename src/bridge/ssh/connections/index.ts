import type { HostId, LoginId, PoolName } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IBridgeContext, IProfiles } from '../../tokens';
import type { SshTarget } from '../tokens';
import { cancelled, Connection, type ConnectionContext, type OpenTable } from './connection';
import { hostIdOf } from './hostId';
import { unknownLogin, type LoginUnderWay } from './login';
import type { IConnection, IConnections, LoginHandlers, TargetOf } from './tokens';

export type * from './tokens';
export { hostIdOf } from './hostId';
export type { OpenTable } from './connection';

/** Nobody can log in anywhere. */
export const NO_CONNECTIONS: Pick<IConnections, 'of' | 'setPlaces'> = {
  of: target => {
    throw new PilothouseError({
      code: 'host_unreachable',
      params: { address: target.address },
      words: `This bridge was started without any way to log in to ${target.address}.`
    });
  },
  setPlaces: () => undefined
};

/** What connections are made with beside the context. */
export interface IConnectionsParts {
  readonly profiles: Pick<IProfiles, 'get'>;
  readonly open: OpenTable;
  readonly targetOf: TargetOf;
}

/** One connection for each submit host, however many profiles name it. */
export class Connections implements IConnections {
  constructor(
    private readonly _context: ConnectionContext & Pick<IBridgeContext, 'changes'>,
    private readonly _parts: IConnectionsParts
  ) {
    this.handlers = this._makeHandlers();
  }

  readonly handlers: LoginHandlers;

  of(target: SshTarget): IConnection {
    return this._of(target);
  }

  setPlaces(places: ReadonlyMap<PoolName, readonly SshTarget[]>): void {
    const pools = new Map<Connection, PoolName[]>();
    for (const [pool, targets] of places) {
      for (const target of targets) {
        const connection = this._of(target);
        const own = pools.get(connection) ?? [];
        pools.set(connection, own.includes(pool) ? own : [...own, pool]);
      }
    }
    this._places = places;
    for (const connection of this._made.values()) {
      const own = pools.get(connection) ?? [];
      if (own.join(' ') !== connection.pools.join(' ')) {
        connection.pools = own;
        this._show(connection);
      }
      this._leave(connection);
    }
  }

  dispose(): void {
    for (const connection of this._made.values()) {
      connection.dispose();
    }
    this._made.clear();
  }

  private _of(target: SshTarget): Connection {
    const host = hostIdOf(target);
    const known = this._made.get(host);
    if (known !== undefined) {
      return known;
    }
    const connection = new Connection(this._context, this._parts.open, host, target, changed => {
      this._show(changed);
      this._leave(changed);
    });
    this._made.set(host, connection);
    return connection;
  }

  private _show(connection: Connection): void {
    // One that no place uses, and nobody is logged in to, is nobody's business.
    if (this._made.has(connection.host) && this._isShown(connection)) {
      this._shown.add(connection.host);
      this._context.changes.put({ kind: 'host', value: connection.view });
    }
  }

  private _isShown(connection: Connection): boolean {
    return connection.pools.length > 0 || ['connected', 'logging-in'].includes(connection.state);
  }

  /**
   * No place has it any more. Whoever holds the object may still ask for it
   * again by the same name, so that it is forgotten by views alone.
   */
  private _leave(connection: Connection): void {
    if (!this._isShown(connection) && this._shown.delete(connection.host)) {
      connection.logout();
      this._context.changes.put({ kind: 'host-gone', host: connection.host });
    }
  }

  private _makeHandlers(): LoginHandlers {
    return {
      'hosts.list': () => ({
        hosts: [...this._made.values()].filter(each => this._isShown(each)).map(({ view }) => view),
        transfers: []
      }),
      'hosts.login': ({ pool }) => {
        const connection = this._toLogIn(pool);
        connection.begin();
        return connection.view;
      },
      'hosts.logout': ({ host }) => {
        this._made.get(host)?.logout();
        return {};
      },
      'logins.answer': ({ login, round, answers }) => {
        this._login(login).answer(round, answers);
        return {};
      },
      'logins.trust': ({ login, fingerprint }) => {
        this._login(login).accept(fingerprint);
        return {};
      },
      'logins.cancel': ({ login }) => {
        const under = this._login(login);
        under.end(cancelled(this._hostOf(under)));
        return {};
      }
    };
  }

  /**
   * The connection that a place lacks: that of its profile, or where that is
   * there already, of the submit host that its older pilots were sent from.
   */
  private _toLogIn(pool: string): Connection {
    const { submitHost } = this._parts.profiles.get(pool);
    const target = this._parts.targetOf(submitHost);
    const others = [...this._places].flatMap(([name, targets]) => (name === pool ? targets : []));
    if (target === null && others.length === 0) {
      const params = { address: submitHost.address ?? this._context.machine };
      const words = `${pool} runs on this machine: nobody has to log in.`;
      throw new PilothouseError({ code: 'host_unreachable', params, words });
    }
    const first = target === null ? this._of(others[0]) : this._of(target);
    if (target !== null) {
      first.aim(target);
    }
    const lacking = others.map(other => this._of(other)).find(({ state }) => state !== 'connected');
    return first.state === 'connected' ? (lacking ?? first) : first;
  }

  private _login(id: LoginId): LoginUnderWay {
    for (const { login } of this._made.values()) {
      if (login?.login === id) {
        return login;
      }
    }
    throw unknownLogin(id);
  }

  private _hostOf(login: LoginUnderWay): string {
    return [...this._made.values()].find(each => each.login === login)?.host ?? '';
  }

  private readonly _made = new Map<HostId, Connection>();
  private readonly _shown = new Set<HostId>();
  private _places: ReadonlyMap<PoolName, readonly SshTarget[]> = new Map();
}
