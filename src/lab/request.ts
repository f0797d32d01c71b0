import type { Method, Params, Result } from '../protocol';
import { ErrorData, METHODS } from '../protocol';
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';
import type { Trouble } from './tokens';

/** Methods that a browser may call: those whose roles include `view`. */
export type ViewMethod = {
  [M in Method]: 'view' extends (typeof METHODS)[M]['roles'][number] ? M : never;
}[Method];

/** A request that failed, with all that is known of why. */
export class RequestFailure extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble.kind === 'bridge' ? trouble.error.code : trouble.words);
    this.name = 'RequestFailure';
  }
}

/** What a thrown value says, whatever it is. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof RequestFailure) {
    return error.trouble;
  }
  return {
    kind: 'server',
    status: null,
    words: error instanceof Error ? error.message : String(error)
  };
}

/** Who listens to the stream. Nothing is called after the stream was disposed. */
export interface IStreamListener {
  /** One message, parsed as JSON and not yet checked. */
  message(content: unknown): void;
  /** The stream ended by itself; `opened` tells whether it had ever begun. */
  closed(opened: boolean): void;
}

/** The one door between browser and server; tests put another in its place. */
export interface IDoor {
  /** @throws RequestFailure */
  call<M extends ViewMethod>(method: M, params: Params<M>): Promise<Result<M>>;
  /**
   * Starts the bridge if none runs.
   * @throws RequestFailure
   */
  start(): Promise<void>;
  /**
   * The end of the bridge's log.
   * @throws RequestFailure
   */
  log(): Promise<string>;
  /** Opens the stream of state; disposing the answer closes it. */
  open(listener: IStreamListener): IDisposable;
}

/** The door to a Jupyter server that has Pilothouse's extension. */
export class ServerDoor implements IDoor {
  constructor(private readonly _settings: () => ServerConnection.ISettings) {}

  async call<M extends ViewMethod>(method: M, params: Params<M>): Promise<Result<M>> {
    const body = await this._ask(`rpc/${method}`, params);
    const answer = METHODS[method].result.safeParse(Private.field(body, 'result'));
    if (!answer.success) {
      throw new RequestFailure(Private.misunderstood(method, answer.error.message));
    }
    // The table's own schema checked it; TypeScript cannot follow the index.
    return answer.data as Result<M>;
  }

  async start(): Promise<void> {
    await this._ask('start', {});
  }

  async log(): Promise<string> {
    const response = await this._fetch('log', { method: 'GET' });
    const text = await response.text();
    if (!response.ok) {
      throw new RequestFailure(Private.refused(response, text));
    }
    const answer = Private.json(text);
    const words = Private.field(Private.field(answer, 'result') ?? answer, 'text');
    return typeof words === 'string' ? words : text;
  }

  open(listener: IStreamListener): IDisposable {
    const { appendToken, token, WebSocket, wsUrl } = this._settings();
    const url = URLExt.join(wsUrl, Private.NAMESPACE, 'stream');
    const query = appendToken && token ? `?token=${encodeURIComponent(token)}` : '';
    const socket = new WebSocket(url + query);
    let opened = false;
    socket.onopen = () => {
      opened = true;
    };
    socket.onmessage = event => {
      listener.message(Private.json(String(event.data)));
    };
    socket.onclose = () => listener.closed(opened);
    return new DisposableDelegate(() => {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    });
  }

  private async _ask(path: string, params: unknown): Promise<unknown> {
    const response = await this._fetch(path, { method: 'POST', body: JSON.stringify(params) });
    const text = await response.text();
    if (!response.ok) {
      throw new RequestFailure(Private.refused(response, text));
    }
    const answer = Private.json(text);
    if (Private.field(answer, 'error') !== undefined) {
      throw new RequestFailure(Private.refused(response, text));
    }
    return answer;
  }

  private async _fetch(path: string, init: RequestInit): Promise<Response> {
    // The base is asked for at each call: Lab may change its server.
    const settings = this._settings();
    const url = URLExt.join(settings.baseUrl, Private.NAMESPACE, path);
    try {
      return await ServerConnection.makeRequest(url, init, settings);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      throw new RequestFailure({ kind: 'server', status: null, words });
    }
  }
}

namespace Private {
  export const NAMESPACE = 'pilothouse';

  export function json(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      // Not JSON: a proxy's page. Who asked for a field finds none and says so with the text.
      return undefined;
    }
  }

  export function field(value: unknown, name: string): unknown {
    return typeof value === 'object' && value !== null && name in value
      ? (value as Record<string, unknown>)[name]
      : undefined;
  }

  export function refused(response: Response, text: string): Trouble {
    const answer = json(text);
    const error = ErrorData.safeParse(field(answer, 'error'));
    if (error.success) {
      return { kind: 'bridge', error: error.data };
    }
    const message = field(answer, 'message');
    const words = typeof message === 'string' ? message : response.statusText;
    return { kind: 'server', status: response.status, words };
  }

  export function misunderstood(field: string, message: string): Trouble {
    return {
      kind: 'bridge',
      error: { code: 'invalid_message', params: { field }, words: message }
    };
  }
}
