import type { Params, Result, Role } from '../../src/protocol';
import type { IWire } from './wire';

type Called = 'executors.open' | 'leases.ask' | 'leases.end' | 'tunnels.open';

/** A client of the bridge. */
export class Client {
  private constructor(readonly wire: IWire) {
    wire.onMessage = text => {
      const message = JSON.parse(text) as Record<string, unknown>;
      if (typeof message.method === 'string') {
        this.onNotification(message.method, message.params);
      } else {
        const waiting = this._waiting.get(message.id as number);
        this._waiting.delete(message.id as number);
        waiting?.(message);
      }
    };
  }

  onNotification: (method: string, params: unknown) => void = () => undefined;
  /** Of the bridge. */
  pid = 0;

  static async open(wire: IWire, version: string, role: Role): Promise<Client> {
    const client = new Client(wire);
    const { pid } = process;
    const hello = await client._call('bridge.hello', { role, version, pid });
    client.pid = (hello as Result<'bridge.hello'>).pid;
    return client;
  }

  request<M extends Called>(method: M, params: Params<M>): Promise<Result<M>> {
    return this._call(method, params) as Promise<Result<M>>;
  }

  notify(method: string, params: object): void {
    this.wire.sendMessage(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  private _call(method: string, params: object): Promise<unknown> {
    this._made += 1;
    const id = this._made;
    return new Promise((resolve, reject) => {
      this._waiting.set(id, ({ result, error }) => {
        if (error === undefined) {
          resolve(result);
        } else {
          reject(new Error(`${method}: ${JSON.stringify(error)}`));
        }
      });
      this.wire.sendMessage(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  private readonly _waiting = new Map<number, (answer: Record<string, unknown>) => void>();
  private _made = 0;
}
