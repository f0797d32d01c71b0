import {
  AGENT_PROTOCOL,
  PilotFile,
  sharesFiles,
  walltimeSeconds,
  workersPerPilot,
  type Pilot,
  type Profile,
  type Times
} from '../../protocol';
import type { IAddress, IUplinks, PilotSecrets } from '../tunnels';

/** How long a pilot may wait in a queue and then live; its secret expires with that. */
const SECRET_LIFE_MS = 30 * 24 * 3600 * 1000;
/** Longer than any pilot lives that can prove itself. */
const NEVER_SECONDS = SECRET_LIFE_MS / 1000;
/** Running tasks get an exception this long before the end, so that files are closed. */
const WARN_SECONDS = 60;

/** What a pilot's file is made of. */
export interface IPilotFileParts {
  readonly pilot: Pilot;
  readonly profile: Profile;
  /** Somebody keeps this pool at a number: then idle pilots are the bridge's to end, not theirs. */
  readonly kept: boolean;
  /** Its submit host is the bridge's machine: its disk may be shared with the pilot's. */
  readonly near: boolean;
  readonly nowMs: number;
  readonly times: Times;
  readonly secrets: PilotSecrets;
  readonly uplinks: Pick<IUplinks, 'fingerprint' | 'contactFile'>;
  /** What it may dial, in this order. */
  readonly addresses: readonly IAddress[];
}

/** `pilot.json`: all that an agent is told before it has dialled; secret. */
export function pilotFile(parts: IPilotFileParts): PilotFile {
  const { pilot, profile, nowMs, secrets, uplinks, addresses } = parts;
  const { scaling, pilot: shape } = profile;
  const { folder = null } = profile.environment;
  const lifeSeconds = walltimeSeconds(profile);
  const expiresAtMs = nowMs + SECRET_LIFE_MS + (lifeSeconds ?? 0) * 1000;
  // HTCondor's machines have disks of their own. Elsewhere an agent that cannot
  // read it goes by the addresses.
  const mayReadContact = parts.near && profile.scheduler.kind !== 'htcondor';
  return PilotFile.parse({
    protocol: AGENT_PROTOCOL,
    pilot: pilot.pilot,
    attempt: pilot.attempt,
    secret: secrets.derive(pilot.pilot, pilot.attempt, expiresAtMs),
    expiresAtMs,
    fingerprint: uplinks.fingerprint,
    contactFile: mayReadContact ? uplinks.contactFile : null,
    addresses: [...addresses],
    workers: workersPerPilot(profile),
    cores: shape.cores,
    memoryMiB: shape.memoryMiB ?? null,
    walltimeSeconds: lifeSeconds,
    idleSeconds: parts.kept ? NEVER_SECONDS : scaling.idleSeconds,
    noContactSeconds: scaling.noContactSeconds,
    warnSeconds: WARN_SECONDS,
    pingMs: parts.times.agentPingMs,
    silenceMs: parts.times.agentSilenceMs,
    sharesFiles: sharesFiles(profile),
    workingFolder: folder === '' ? null : folder,
    files: filesOf(profile)
  });
}

/** HTCondor brings files to the pilot's folder; elsewhere they are where the profile says. */
function filesOf({ environment, scheduler }: Profile): string[] {
  return scheduler.kind === 'htcondor'
    ? environment.files.map(file => file.slice(file.lastIndexOf('/') + 1)).filter(isName)
    : environment.files;
}

/** A folder's contents are brought by a name that ends with a slash: theirs are not known here. */
const isName = (name: string): boolean => !['', '.', '..'].includes(name);
