import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
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
  const answer = await account.ask(remote, WRITE_SCRIPT, [String(size), 'last', mode, '', 'hash'], {
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
      const source = createReadStream(local, {
        start: bytes,
        end: size - 1,
        highWaterMark: PIECE_BYTES
      });
      source.on('data', piece => {
        alive();
        bytes += piece.length;
        at(bytes, size);
      });
      // Who stops reading there says why in the answer.
      let problem: unknown = null;
      source.once('error', error => {
        problem = error;
      });
      await pipeline(source, stdin).catch(() => undefined);
      if (problem !== null) {
        throw account.failed(local, (problem as Error).message, problem);
      }
    }
  });
  account.good(remote, answer);
}
