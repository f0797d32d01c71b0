import type { Client } from 'ssh2';
import type { MachineKey } from '../../../protocol';
import type { IBridgeContext } from '../../tokens';
import type { ISshSettings } from '../config';
import type { IKnownLine } from '../knownHosts';
import type { SshTimes } from '../times';
import type { ILoginAudience, IPromptRound } from '../tokens';

/** What a login at one machine is made with. */
export interface ILoginOptions {
  readonly context: Pick<IBridgeContext, 'clock' | 'log' | 'folders'>;
  readonly times: SshTimes;
  readonly settings: ISshSettings;
  /** As errors name the machine. */
  readonly host: string;
  readonly lines: readonly IKnownLine[];
  /** null: nobody is there to be asked. */
  readonly audience: ILoginAudience | null;
  /** For what needs no answer, also where nobody is asked. */
  readonly told: Pick<ILoginAudience, 'key' | 'banner'>;
  /** Asks a person, and notes that one answered. */
  ask(round: IPromptRound): Promise<readonly string[]>;
}

export interface ILoggedIn {
  readonly client: Client;
  readonly key: MachineKey;
  readonly methods: readonly string[];
}
