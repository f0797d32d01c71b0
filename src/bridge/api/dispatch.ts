import type { z } from 'zod';
import {
  CLIENT_NOTIFICATIONS,
  LIMITS,
  METHODS,
  RpcNotification,
  RpcRequest,
  type ClientNotification,
  type ErrorData,
  type Method,
  type RpcId,
  type Role
} from '../../protocol';
import { PilothouseError } from '../errors';
import type { Handlers, IClient, ILog } from '../tokens';
import type { Connection } from './connection';

/** What is done with notifications of clients. */
export type NotificationHandlers = {
  [N in ClientNotification]: (
    params: z.infer<(typeof CLIENT_NOTIFICATIONS)[N]>,
    client: IClient
  ) => void;
};

export interface IRoutes {
  readonly methods: Handlers;
  readonly notifications: NotificationHandlers;
}

/** Who may send which notification: they all speak of a kernel's own. */
const NOTIFYING_ROLE: Role = 'kernel';

/** What a client of another version may still ask, so that it can replace the bridge. */
const FOR_ANY_VERSION: readonly Method[] = ['bridge.status', 'bridge.stop'];

/** Reads what clients send, checks all of it, and hands it to its handler. */
export class Dispatcher {
  constructor(
    private readonly _routes: IRoutes,
    private readonly _version: string,
    private readonly _log: ILog
  ) {}

  receive(connection: Connection, text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch (error) {
      connection.refuse(null, {
        code: 'invalid_message',
        params: { why: 'no JSON' },
        words: (error as Error).message
      });
      return;
    }
    if (typeof message === 'object' && message !== null && 'id' in message) {
      const request = RpcRequest.safeParse(message);
      if (request.success) {
        this._request(connection, request.data);
      } else {
        connection.refuse(null, invalidMessage(request.error));
      }
      return;
    }
    const notification = RpcNotification.safeParse(message);
    if (notification.success) {
      this._notification(connection, notification.data);
    } else {
      connection.refuse(null, invalidMessage(notification.error));
    }
  }

  private _request(connection: Connection, request: RpcRequest): void {
    const { id, method: name } = request;
    if (connection.underWay >= LIMITS.requestsUnderWay) {
      connection.refuse(id, {
        code: 'too_many_requests',
        params: { limit: LIMITS.requestsUnderWay }
      });
      return;
    }
    let answer: unknown;
    try {
      answer = this._call(connection, name, request.params);
    } catch (error) {
      connection.refuse(id, this._dataOf(error, name, connection));
      return;
    }
    if (!(answer instanceof Promise)) {
      connection.answer(id, answer);
      return;
    }
    connection.underWay++;
    void this._answerLater(connection, id, name, answer);
  }

  private async _answerLater(
    connection: Connection,
    id: RpcId,
    name: string,
    answer: Promise<unknown>
  ): Promise<void> {
    try {
      connection.answer(id, await answer);
    } catch (error) {
      connection.refuse(id, this._dataOf(error, name, connection));
    } finally {
      connection.underWay--;
    }
  }

  private _call(connection: Connection, name: string, params: unknown): unknown {
    if (!isMethod(name)) {
      throw new PilothouseError({ code: 'unknown_method', params: { method: name } });
    }
    const { standing } = connection;
    if (name === 'bridge.hello') {
      this._hello(connection, parse(name, METHODS['bridge.hello'].params, params));
    } else if (standing.kind === 'stranger') {
      throw new PilothouseError({
        code: 'not_allowed',
        params: { method: name, why: 'before bridge.hello' }
      });
    } else if (standing.kind === 'otherVersion' && !FOR_ANY_VERSION.includes(name)) {
      throw new PilothouseError({
        code: 'not_allowed',
        params: { method: name, why: 'of another version' }
      });
    } else if (!METHODS[name].roles.some(role => role === standing.role)) {
      throw new PilothouseError({
        code: 'not_allowed',
        params: { method: name, role: standing.role, roles: METHODS[name].roles.join(', ') }
      });
    }
    const handler = this._routes.methods[name];
    if (handler === undefined) {
      throw new Error(`no handler for ${name}`);
    }
    // The table ties each handler to its method's params; TypeScript cannot follow that through a union.
    const call = handler as (params: unknown, client: IClient) => unknown;
    const schema: z.ZodType = METHODS[name].params;
    return call(parse(name, schema, params), connection);
  }

  private _hello(
    connection: Connection,
    hello: { role: Role; version: string; pid: number }
  ): void {
    if (connection.standing.kind !== 'stranger') {
      throw new PilothouseError({
        code: 'not_allowed',
        params: { method: 'bridge.hello', why: 'said already' }
      });
    }
    const { role, version, pid } = hello;
    if (version !== this._version) {
      if (role === 'command') {
        connection.standing = { kind: 'otherVersion', role, pid };
      }
      throw new PilothouseError({
        code: 'version_mismatch',
        params: { client: version, bridge: this._version }
      });
    }
    connection.standing = { kind: 'client', role, pid };
  }

  private _notification(connection: Connection, notification: RpcNotification): void {
    const { method: name } = notification;
    try {
      if (!isNotification(name)) {
        throw new PilothouseError({ code: 'unknown_method', params: { method: name } });
      }
      const { standing } = connection;
      if (standing.kind !== 'client' || standing.role !== NOTIFYING_ROLE) {
        throw new PilothouseError({
          code: 'not_allowed',
          params: { method: name, roles: NOTIFYING_ROLE }
        });
      }
      const call = this._routes.notifications[name] as (params: unknown, client: IClient) => void;
      const schema: z.ZodType = CLIENT_NOTIFICATIONS[name];
      call(parse(name, schema, notification.params), connection);
    } catch (error) {
      // JSON-RPC answers no notification; the log has it.
      this._log.error('notification_refused', error, { client: connection.id, method: name });
    }
  }

  private _dataOf(error: unknown, method: string, connection: Connection): ErrorData {
    if (error instanceof PilothouseError) {
      return error.data;
    }
    this._log.error('request_failed', error, { method, client: connection.id });
    return {
      code: 'internal',
      params: { method },
      words: error instanceof Error ? error.message : String(error)
    };
  }
}

function parse<T>(method: string, schema: z.ZodType<T>, params: unknown = {}): T {
  const parsed = schema.safeParse(params);
  if (parsed.success) {
    return parsed.data;
  }
  const issue = parsed.error.issues[0];
  throw new PilothouseError({
    code: 'invalid_params',
    params: { method, field: issue.path.join('.'), message: issue.message }
  });
}

function invalidMessage(error: z.ZodError): ErrorData {
  const issue = error.issues[0];
  return {
    code: 'invalid_message',
    params: { why: 'no JSON-RPC 2.0', field: issue.path.join('.'), message: issue.message }
  };
}

const isMethod = (name: string): name is Method => Object.hasOwn(METHODS, name);
const isNotification = (name: string): name is ClientNotification =>
  Object.hasOwn(CLIENT_NOTIFICATIONS, name);
