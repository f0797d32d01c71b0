import type { MachineKey } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IBridgeContext } from '../../tokens';
import type { ISshSettings } from '../config';
import {
  fingerprintOf,
  type IKnownLine,
  judge,
  keyAlgorithm,
  knownSinceMs,
  nameOf,
  noteAccepted,
  otherNames,
  rememberKey
} from '../knownHosts';
import type { ILoginAudience } from '../tokens';

/** A key that may be gone on with. */
export interface IAcceptedKey {
  readonly key: MachineKey;
  /** To be called once the machine has proved that the key is its own. */
  remember(): Promise<void>;
}

/**
 * Checks the key that a machine shows, and asks where it is new.
 * @throws PilothouseError machine_key_changed, machine_key_revoked,
 *   transport_unfit, host_unreachable (a new one, and none may be accepted), login_needed, login_cancelled
 */
export async function checkMachineKey(
  blob: Buffer,
  host: string,
  settings: ISshSettings,
  lines: readonly IKnownLine[],
  context: Pick<IBridgeContext, 'clock' | 'log' | 'folders'>,
  audience: ILoginAudience | null
): Promise<IAcceptedKey> {
  if (settings.revokedHostKeys !== null) {
    const what = `the RevokedHostKeys of ${settings.revokedHostKeys}`;
    throw new PilothouseError({ code: 'transport_unfit', params: { host, what } });
  }
  const machine = { host: settings.host, port: settings.port, alias: settings.hostKeyAlias };
  const fingerprint = fingerprintOf(blob);
  const name = nameOf(machine);
  const key: MachineKey = {
    algorithm: keyAlgorithm(blob) ?? 'unknown',
    fingerprint,
    knownSinceMs: await knownSinceMs(context.folders.state, name, fingerprint),
    alsoKnownAs: otherNames(lines, machine, blob)
  };
  const judgement = judge(lines, machine, blob);
  switch (judgement.kind) {
    case 'known':
      return { key, remember: () => Promise.resolve() };
    case 'revoked': {
      const { file, line } = judgement;
      throw new PilothouseError({
        code: 'machine_key_revoked',
        params: { host, fingerprint, file, line }
      });
    }
    case 'changed': {
      const { file, line, expected } = judgement;
      throw new PilothouseError({
        code: 'machine_key_changed',
        params: { host, fingerprint, expected, file, line }
      });
    }
    case 'new':
      if (judgement.byAuthority) {
        const what = 'the certificate by which your known_hosts knows this machine';
        throw new PilothouseError({ code: 'transport_unfit', params: { host, what } });
      }
  }
  if (settings.strictHostKeys) {
    throw new PilothouseError({
      code: 'host_unreachable',
      params: { address: host },
      words: `its key ${fingerprint} is not known here, and your configuration lets nobody accept a new one (StrictHostKeyChecking yes)`
    });
  }
  if (audience === null) {
    throw new PilothouseError({
      code: 'login_needed',
      params: { host },
      words: `its key ${fingerprint} is not known here`
    });
  }
  const [file = 'none'] = settings.knownHostsFiles;
  if (!(await audience.trust({ ...key, knownSinceMs: null }, file))) {
    throw new PilothouseError({ code: 'login_cancelled', params: { host } });
  }
  const nowMs = context.clock.now();
  return {
    key: { ...key, knownSinceMs: nowMs },
    remember: async () => {
      try {
        if (file !== 'none') {
          await rememberKey(file, name, blob, settings.hashKnownHosts);
        }
        await noteAccepted(context.folders.state, name, fingerprint, nowMs);
      } catch (error) {
        // As with ssh: the login goes on, and the next one asks again.
        context.log.error('machine_key_not_remembered', error, { host, file });
      }
    }
  };
}
