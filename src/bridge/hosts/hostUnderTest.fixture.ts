import { mkdtempSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PilothouseError } from '../errors';
import type { IHost } from './tokens';

/** A submit host whose files a test can see here. */
export interface IHostUnderTest {
  readonly host: IHost;
  /** A folder that is there at both. */
  readonly home: string;
  close(): void | Promise<void>;
}

export const newHome = (): string => realpathSync(mkdtempSync(join(tmpdir(), 'ph-')));

export const modeOf = (path: string): number => statSync(path).mode & 0o7777;

export async function errorOf(work: Promise<unknown>): Promise<[string, unknown]> {
  try {
    await work;
  } catch (error) {
    return error instanceof PilothouseError
      ? [error.code, error.data.params]
      : ['strange', String(error)];
  }
  return ['no problem', null];
}

/** Waits until something is so. */
export async function until(what: string, is: () => boolean, limitMs = 20_000): Promise<void> {
  for (const end = Date.now() + limitMs; !is();) {
    if (Date.now() > end) {
      throw new Error(`never: ${what}`);
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
