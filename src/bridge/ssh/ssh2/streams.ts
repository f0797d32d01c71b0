import { Duplex, type Readable as Source, Readable, Writable } from 'node:stream';
import type { Channel, ClientChannel } from 'ssh2';
import type { IChannel } from '../tokens';

/**
 * ssh2's channels as Node's streams are expected to behave: a write to a
 * closed one does not wait for ever, each direction ends by itself, and
 * destroying one half leaves the other.
 */

const BUFFER_BYTES = 256 * 1024;

/** What comes from a source, which is held up while nobody reads; `free`: no longer. */
function reading(source: Source, into: Readable): { free(): void } {
  let held = true;
  source.on('data', (chunk: Buffer) => {
    if (!into.destroyed && !into.push(chunk) && held) {
      source.pause();
    }
  });
  source.on('end', () => into.push(null));
  source.on('error', error => into.destroy(error));
  source.pause();
  const free = (): void => {
    held = false;
    source.resume();
  };
  into.once('close', free);
  return { free };
}

const readOf = (source: Source) =>
  function read(): void {
    source.resume();
  };

/** Writes into a channel; its own call comes when the bytes are in the window, and never once it is closed. */
const writeTo = (channel: Channel) =>
  function write(chunk: Buffer, _: unknown, done: (error?: Error | null) => void): void {
    channel.write(chunk, done);
  };

/** A program that runs on the other machine. */
export function programOf(channel: ClientChannel, closed: () => void): IChannel {
  const stdout = new Readable({ highWaterMark: BUFFER_BYTES, read: readOf(channel) });
  const stderr = new Readable({ highWaterMark: BUFFER_BYTES, read: readOf(channel.stderr) });
  const stdin = new Writable({
    highWaterMark: BUFFER_BYTES,
    write: writeTo(channel),
    final(done) {
      channel.end();
      done();
    }
  });
  // A program need not read to the end, nor its output be read: `ended` tells what became of it.
  for (const stream of [stdin, stdout, stderr]) {
    stream.on('error', () => undefined);
  }
  const sources = [reading(channel, stdout), reading(channel.stderr, stderr)];
  const drain = (): void => sources.forEach(source => source.free());

  let end: { exitCode: number | null; signal: string | null } = { exitCode: null, signal: null };
  channel.on('exit', (code: number | null, signal?: string) => {
    end = { exitCode: code, signal: signal ?? null };
    // What is left is at most the window: taken in, so that an unread end holds no session.
    drain();
  });
  const ended = new Promise<typeof end>(resolve => {
    channel.once('close', () => {
      stdin.destroy();
      closed();
      resolve(end);
    });
  });
  return {
    ...{ stdin, stdout, stderr, ended },
    close: () => {
      stdin.destroy();
      channel.close();
      drain();
    }
  };
}

/** A connection from, or to, the other machine. */
export function connectionOf(channel: ClientChannel, closed: () => void): Duplex {
  const connection = new Duplex({
    highWaterMark: BUFFER_BYTES,
    allowHalfOpen: true,
    read: readOf(channel),
    write: writeTo(channel),
    final(done) {
      channel.end();
      done();
    },
    destroy(error, done) {
      channel.close();
      channel.resume();
      done(error);
    }
  });
  const source = reading(channel, connection);
  channel.stderr.resume();
  channel.once('close', () => {
    closed();
    source.free();
    // Whoever still writes learns that nobody is there; what has come can still be read.
    connection.end();
    if (connection.readableEnded || connection.readableLength === 0) {
      connection.destroy();
    } else {
      connection.once('end', () => connection.destroy());
    }
  });
  return connection;
}
