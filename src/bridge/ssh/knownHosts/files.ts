import { constants } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PilothouseError } from '../../errors';
import { type IKnownLine, keyAlgorithm, parseKnownLines } from './lines';
import { hashedName } from './names';

const failed = (path: string, error: unknown): PilothouseError => {
  const problem = error instanceof Error ? error.message : String(error);
  return new PilothouseError({ code: 'file_failed', params: { path, problem } }, error);
};

/**
 * All lines of these files, in order; one that is not there has none.
 * @throws PilothouseError file_failed: what cannot be read might know better
 */
export async function readKnownFiles(files: readonly string[]): Promise<IKnownLine[]> {
  const lines: IKnownLine[] = [];
  for (const file of files) {
    try {
      lines.push(...parseKnownLines(await readFile(file, 'latin1'), file));
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) {
        throw failed(file, error);
      }
    }
  }
  return lines;
}

/**
 * Adds a key at the end of a user's file, on a line of its own, in one write.
 * The file is 0600 and its folder 0700 where they are made here.
 * @throws PilothouseError file_failed
 */
export async function rememberKey(
  file: string,
  name: string,
  key: Buffer,
  hash: boolean
): Promise<void> {
  const line = `${hash ? hashedName(name) : name} ${keyAlgorithm(key) ?? ''} ${key.toString('base64')}\n`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const { O_RDWR, O_APPEND, O_CREAT } = constants;
    const handle = await open(file, O_RDWR | O_APPEND | O_CREAT, 0o600);
    try {
      const { size } = await handle.stat();
      const last = Buffer.alloc(1);
      const { bytesRead } = await handle.read(last, 0, 1, Math.max(0, size - 1));
      const broken = bytesRead === 1 && last.toString() !== '\n';
      await handle.appendFile(broken ? `\n${line}` : line);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw failed(file, error);
  }
}
