import { Duplex, type Readable as Source, Readable, Writable } from 'node:stream';
import type { Channel, ClientChannel } from 'ssh2';
import type { IChannel } from '../tokens';

/**
 * ssh2's channels as Node's streams are expected to behave: a write to a
 * closed one does not wait for ever, each direction ends by itself, and
 * destroying one half leaves the other.
 */

/** Read ahead, so that the end of a channel is noticed although nobody reads. */
const BUFFER_BYTES = 256 * 1024;

/** A stream over a channel, for who owns the connection. */
export interface IOver<T> {
  readonly stream: T;
  /** There is no other side any more: what has come stays readable. */
  abandon(): void;
}

/**
 * Hands what comes from a source to a stream, no faster than that is read.
 * @returns what takes the rest at once: at most a window, which has come already
 */
function pass(source: Source, into: Readable): () => void {
  let held = true;
  source.on('data', (chunk: Buffer) => {
    if (!into.destroyed && !into.push(chunk) && held) {
      source.pause();
    }
  });
  source.on('end', () => into.push(null));
  const free = (): void => {
    held = false;
    source.resume();
  };
  into.once('close', free);
  return free;
}

const readOf = (source: Source) =>
  function read(): void {
    source.resume();
  };

/** Writing into a channel, whose own call never comes once it is closed. */
class Writing {
  /** @param _gather called before each write */
  constructor(
    private readonly _channel: Channel,
    private readonly _gather: () => void
  ) {}

  readonly write = (chunk: Buffer, _: unknown, done: (error?: Error | null) => void): void => {
    if (this._closed) {
      done(new Error(GONE));
      return;
    }
    this._pending = done;
    this._gather();
    this._channel.write(chunk, error => {
      this._settle(error ?? null);
    });
  };

  readonly final = (done: () => void): void => {
    this._channel.end();
    done();
  };

  close(): void {
    this._closed = true;
    this._settle(new Error(GONE));
  }

  private _settle(error: Error | null): void {
    const done = this._pending;
    this._pending = null;
    done?.(error);
  }

  private _pending: ((error?: Error | null) => void) | null = null;
  private _closed = false;
}
const GONE = 'the other side has closed it';

/** Who does not listen for errors learns from the stream's end; without any listener one would end the bridge. */
const bearErrors = (...streams: (Readable | Writable)[]): void =>
  streams.forEach(stream => stream.on('error', () => undefined));

/** What a stream tells whoever owns the connection. */
export interface IOwner {
  /** Something is about to be written. */
  writes(): void;
  /** It is over. */
  closed(): void;
}

/** A program that runs on the other machine. */
export function programOf(channel: ClientChannel, owner: IOwner): IOver<IChannel> {
  const highWaterMark = BUFFER_BYTES;
  const writing = new Writing(channel, () => owner.writes());
  const stdin = new Writable({ highWaterMark, write: writing.write, final: writing.final });
  const stdout = new Readable({ highWaterMark, read: readOf(channel) });
  const stderr = new Readable({ highWaterMark, read: readOf(channel.stderr) });
  bearErrors(stdin, stdout, stderr);
  const frees = [pass(channel, stdout), pass(channel.stderr, stderr)];
  const abandon = (): void => frees.forEach(free => free());

  let end: { exitCode: number | null; signal: string | null } = { exitCode: null, signal: null };
  channel.on('exit', (code: number | null, signal?: string) => {
    end = { exitCode: code, signal: signal ?? null };
    abandon();
  });
  const ended = new Promise<typeof end>(resolve => {
    channel.once('close', () => {
      writing.close();
      stdin.destroy();
      owner.closed();
      resolve(end);
    });
  });
  const close = (): void => {
    channel.close();
    abandon();
  };
  return { stream: { stdin, stdout, stderr, ended, close }, abandon };
}

/** A connection from, or to, the other machine. */
export function connectionOf(channel: ClientChannel, owner: IOwner): IOver<Duplex> {
  const writing = new Writing(channel, () => owner.writes());
  const connection = new Duplex({
    highWaterMark: BUFFER_BYTES,
    allowHalfOpen: true,
    read: readOf(channel),
    write: writing.write,
    final: writing.final,
    destroy(error, done) {
      channel.close();
      done(error);
    }
  });
  bearErrors(connection);
  const abandon = pass(channel, connection);
  channel.stderr.resume();
  channel.once('close', () => {
    owner.closed();
    abandon();
    const gone = (): void => {
      writing.close();
      connection.destroy();
    };
    // What has come can still be read.
    if (connection.readableEnded || connection.destroyed) {
      gone();
    } else {
      connection.once('end', gone);
    }
  });
  return { stream: connection, abandon };
}
