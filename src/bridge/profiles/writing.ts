import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { PilothouseError } from '../errors';

/**
 * Writes a profile's file, whole or not at all, its keys in the order they
 * came in. Readable for others like any configuration: it holds no secret.
 *
 * @throws PilothouseError file_failed
 */
export function writeProfile(path: string, written: Readonly<Record<string, unknown>>): void {
  const made = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(made, 'wx', 0o644);
    try {
      const bytes = Buffer.from(`${JSON.stringify(written, null, 2)}\n`);
      for (let at = 0; at < bytes.length;) {
        at += writeSync(file, bytes, at);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(made, path);
  } catch (error) {
    rmSync(made, { force: true });
    const problem = error instanceof Error ? error.message : String(error);
    throw new PilothouseError({ code: 'file_failed', params: { path, problem } }, error);
  }
}

/** @throws PilothouseError file_failed */
export function removeProfile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new PilothouseError({ code: 'file_failed', params: { path, problem } }, error);
  }
}
