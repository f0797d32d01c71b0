import { KIND, PIECE_BYTES, type Proxy, WINDOW_BYTES } from './proxy';
import { type Fields, flag, text, u32 } from './wire';

/** What the owner of a channel is told. */
export interface IChannelEvents {
  data(chunk: Buffer, ofStderr: boolean): void;
  /** Nothing more comes from there. */
  eof(): void;
  exit(exitCode: number | null, signal: string | null): void;
  /** Once; nothing comes after it. */
  closed(): void;
}

type Done = (error?: Error | null) => void;
interface IPending {
  rest: Buffer;
  readonly done: Done;
}
const STDERR = 1;
const CLOSED = 'the other side has closed it';

/** One channel, open at both ends. What comes before somebody listens waits. */
export class OpenChannel {
  constructor(
    private readonly _proxy: Proxy,
    private readonly _of: { id: number; remote: number; window: number; piece: number }
  ) {
    this._window = _of.window;
  }

  listen(events: IChannelEvents): void {
    this._events = events;
    this._early.splice(0).forEach(tell => tell(events));
  }

  /** Whether the machine does as it is asked. @throws Error where the channel closes instead */
  request(name: string, ...parts: readonly Buffer[]): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this._over) {
        reject(new Error(CLOSED));
        return;
      }
      this._asked.push({ resolve, reject });
      this._send(KIND.request, text(name), flag(true), ...parts);
    });
  }

  /** `done` once it is on its way and its bytes are not needed any more, or it cannot be. */
  write(chunk: Buffer, done: Done): void {
    if (this._over || this._ends) {
      done(new Error(CLOSED));
      return;
    }
    this._pending.push({ rest: chunk, done });
    this._proxy.together(() => this._flush());
  }

  /** Nothing more goes there, after what was written. */
  end(): void {
    this._ends = true;
    this._flush();
  }

  close(): void {
    if (!this._closing) {
      this._closing = true;
      this._send(KIND.close);
    }
    this._drop();
  }

  /** So much of what has come was taken. */
  taken(bytes: number): void {
    if (bytes > 0 && !this._over && !this._closing) {
      this._send(KIND.windowAdjust, u32(bytes));
    }
  }

  heard(kind: number, fields: Fields): void {
    switch (kind) {
      case KIND.windowAdjust:
        this._window += fields.u32();
        this._proxy.together(() => this._flush());
        return;
      case KIND.data: {
        const chunk = fields.bytes();
        this._tell(events => events.data(chunk, false));
        return;
      }
      case KIND.extendedData: {
        const ofStderr = fields.u32() === STDERR;
        const chunk = fields.bytes();
        this._tell(events => events.data(chunk, ofStderr));
        return;
      }
      case KIND.eof:
        this._tell(events => events.eof());
        return;
      case KIND.success:
      case KIND.refused:
        this._asked.shift()?.resolve(kind === KIND.success);
        return;
      case KIND.request:
        this._requested(fields);
        return;
      case KIND.close:
        this.close();
        this._proxy.forget(this._of.id);
        this.lost();
    }
  }

  /** There is no other side any more. */
  lost(): void {
    if (!this._over) {
      this._over = true;
      this._drop();
      this._asked.splice(0).forEach(({ reject }) => reject(new Error(CLOSED)));
      this._tell(events => events.closed());
    }
  }

  private _requested(fields: Fields): void {
    const name = fields.text();
    const wantsAnswer = fields.byte() !== 0;
    if (name === 'exit-status') {
      const code = fields.u32();
      this._tell(events => events.exit(code, null));
    } else if (name === 'exit-signal') {
      const signal = fields.text();
      this._tell(events => events.exit(null, `SIG${signal}`));
    } else if (wantsAnswer) {
      // OpenSSH's keepalive@openssh.com among others (RFC 4254, 5.4).
      this._send(KIND.refused);
    }
  }

  private _flush(): void {
    const piece = Math.min(this._of.piece, PIECE_BYTES);
    while (this._pending.length > 0 && !this._closing) {
      const [first] = this._pending;
      const size = Math.min(first.rest.length, this._window, piece);
      if (size === 0 && first.rest.length > 0) {
        return;
      }
      if (size > 0) {
        this._proxy.sendData(this._of.remote, first.rest.subarray(0, size));
        this._window -= size;
        first.rest = first.rest.subarray(size);
      }
      if (first.rest.length === 0) {
        this._pending.shift();
        this._proxy.whenSent(() => first.done());
      }
    }
    if (this._ends && !this._ended && !this._closing && this._pending.length === 0) {
      this._ended = true;
      this._send(KIND.eof);
    }
  }

  private _drop(): void {
    this._pending.splice(0).forEach(({ done }) => done(new Error(CLOSED)));
  }

  private _send(kind: number, ...parts: readonly Buffer[]): void {
    this._proxy.send(kind, u32(this._of.remote), ...parts);
  }

  private _tell(tell: (events: IChannelEvents) => void): void {
    if (this._events === null) {
      this._early.push(tell);
    } else {
      tell(this._events);
    }
  }

  private _events: IChannelEvents | null = null;
  private readonly _early: ((events: IChannelEvents) => void)[] = [];
  private readonly _pending: IPending[] = [];
  private readonly _asked: { resolve: (done: boolean) => void; reject: (why: Error) => void }[] =
    [];
  private _window: number;
  private _ends = false;
  private _ended = false;
  private _closing = false;
  private _over = false;
}

/** Gives room back for what was taken, not for each byte. */
export class Room {
  constructor(private readonly _channel: Pick<OpenChannel, 'taken'>) {}

  came(bytes: number): void {
    this._came += bytes;
  }

  /** `waiting`: what has come and nobody has read. */
  waits(waiting: number): void {
    const free = this._came - waiting;
    if (free >= WINDOW_BYTES / 4) {
      this._came -= free;
      this._channel.taken(free);
    }
  }

  private _came = 0;
}
