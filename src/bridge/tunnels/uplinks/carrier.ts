import type { Readable, Writable } from 'node:stream';
import { RELAY_LIMITS, RelayFrame, RelayReady } from '../../../protocol';
import type { IClock, IDisposable } from '../../tokens';
import { PeerError } from '../peerError';
import type { IDoorOfAgents } from '../tokens';
import { CarriedConnection, type ICarriedStream } from './carried';
import { RelayDecoder, relayHeader, type IRelayFrame } from './relayFrames';

/** What a relay is reached by. */
export interface IRelayStream {
  readonly input: Readable;
  readonly output: Writable;
  /** Ends both. */
  close(): void;
}

/** Who is told of a relay. */
export interface ICarrierAudience {
  ready(ready: RelayReady): void;
  /** Called once, with all connections ended; `why` is of this end. */
  ended(why: string): void;
}

const TAKEN_BYTES = 4;
/** Counted, since the clock may be set forward. */
const SILENT_PINGS = RELAY_LIMITS.silenceMs / RELAY_LIMITS.pingMs;
/** Who is asked pings at the latest after `pingMs`; the rest is for the way. */
const ANSWERS_WITHIN_MS = RELAY_LIMITS.pingMs + 2_000;
/** Longest of an address (RFC 4291, with a zone), which is all that is told of a worker. */
const MOST_FROM_CHARS = 64;
/** Frames without bytes that a relay has not read: more there are of none that reads. */
const MOST_UNREAD = 100_000;

/** The bridge's end of one relay: brings what arrives there to the door of agents. */
export class Carrier implements IDisposable, ICarriedStream {
  constructor(
    private readonly _clock: IClock,
    private readonly _stream: IRelayStream,
    private readonly _door: IDoorOfAgents,
    private readonly _audience: ICarrierAudience
  ) {
    const { input, output } = _stream;
    input.on('data', (bytes: Buffer) => {
      this._pingsUnheard = 0;
      this._asked?.dispose();
      this._asked = null;
      this._read(bytes);
    });
    input.on('end', () => this._end('the relay has ended'));
    input.on('close', () => this._end('the relay has ended'));
    for (const each of [input, output]) {
      each.on('error', (error: Error) => this._end(error.message));
    }
    this._ticker = _clock.every(RELAY_LIMITS.pingMs, () => {
      this._pingsUnheard += 1;
      if (this._pingsUnheard > SILENT_PINGS) {
        this._end('the relay is silent');
      } else {
        this._send(0, RelayFrame.ping);
      }
    });
  }

  /** Connections that it carries now. */
  get count(): number {
    return this._connections.size;
  }

  /** Reads on from what it has said before anybody listened for frames. */
  begin(bytes: Buffer): void {
    this._read(bytes);
    this._stream.input.resume();
  }

  /** Asks for a sign of life: it ends soon where nothing at all comes. */
  ask(): void {
    this._send(0, RelayFrame.ping);
    this._asked ??= this._clock.after(ANSWERS_WITHIN_MS, () => this._end('the relay is silent'));
  }

  bytes(connection: number, bytes: Buffer): void {
    this._send(connection, RelayFrame.bytes, bytes);
  }

  taken(connection: number, count: number): void {
    const content = Buffer.allocUnsafe(TAKEN_BYTES);
    content.writeUInt32BE(count);
    this._send(connection, RelayFrame.taken, content);
  }

  closed(connection: number): void {
    if (this._connections.delete(connection)) {
      this._send(connection, RelayFrame.closed);
    }
  }

  /** Ends it; its audience is told nothing more. */
  dispose(): void {
    this._close();
  }

  private _read(bytes: Buffer): void {
    try {
      for (const frame of this._decoder.push(bytes)) {
        if (this._isOver) {
          return;
        }
        this._take(frame);
      }
    } catch (error) {
      this._end(error instanceof Error ? error.message : String(error));
    }
  }

  /** @throws PeerError */
  private _take({ connection, kind, content }: IRelayFrame): void {
    const carried = this._connections.get(connection);
    switch (kind) {
      case RelayFrame.ping:
        return;
      case RelayFrame.ready: {
        const ready = RelayReady.safeParse(parseJson(content));
        if (!ready.success) {
          throw new PeerError('a relay that does not say where it listens');
        }
        this._audience.ready(ready.data);
        return;
      }
      case RelayFrame.open:
        this._open(connection, content.toString('utf8', 0, MOST_FROM_CHARS));
        return;
      case RelayFrame.bytes:
        // One that has just ended here may still be spoken of there.
        if (carried?.arrived(content) === false) {
          throw new PeerError('a relay that sends more than a window');
        }
        return;
      case RelayFrame.taken:
        if (
          content.length !== TAKEN_BYTES ||
          carried?.takenThere(content.readUInt32BE()) === false
        ) {
          throw new PeerError('a relay that takes more than was sent');
        }
        return;
      case RelayFrame.closed:
        this._connections.delete(connection);
        carried?.ended();
    }
  }

  private _open(connection: number, from: string): void {
    if (this._connections.has(connection)) {
      throw new PeerError('a relay that opens a connection twice');
    }
    if (this._connections.size >= RELAY_LIMITS.connections) {
      this._send(connection, RelayFrame.closed);
      return;
    }
    const carried = new CarriedConnection(connection, this);
    this._connections.set(connection, carried);
    this._door.accept(carried, { near: false, from, by: this });
  }

  private _send(connection: number, kind: RelayFrame, content?: Buffer): void {
    const { output } = this._stream;
    if (this._isOver || !output.writable) {
      return;
    }
    const header = relayHeader(connection, kind, content?.length ?? 0);
    const frame = content === undefined ? header : Buffer.concat([header, content]);
    if (kind === RelayFrame.bytes) {
      // Of these no more than a window is sent.
      output.write(frame);
      return;
    }
    this._unread += 1;
    output.write(frame, () => {
      this._unread -= 1;
    });
    if (this._unread > MOST_UNREAD) {
      this._end('the relay does not read what it is told');
    }
  }

  private _end(why: string): void {
    if (!this._isOver) {
      this._close();
      this._audience.ended(why);
    }
  }

  private _close(): void {
    this._isOver = true;
    this._ticker.dispose();
    this._asked?.dispose();
    const carried = [...this._connections.values()];
    this._connections.clear();
    carried.forEach(each => each.ended());
    this._stream.close();
  }

  private readonly _connections = new Map<number, CarriedConnection>();
  private readonly _decoder = new RelayDecoder();
  private readonly _ticker: IDisposable;
  private _pingsUnheard = 0;
  private _asked: IDisposable | null = null;
  private _isOver = false;
  private _unread = 0;
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch (error) {
    throw new PeerError(`a relay's word that is no JSON: ${String(error)}`);
  }
}
