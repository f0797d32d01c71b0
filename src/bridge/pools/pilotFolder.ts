import { rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  AGENT_PROTOCOL,
  LIMITS,
  PilotFile,
  sharesFiles,
  textOf,
  walltimeSeconds,
  workersPerPilot,
  type Pilot,
  type Profile,
  type Times
} from '../../protocol';
import { pilotScript } from '../schedulers/pilotScript';
import { quoteForShell } from '../schedulers/quote';
import {
  makePrivateFolder,
  writePrivateFile,
  type IAgentListener,
  type PilotSecrets
} from '../tunnels';

/** Name of the script in a pilot's folder. */
export const SCRIPT_FILE = 'pilot.sh';
/** How long a pilot may wait in a queue and then live; its secret expires with that. */
const SECRET_LIFE_MS = 30 * 24 * 3600 * 1000;

/** What a pilot's folder is made of. */
export interface IPilotFolderParts {
  readonly folder: string;
  readonly pilot: Pilot;
  readonly profile: Profile;
  readonly python: string;
  readonly agentFile: string;
  /** Somebody keeps this pool at a number: then idle pilots are the bridge's to end, not theirs. */
  readonly kept: boolean;
  readonly nowMs: number;
  readonly times: Times;
}

/** Makes a pilot's folder (0700) with `pilot.json` (0600) and its script. */
export function makePilotFolder(
  parts: IPilotFolderParts,
  secrets: PilotSecrets,
  listener: Pick<IAgentListener, 'fingerprint' | 'contactFile' | 'port'>
): void {
  const { folder, pilot, profile, nowMs } = parts;
  const { scaling, pilot: shape } = profile;
  const lifeMs = (walltimeSeconds(profile) ?? 0) * 1000;
  const expiresAtMs = nowMs + SECRET_LIFE_MS + lifeMs;
  const file: PilotFile = {
    protocol: AGENT_PROTOCOL,
    pilot: pilot.pilot,
    attempt: pilot.attempt,
    secret: secrets.derive(pilot.pilot, pilot.attempt, expiresAtMs),
    expiresAtMs,
    fingerprint: listener.fingerprint,
    contactFile: listener.contactFile,
    addresses: [{ host: '127.0.0.1', port: listener.port }],
    workers: workersPerPilot(profile),
    cores: shape.cores,
    memoryMiB: shape.memoryMiB ?? null,
    maxLifeSeconds: walltimeSeconds(profile),
    idleSeconds: parts.kept ? SECRET_LIFE_MS / 1000 : scaling.idleSeconds,
    noContactSeconds: scaling.noContactSeconds,
    warnSeconds: 60,
    pingMs: parts.times.agentPingMs,
    silenceMs: parts.times.agentSilenceMs,
    sharesFiles: sharesFiles(profile)
  };
  makePrivateFolder(folder);
  writePrivateFile(join(folder, 'pilot.json'), JSON.stringify(PilotFile.parse(file)));
  writePrivateFile(
    join(folder, SCRIPT_FILE),
    textOf({
      path: SCRIPT_FILE,
      language: 'shell',
      lines: pilotScript(profile, {
        header: [],
        prelude: [
          `pilothouse_folder=${quoteForShell(folder)}`,
          `pilothouse_home=${quoteForShell(dirname(parts.agentFile))}`
        ],
        makings: {
          agent: basename(parts.agentFile),
          python: parts.python,
          minor: '',
          runtime: null
        }
      })
    })
  );
}

/** Removes all that a pilot has left here. */
export async function removePilotFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** The last words of a pilot's script and agent; empty if it wrote none. */
export function lastWords(folder: string): string {
  try {
    const text = readFileSync(join(folder, 'output'), 'utf8').trimEnd();
    return text.slice(-LIMITS.wordsChars);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return '';
    }
    return `its output cannot be read: ${String(error)}`;
  }
}
