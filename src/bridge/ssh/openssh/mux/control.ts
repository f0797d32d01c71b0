import { connect, type Socket } from 'node:net';
import { Fields, message, Messages, text, u32 } from './wire';

/** A connection to a control master (PROTOCOL.mux of OpenSSH), for questions with one answer each. */

const HELLO = 0x00000001;
const VERSION = 4;
export const ASK = {
  terminate: 0x10000005,
  openForward: 0x10000006,
  closeForward: 0x10000007,
  proxy: 0x1000000f
} as const;
const OK = 0x80000001;
const DENIED = 0x80000002;
const FAILURE = 0x80000003;
const REMOTE_PORT = 0x80000007;
const PROXY = 0x8000000f;

const REMOTE = 2;
/** In place of a port: the name is a socket's. */
const IS_SOCKET = 0xfffffffe;

/** The master understood, and would not. */
export class MasterRefusal extends Error {
  override readonly name = 'MasterRefusal';
}

/** A listener there, whose connections come to a socket here. */
export interface IForward {
  readonly host: string;
  readonly port: number;
  readonly socket: string;
}

export class Control {
  /** @throws Error where nobody listens, or it is no master that is understood */
  static async open(path: string): Promise<Control> {
    const socket = connect(path);
    const control = new Control(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    socket.on('error', () => undefined);
    socket.write(message(u32(HELLO), u32(VERSION)));
    const hello = new Fields(await control._next());
    const [kind, version] = [hello.u32(), hello.u32()];
    if (kind !== HELLO || version !== VERSION) {
      control.close();
      throw new Error(`ssh speaks version ${version} of its control protocol, not ${VERSION}`);
    }
    return control;
  }

  private constructor(private readonly _socket: Socket) {
    _socket.on('data', chunk => this._arrived(chunk));
    _socket.on('close', () => this._ended());
  }

  /** @returns the port, where it is one of those there. @throws MasterRefusal; Error where it is gone */
  async openForward({ host, port, socket }: IForward): Promise<number> {
    const got = await this._ask(ASK.openForward, forward(host, port, socket));
    return got ?? port;
  }

  /** The port as it was asked for, 0 too. @throws MasterRefusal; Error where it is gone */
  async closeForward({ host, port, socket }: IForward): Promise<void> {
    await this._ask(ASK.closeForward, forward(host, port, socket));
  }

  /** Ends the master. @throws MasterRefusal; Error where it is gone */
  async terminate(): Promise<void> {
    await this._ask(ASK.terminate);
  }

  /**
   * From now on the socket carries messages of the connection protocol alone.
   * @throws MasterRefusal before OpenSSH 7.4; Error where it is gone
   */
  async proxy(): Promise<Socket> {
    await this._ask(ASK.proxy);
    this._socket.removeAllListeners('data');
    this._socket.removeAllListeners('close');
    return this._socket;
  }

  close(): void {
    this._socket.destroy();
  }

  /** One at a time: the next is sent when this is answered. */
  private _ask(kind: number, ...parts: Buffer[]): Promise<number | null> {
    const asked = this._last.then(async () => {
      this._asked += 1;
      const number = this._asked;
      this._socket.write(message(u32(kind), u32(number), ...parts));
      const fields = new Fields(await this._next());
      const answer = fields.u32();
      if (fields.u32() !== number) {
        throw new Error('ssh answered another question');
      }
      switch (answer) {
        case OK:
        case PROXY:
          return null;
        case REMOTE_PORT:
          return fields.u32();
        case DENIED:
        case FAILURE:
          throw new MasterRefusal(fields.text());
        default:
          throw new Error(`ssh answered by ${answer}`);
      }
    });
    this._last = asked.catch(() => undefined);
    return asked;
  }

  private _next(): Promise<Buffer> {
    const found = this._found.shift();
    if (found !== undefined) {
      return Promise.resolve(found);
    }
    return this._gone
      ? Promise.reject(new Error(GONE))
      : new Promise((resolve, reject) => (this._waiting = { resolve, reject }));
  }

  private _arrived(chunk: Buffer): void {
    try {
      this._found.push(...this._messages.add(chunk));
    } catch {
      this._socket.destroy();
      return;
    }
    const waiting = this._waiting;
    if (waiting !== null && this._found.length > 0) {
      this._waiting = null;
      waiting.resolve(this._found.splice(0, 1)[0]);
    }
  }

  private _ended(): void {
    this._gone = true;
    this._waiting?.reject(new Error(GONE));
    this._waiting = null;
  }

  private readonly _messages = new Messages();
  private readonly _found: Buffer[] = [];
  private _waiting: { resolve(found: Buffer): void; reject(why: Error): void } | null = null;
  private _last: Promise<unknown> = Promise.resolve();
  private _asked = 0;
  private _gone = false;
}

const GONE = 'ssh has closed its control socket';

const forward = (host: string, port: number, socket: string): Buffer =>
  Buffer.concat([u32(REMOTE), text(host), u32(port), text(socket), u32(IS_SOCKET)]);
