import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Writable } from 'node:stream';
import type { Account } from '../account';
import { readPart } from '../answers';
import { WRITE_SCRIPT } from '../scripts';
import { hashOf } from './localFile';
import type { IJob } from './tokens';

const PIECE_BYTES = 1024 * 1024;
/** Of the mode of the file here only what its owner may do is brought there. */
const OWNERS = 0o700;

/**
 * Brings a file of this machine there, whole or not at all; goes on from what
 * an earlier try has left, where that is the beginning of the same file.
 */
export async function put(account: Account, { local, remote, signal, at }: IJob): Promise<void> {
  const found = await stat(local);
  if (!found.isFile()) {
    throw account.failed(local, found.isDirectory() ? 'it is a folder' : 'it is no file');
  }
  const { size } = found;
  at(0, size);
  const mode = ((found.mode & OWNERS) | 0o600).toString(8);
  const words = [String(size), 'last', mode, '', 'hash', senderOf(local)];
  const answer = await account.ask(remote, WRITE_SCRIPT, words, {
    signal,
    talk: async (word, stdin, alive) => {
      const part = readPart(word);
      if (part === null) {
        stdin.end('stop\n');
        return;
      }
      const goesOn =
        part.bytes > 0 &&
        part.bytes <= size &&
        part.sha256 !== null &&
        part.sha256 === (await hashOf(local, part.bytes, signal));
      let bytes = goesOn ? part.bytes : 0;
      at(bytes, size);
      stdin.write(goesOn ? 'more\n' : 'fresh\n');
      if (bytes === size) {
        stdin.end();
        return;
      }
      const place = { from: bytes, until: size };
      for await (const piece of piecesOf(account, local, place)) {
        alive();
        bytes += piece.length;
        at(bytes, size);
        // Who stops reading there says why in the answer.
        if (!(await written(stdin, piece))) {
          return;
        }
      }
      stdin.end();
    }
  });
  account.good(remote, answer);
}

const SENDER_CHARS = 8;

/** Which file of which machine it is: only the same goes on from what it has left there. */
export const senderOf = (local: string): string =>
  createHash('sha256').update(`${hostname()}\n${local}`).digest('hex').slice(0, SENDER_CHARS);

/**
 * A file's bytes, each piece to be done with before the next is asked for: the next has been read
 * meanwhile. Only two pieces of memory are used, since large ones that are left to Node cost more
 * time than all else (V8 looks through its whole heap for each 30 MB of them).
 *
 * @throws PilothouseError file_failed
 */
async function* piecesOf(
  account: Account,
  local: string,
  { from, until }: { readonly from: number; readonly until: number }
): AsyncGenerator<Buffer> {
  let at = from;
  try {
    const file = await open(local);
    try {
      const read = async (into: Buffer): Promise<Buffer> => {
        const most = Math.min(into.length, until - at);
        const { bytesRead } = most === 0 ? { bytesRead: 0 } : await file.read(into, 0, most, at);
        at += bytesRead;
        return into.subarray(0, bytesRead);
      };
      let free = Buffer.allocUnsafe(PIECE_BYTES);
      let next = Buffer.allocUnsafe(PIECE_BYTES);
      let piece = await read(next);
      while (piece.length > 0) {
        [free, next] = [next, free];
        const reading = read(next);
        // Whoever takes no more pieces does not wait for it.
        reading.catch(() => undefined);
        yield piece;
        piece = await reading;
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw account.failed(local, (error as Error).message, error);
  }
}

/** Whether it was taken; then its bytes are not needed any more. */
const written = (stream: Writable, piece: Buffer): Promise<boolean> =>
  new Promise(resolve => {
    stream.write(piece, error => resolve(error === null || error === undefined));
  });
