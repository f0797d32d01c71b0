import type { Socket } from 'node:net';
import { Fields, message, Messages, text, u32 } from './wire';
import { OpenChannel } from './channel';

/** The connection protocol (RFC 4254) through a control master, which numbers channels anew and encrypts. */

export const KIND = {
  open: 90,
  confirmation: 91,
  failure: 92,
  windowAdjust: 93,
  data: 94,
  extendedData: 95,
  eof: 96,
  close: 97,
  request: 98,
  success: 99,
  refused: 100
} as const;

/** Most that comes before it is taken. */
export const WINDOW_BYTES = 2 * 1024 * 1024;
/** Largest piece, as OpenSSH has it (channels.h, CHAN_TCP_PACKET_DEFAULT). */
export const PIECE_BYTES = 32 * 1024;

/** A channel that the machine did not open (RFC 4254, 5.1). */
export class ChannelRefusal extends Error {
  override readonly name = 'ChannelRefusal';

  constructor(
    readonly reason: number,
    words: string
  ) {
    super(words);
  }
}

interface IOpening {
  readonly resolve: (channel: OpenChannel) => void;
  readonly reject: (why: Error) => void;
}

/** All channels of one login. */
export class Proxy {
  constructor(private readonly _socket: Socket) {
    _socket.on('data', chunk => this._arrived(chunk));
    _socket.on('error', () => undefined);
    _socket.once('close', () => this._ended());
  }

  /** @throws ChannelRefusal; Error where the master is gone */
  open(type: string, more: readonly Buffer[] = []): Promise<OpenChannel> {
    if (this._gone) {
      return Promise.reject(new Error(GONE));
    }
    this._made += 1;
    const id = this._made;
    return new Promise((resolve, reject) => {
      this._opening.set(id, { resolve, reject });
      this.send(KIND.open, text(type), u32(id), u32(WINDOW_BYTES), u32(PIECE_BYTES), ...more);
    });
  }

  send(kind: number, ...parts: readonly Buffer[]): void {
    if (!this._gone) {
      this._socket.write(message(Buffer.from([0, kind]), ...parts));
    }
  }

  /** A channel's data, whose bytes are not copied: they are not to be changed before `whenSent`. */
  sendData(remote: number, data: Buffer): void {
    if (!this._gone) {
      this._socket.write(headOfData(remote, data.length));
      this._socket.write(data);
    }
  }

  /** What is sent meanwhile goes by one call of the system's. */
  together(work: () => void): void {
    this._socket.cork();
    try {
      work();
    } finally {
      this._socket.uncork();
    }
  }

  /** Called when the master has taken all that was sent. */
  whenSent(call: () => void): void {
    if (this._socket.writableLength === 0 || this._gone) {
      call();
    } else {
      this._socket.write('', call);
    }
  }

  onClosed(call: () => void): void {
    this._closed = call;
  }

  forget(id: number): void {
    this._channels.delete(id);
  }

  close(): void {
    this._socket.destroy();
    this._ended();
  }

  private _arrived(chunk: Buffer): void {
    try {
      for (const found of this._messages.add(chunk)) {
        this._heard(found[1], new Fields(found.subarray(2)));
      }
    } catch {
      // Nothing that follows could be understood.
      this.close();
    }
  }

  private _heard(kind: number, fields: Fields): void {
    const id = fields.u32();
    const opening = this._opening.get(id);
    if (opening !== undefined) {
      if (kind === KIND.confirmation) {
        const [remote, window, piece] = [fields.u32(), fields.u32(), fields.u32()];
        this._opening.delete(id);
        const channel = new OpenChannel(this, { id, remote, window, piece });
        this._channels.set(id, channel);
        opening.resolve(channel);
      } else if (kind === KIND.failure) {
        const refusal = new ChannelRefusal(fields.u32(), fields.text());
        this._opening.delete(id);
        opening.reject(refusal);
      } else {
        throw new Error(`ssh answered by ${kind}`);
      }
      return;
    }
    // What comes for a channel that was closed here has crossed with that.
    this._channels.get(id)?.heard(kind, fields);
  }

  private _ended(): void {
    if (this._gone) {
      return;
    }
    this._gone = true;
    for (const { reject } of this._opening.values()) {
      reject(new Error(GONE));
    }
    this._opening.clear();
    for (const channel of [...this._channels.values()]) {
      channel.lost();
    }
    this._channels.clear();
    this._closed();
  }

  private readonly _messages = new Messages();
  private readonly _opening = new Map<number, IOpening>();
  private readonly _channels = new Map<number, OpenChannel>();
  private _closed: () => void = () => undefined;
  private _made = 0;
  private _gone = false;
}

const GONE = 'ssh has ended';

/** Kind, channel and length: after them, in a message, come the bytes themselves (RFC 4254, 5.2). */
const HEAD_BYTES = 10;

function headOfData(remote: number, bytes: number): Buffer {
  const head = Buffer.from([0, 0, 0, 0, 0, KIND.data, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(HEAD_BYTES + bytes, 0);
  head.writeUInt32BE(remote, 6);
  head.writeUInt32BE(bytes, 10);
  return head;
}

/** A program's line for the login shell (RFC 4254, 6.5). */
export const execRequest = (line: string): [string, Buffer] => ['exec', text(line)];
/** RFC 4254, 7.2. */
export const toPort = (host: string, port: number): [string, Buffer[]] => [
  'direct-tcpip',
  [text(host), u32(port), text('127.0.0.1'), u32(0)]
];
/** PROTOCOL of OpenSSH, 2.4. */
export const toSocket = (path: string): [string, Buffer[]] => [
  'direct-streamlocal@openssh.com',
  [text(path), text(''), u32(0)]
];
