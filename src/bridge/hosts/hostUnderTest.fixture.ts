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
