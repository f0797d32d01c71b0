import { Duplex, Readable, Writable } from 'node:stream';
import type { IChannel } from '../tokens';
import { type OpenChannel, Room } from './mux/channel';

/** Channels as streams of Node: what has come stays readable after a channel's end. */

/** Handed to a reader at once. */
const BUFFER_BYTES = 256 * 1024;

/** Who does not listen for errors learns from the stream's end; without any listener one would end the bridge. */
const bearErrors = (...streams: (Readable | Writable)[]): void =>
  streams.forEach(stream => stream.on('error', () => undefined));

/** A program that runs on the other machine. */
export function programOf(channel: OpenChannel, closed: () => void): IChannel {
  const highWaterMark = BUFFER_BYTES;
  const room = new Room(channel);
  let over = false;
  const give = (): void => {
    room.waits(over ? 0 : lengthOf(stdout) + lengthOf(stderr));
  };
  const stdout = new Readable({ highWaterMark, read: () => give() });
  const stderr = new Readable({ highWaterMark, read: () => give() });
  const stdin = new Writable({
    highWaterMark,
    write: (chunk: Buffer, _, done) => channel.write(chunk, done),
    final: done => {
      channel.end();
      done();
    }
  });
  bearErrors(stdin, stdout, stderr);
  stdout.once('close', give);
  stderr.once('close', give);

  let end: { exitCode: number | null; signal: string | null } = { exitCode: null, signal: null };
  const ended = new Promise<typeof end>(resolve => {
    channel.listen({
      data: (chunk, ofStderr) => {
        const into = ofStderr ? stderr : stdout;
        room.came(chunk.length);
        if (!into.destroyed) {
          into.push(chunk);
        }
        give();
      },
      eof: () => undefined,
      exit: (exitCode, signal) => {
        end = { exitCode, signal };
        // The rest of a program that is over is taken, read or not: it frees its channel.
        over = true;
        give();
      },
      closed: () => {
        stdout.push(null);
        stderr.push(null);
        stdin.destroy();
        closed();
        resolve(end);
      }
    });
  });
  const close = (): void => {
    over = true;
    channel.close();
  };
  return { stdin, stdout, stderr, ended, close };
}

const lengthOf = (stream: Readable): number => (stream.destroyed ? 0 : stream.readableLength);

/** A connection from the other machine. */
export function connectionOf(channel: OpenChannel, closed: () => void): Duplex {
  const room = new Room(channel);
  const give = (): void => {
    room.waits(lengthOf(connection));
  };
  const connection = new Duplex({
    highWaterMark: BUFFER_BYTES,
    allowHalfOpen: true,
    read: () => give(),
    write: (chunk: Buffer, _, done) => channel.write(chunk, done),
    final: done => {
      channel.end();
      done();
    },
    destroy(error, done) {
      channel.close();
      done(error);
    }
  });
  bearErrors(connection);
  let ended = false;
  const finish = (): void => {
    if (!ended && !connection.destroyed) {
      connection.push(null);
    }
    ended = true;
  };
  channel.listen({
    data: chunk => {
      room.came(chunk.length);
      if (!connection.destroyed) {
        connection.push(chunk);
      }
      give();
    },
    eof: finish,
    exit: () => undefined,
    closed: () => {
      closed();
      finish();
      if (connection.readableEnded || connection.destroyed) {
        connection.destroy();
      } else {
        connection.once('end', () => connection.destroy());
      }
    }
  });
  return connection;
}
