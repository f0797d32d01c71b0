import type { IBridgeContext } from '../../tokens';
import type { ISshSettings } from '../config';
import type { IKnownLine } from '../knownHosts';
import type { ILoginAudience } from '../tokens';

/** As errors name a machine. */
export const hostName = ({ host, port }: Pick<ISshSettings, 'host' | 'port'>): string =>
  port === 22 ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;

export interface ILoginParts {
  readonly context: Pick<IBridgeContext, 'clock' | 'folders' | 'log'>;
  /** The machines on the way as far as they are known, the last of them what is opened. */
  readonly way: readonly ISshSettings[];
  readonly audience: ILoginAudience;
  readonly persons: boolean;
  readonly lines: readonly IKnownLine[];
  /** How long a machine waits for a whole login, as far as it is known. */
  readonly graceMs: number;
  /** It is over before it was begun to be connected: called at most once. */
  readonly fail: (why: Error) => void;
  /** A control socket may be there. */
  readonly ready: () => void;
}
