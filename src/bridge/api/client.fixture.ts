import { WebSocket } from 'ws';
import type { ErrorData } from '../../protocol';

/** A message from the bridge, as a test looks at it. */
export interface IReceived {
  id?: number | string | null;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; message: string; data: ErrorData };
}

/** A client as another program would be one: a real WebSocket over the unix socket. */
export class TestClient {
  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) {
        this.frames.push(data);
      } else {
        this.received.push(JSON.parse(data.toString()) as IReceived);
      }
      this._wake();
    });
    socket.on('close', code => {
      this.closeCode = code;
      this._wake();
    });
    socket.on('error', () => {
      // Its `close` follows, which tests wait for.
    });
  }

  static async connect(path: string, secret: string | null): Promise<TestClient> {
    const headers = secret === null ? {} : { Authorization: `Bearer ${secret}` };
    const socket = new WebSocket(`ws+unix://${path}:/`, { headers, perMessageDeflate: false });
    const client = new TestClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  readonly received: IReceived[] = [];
  /** Binary messages. */
  readonly frames: Buffer[] = [];
  closeCode: number | null = null;

  /** Sends a request and returns its answer. */
  async call(method: string, params?: unknown): Promise<IReceived> {
    const id = ++this._lastId;
    this.send({ jsonrpc: '2.0', id, method, params });
    return this.until(() => this.received.find(message => message.id === id));
  }

  hello(role: string, version = '1.0'): Promise<IReceived> {
    return this.call('bridge.hello', { role, version, pid: process.pid });
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Waits for something that messages or the end bring. */
  async until<T>(look: () => T | undefined | null | false): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined && found !== null && found !== false) {
        return found;
      }
      if (this.closeCode !== null) {
        throw new Error(`the connection was closed: ${this.closeCode}`);
      }
      await new Promise<void>(resolve => this._waiting.add(resolve));
    }
  }

  closed(): Promise<number> {
    return this.until(() => (this.closeCode === null ? null : this.closeCode + 1)).then(
      code => code - 1
    );
  }

  close(): void {
    this.socket.terminate();
  }

  private _wake(): void {
    const waiting = [...this._waiting];
    this._waiting.clear();
    waiting.forEach(call => call());
  }

  private readonly _waiting = new Set<() => void>();
  private _lastId = 0;
}
