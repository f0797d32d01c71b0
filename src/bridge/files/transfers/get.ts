import { createWriteStream, type WriteStream } from 'node:fs';
import { chmod, rename, rm, stat } from 'node:fs/promises';
import { once } from 'node:events';
import type { Account } from '../account';
import { readSource } from '../answers';
import { GET_SCRIPT } from '../scripts';
import { hashOf, placeOf } from './localFile';
import type { IJob } from './tokens';

const OWNERS = 0o700;
/** So much may wait for the disk. */
const AHEAD_BYTES = 1024 * 1024;
/** Few large writes: each is handed to another thread, and back. */
const TOGETHER_BYTES = 256 * 1024;

/**
 * Brings a file from there, whole or not at all, as it was when this began;
 * goes on from what an earlier try has left, where that is its beginning.
 */
export async function get(account: Account, { local, remote, signal, at }: IJob): Promise<void> {
  const place = await placeOf(local);
  const own = place.bytes > 0 ? await hashOf(place.part, place.bytes, signal) : null;
  const gathering = new Gathering(place.part);
  let size = 0;
  let mode = place.mode ?? 0o600;
  let bytes = 0;
  try {
    const answer = await account.ask(remote, GET_SCRIPT, [String(place.bytes)], {
      signal,
      talk: async (word, stdin) => {
        const source = readSource(word);
        if (source !== null) {
          ({ size } = source.file);
          mode = place.mode ?? (source.file.mode & OWNERS) | 0o600;
          const goesOn = own !== null && own === source.sha256 && place.bytes <= size;
          bytes = goesOn ? place.bytes : 0;
          at(bytes, size);
          await gathering.open(goesOn);
        }
        stdin.end(source === null ? '' : `${bytes}\n`);
      },
      receive: piece => {
        bytes += piece.length;
        at(bytes, size);
        return gathering.add(piece);
      }
    });
    account.good(remote, answer);
  } finally {
    await gathering.close();
  }
  if ((await stat(place.part)).size !== size) {
    throw account.failed(remote, 'it became shorter while it was read');
  }
  await chmod(place.part, mode);
  await rename(place.part, place.file);
}

/** The part of a file that is on its way here. */
class Gathering {
  constructor(private readonly _path: string) {}

  async open(goesOn: boolean): Promise<void> {
    if (!goesOn) {
      await rm(this._path, { force: true });
    }
    const stream = createWriteStream(this._path, {
      flags: goesOn ? 'a' : 'wx',
      mode: 0o600,
      highWaterMark: AHEAD_BYTES
    });
    stream.on('error', error => {
      this._problem ??= error;
    });
    this._stream = stream;
    await once(stream, 'open');
  }

  /** null: there is room for more. Rejects where it cannot be written, such as for lack of space. */
  add(piece: Buffer): Promise<void> | null {
    if (this._stream === null || this._problem !== null) {
      return Promise.reject(this._problem ?? new Error('bytes came before they were asked for'));
    }
    if (this._together === 0) {
      this._stream.cork();
    }
    const room = this._stream.write(piece);
    this._together += piece.length;
    if (!room || this._together >= TOGETHER_BYTES) {
      this._together = 0;
      this._stream.uncork();
    }
    return room ? null : once(this._stream, 'drain').then(() => undefined);
  }

  /** @throws Error where what was added could not be written */
  async close(): Promise<void> {
    const stream = this._stream;
    if (stream !== null && !stream.closed) {
      stream.end();
      await once(stream, 'close').catch(() => undefined);
    }
    if (this._problem !== null) {
      throw this._problem;
    }
  }

  private _stream: WriteStream | null = null;
  private _problem: Error | null = null;
  /** Bytes that go to the disk with those that come next, or with the end. */
  private _together = 0;
}
