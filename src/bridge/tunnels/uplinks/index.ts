import type { Profile, UplinkOptions } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IBridgeContext, IPilotStore } from '../../tokens';
import { AgentDoor } from '../door';
import type { PilotSecrets } from '../secrets';
import type { IAddress, IAgentAudience, ILogins, IUplink, IUplinks } from '../tokens';
import { DirectUplink } from './direct';
import { NearUplink } from './near';
import { RelayUplink } from './relay';
import { SubmitHostUplink } from './submitHost';

/** Nobody can log in anywhere: all profiles run on this machine. */
export const NO_LOGINS: ILogins = { connection: () => null };

/** See IUplinks. One file here for each way. */
export class Uplinks implements IUplinks {
  constructor(
    private readonly _context: IBridgeContext,
    store: Pick<IPilotStore, 'value' | 'putValue'>,
    secrets: PilotSecrets,
    logins: ILogins = NO_LOGINS
  ) {
    this._door = new AgentDoor(_context, secrets);
    this._near = new NearUplink(_context, store, this._door, logins);
    this._ways = {
      direct: new DirectUplink(_context, store, this._door),
      'submit-host': new SubmitHostUplink(_context, store, this._door, logins),
      relay: new RelayUplink(_context, this._door, () => this._door.fingerprint)
    };
  }

  get port(): number {
    return this._near.port;
  }

  get fingerprint(): string {
    return this._door.fingerprint;
  }

  get contactFile(): string {
    return this._near.contactFile;
  }

  get count(): number {
    return this._door.count;
  }

  async start(audience: IAgentAudience): Promise<void> {
    await this._door.start(audience);
    await this._near.start();
  }

  async addresses(profile: Profile): Promise<readonly IAddress[]> {
    const ways: readonly IUplink[] = [
      this._near,
      ...profile.uplink.kinds.map(kind => this._ways[kind])
    ];
    const found: IAddress[] = [];
    let failure: unknown = null;
    for (const way of ways) {
      try {
        found.push(...(await way.addresses(profile)));
      } catch (error) {
        failure ??= error;
        const { name } = profile;
        this._context.log.warn('uplink.failed', {
          profile: name,
          kind: way.kind,
          words: String(error)
        });
      }
    }
    if (found.length === 0) {
      throw failure instanceof Error ? failure : noWay(profile);
    }
    return found;
  }

  keep(profiles: readonly Profile[]): void {
    for (const way of Object.values(this._ways)) {
      way.keep(profiles);
    }
  }

  dispose(): void {
    for (const way of [this._near, ...Object.values(this._ways)]) {
      way.dispose();
    }
    this._door.dispose();
  }

  private readonly _door: AgentDoor;
  private readonly _near: NearUplink;
  private readonly _ways: Readonly<Record<UplinkOptions['kinds'][number], IUplink>>;
}

const noWay = ({ name }: Profile): PilothouseError =>
  new PilothouseError({
    code: 'uplink_failed',
    params: {
      kind: 'direct',
      field: 'uplink.kinds',
      problem: `pilots of ${name} have no way home`
    },
    words: 'Choose submit-host, or say at which address this machine can be dialled.'
  });
