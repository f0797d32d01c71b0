import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { FrameKind, type ErrorData, type HomeFrame } from '../../protocol';
import { encodeFrame, FrameDecoder } from '../tunnels';
import { FRAMES } from './framedWire';

/** A message from the bridge, as a test looks at it. */
export interface IReceived {
  id?: number | string | null;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; message: string; data: ErrorData };
}

/** What clients of both kinds do alike. */
abstract class AnyClient {
  readonly received: IReceived[] = [];
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

  abstract send(message: unknown): void;

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

  protected wake(): void {
    const waiting = [...this._waiting];
    this._waiting.clear();
    waiting.forEach(call => call());
  }

  private readonly _waiting = new Set<() => void>();
  private _lastId = 0;
}

/** A client as another program would be one: a real WebSocket over the unix socket. */
export class TestClient extends AnyClient {
  private constructor(readonly socket: WebSocket) {
    super();
    socket.on('message', (data: Buffer) => {
      this.received.push(JSON.parse(data.toString()) as IReceived);
      this.wake();
    });
    socket.on('close', code => {
      this.closeCode = code;
      this.wake();
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

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  close(): void {
    this.socket.terminate();
  }
}

/** A client as a home is one: frames over the unix socket. Its close code is 0. */
export class FramedClient extends AnyClient {
  private constructor(readonly socket: Socket) {
    super();
    socket.on('close', () => {
      this.closeCode = 0;
      this.wake();
    });
    socket.on('error', () => {
      // Its `close` follows, which tests wait for.
    });
  }

  /** What the bridge answers to the request is the error's message where it is no upgrade. */
  static async connect(path: string, secret: string): Promise<FramedClient> {
    const socket = connect(path);
    const client = new FramedClient(socket);
    await once(socket, 'connect');
    socket.write(
      `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: ${FRAMES}\r\n` +
        `Authorization: Bearer ${secret}\r\n\r\n`
    );
    let head = Buffer.alloc(0);
    while (!head.includes('\r\n\r\n')) {
      const [more] = (await once(socket, 'data')) as [Buffer];
      head = Buffer.concat([head, more]);
    }
    const end = head.indexOf('\r\n\r\n') + 4;
    if (!head.toString('latin1').startsWith('HTTP/1.1 101 ')) {
      socket.destroy();
      throw new Error(head.toString('latin1', 0, end));
    }
    const decoder = new FrameDecoder(2 ** 26);
    const hear = (bytes: Buffer): void => {
      for (const { kind, content } of decoder.push(bytes)) {
        if (kind === FrameKind.json) {
          client.received.push(JSON.parse(content.toString()) as IReceived);
        } else {
          client.frames.push({ kind, content });
        }
      }
      client.wake();
    };
    socket.on('data', hear);
    hear(head.subarray(end));
    return client;
  }

  /** All but messages. */
  readonly frames: { kind: number; content: Buffer }[] = [];

  send(message: unknown): void {
    this.write(FrameKind.json, JSON.stringify(message));
  }

  write(kind: FrameKind | HomeFrame, content: Uint8Array | string): void {
    this.socket.write(encodeFrame(kind, content));
  }

  close(): void {
    this.socket.destroy();
  }
}
