import type { Profile, Result, Uplink, UplinkKind } from '../../../protocol';
import { PilothouseError } from '../../errors';
import { Listeners } from '../../listeners';
import type { IBridgeContext, IDisposable, IPilotStore } from '../../tokens';
import { AgentDoor } from '../door';
import type { PilotSecrets } from '../secrets';
import type { IAddress, IAgentAudience, ILogins, IUplink, IUplinks } from '../tokens';
import { checkUplink } from './check';
import { DirectUplink } from './direct';
import { NearUplink } from './near';
import { inOrder, openAll, whyNone } from './order';
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
    private readonly _logins: ILogins = NO_LOGINS
  ) {
    const changed = (): void => this._listeners.tell();
    this._door = new AgentDoor(_context, secrets);
    this._near = new NearUplink(_context, store, this._door, _logins);
    this._ways = {
      direct: new DirectUplink(_context, store, this._door, changed),
      'submit-host': new SubmitHostUplink(_context, store, this._door, _logins, changed),
      relay: new RelayUplink(_context, this._door, () => this._door.fingerprint, changed)
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
    const { clock, log } = this._context;
    const near = await this._near.addresses(profile);
    const ways = profile.uplink.kinds.map(kind => this._ways[kind]);
    const tried = await openAll(ways, profile, clock);
    for (const each of tried) {
      if (each.outcome === 'failed') {
        const { kind } = each.way;
        log.warn('uplink.failed', { profile: profile.name, kind, words: String(each.error) });
      }
    }
    // Jobs of a scheduler may run on other machines, where this one's loopback leads nowhere.
    const isNearEnough = profile.scheduler.kind === 'local' && near.length > 0;
    const isOneOpen = tried.some(each => each.outcome === 'open' && each.found.length > 0);
    const failure = whyNone(tried);
    if (!isNearEnough && !isOneOpen && (failure !== null || near.length === 0)) {
      throw failure instanceof Error ? failure : noWay(profile);
    }
    return [...near, ...inOrder(tried, profile)];
  }

  keep(profiles: readonly Profile[]): void {
    if (this._disposed) {
      return;
    }
    this._kept = profiles;
    const all = [...profiles, ...this._checked];
    for (const way of Object.values(this._ways)) {
      way.keep(all);
    }
  }

  views(profiles: readonly Profile[]): readonly Uplink[] {
    const views = profiles.flatMap(profile =>
      profile.uplink.kinds.map(kind => this._ways[kind].view(profile))
    );
    const distinct = new Map(
      views.filter(view => view !== null).map(view => [JSON.stringify(view), view])
    );
    return [...distinct.values()];
  }

  onChanged(call: () => void): IDisposable {
    return this._listeners.add(call);
  }

  async check(
    profile: Profile,
    kind: UplinkKind,
    mayListen: boolean
  ): Promise<Result<'checks.uplink'>> {
    const checked = { ...profile, uplink: { ...profile.uplink, kinds: [kind] } };
    // What is tried is not closed meanwhile, although no pilot needs it.
    this._checked.add(checked);
    try {
      return await checkUplink(
        this._context,
        this._ways[kind],
        {
          connection: this._logins.connection(profile.submitHost),
          fingerprint: this.fingerprint
        },
        checked,
        mayListen
      );
    } finally {
      this._checked.delete(checked);
      this.keep(this._kept);
    }
  }

  dispose(): void {
    this._disposed = true;
    this._listeners.clear();
    for (const way of [this._near, ...Object.values(this._ways)]) {
      way.dispose();
    }
    this._door.dispose();
  }

  private readonly _door: AgentDoor;
  private readonly _near: NearUplink;
  private readonly _ways: Readonly<Record<UplinkKind, IUplink>>;
  private readonly _listeners = new Listeners<[]>();
  private readonly _checked = new Set<Profile>();
  private _kept: readonly Profile[] = [];
  private _disposed = false;
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
