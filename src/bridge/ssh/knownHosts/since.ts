import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** When Pilothouse first saw each machine key that was accepted here: known_hosts does not say. */

const Kept = z.record(z.string(), z.number());
const FILE = 'machine-keys.json';

async function kept(file: string): Promise<Record<string, number>> {
  try {
    return Kept.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Not there yet, or damaged: the dates alone are lost, and no decision stands on them.
    return {};
  }
}

const entry = (name: string, fingerprint: string): string => `${name} ${fingerprint}`;

/** Milliseconds since 1970; null: accepted elsewhere, or before. */
export async function knownSinceMs(
  stateFolder: string,
  name: string,
  fingerprint: string
): Promise<number | null> {
  return (await kept(join(stateFolder, FILE)))[entry(name, fingerprint)] ?? null;
}

/** @throws Error where the file cannot be written */
export async function noteAccepted(
  stateFolder: string,
  name: string,
  fingerprint: string,
  nowMs: number
): Promise<void> {
  const file = join(stateFolder, FILE);
  const all = { ...(await kept(file)), [entry(name, fingerprint)]: nowMs };
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, JSON.stringify(all), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
