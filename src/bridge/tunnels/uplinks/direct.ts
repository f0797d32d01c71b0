import { hostname } from 'node:os';
import type { Profile, Uplink, UplinkOptions } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IBridgeContext, IPilotStore } from '../../tokens';
import type { IAddress, IDoorOfAgents, IUplink } from '../tokens';
import { AgentPort } from './port';
import { candidates, isAnyAddress, parsePorts, wantsDirect } from './ports';
import { UplinkState } from './state';

/** This machine listens where a profile says, for pilots that can dial it. */
export class DirectUplink implements IUplink {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _store: Pick<IPilotStore, 'value' | 'putValue'>,
    private readonly _door: IDoorOfAgents,
    private readonly _changed: () => void
  ) {}

  readonly kind = 'direct';

  async addresses({ uplink }: Profile): Promise<readonly IAddress[]> {
    if (!wantsDirect(uplink)) {
      return [];
    }
    return [addressOf(uplink, await this._open(uplink))];
  }

  known({ uplink }: Profile): readonly IAddress[] {
    const port = uplink.advertisePort ?? Number(this._store.value(portKeyOf(uplink)) ?? 0);
    return wantsDirect(uplink) && port > 0 ? [addressOf(uplink, port)] : [];
  }

  view(profile: Profile): Uplink | null {
    const { uplink } = profile;
    const condition = wantsDirect(uplink) ? this._states.get(keyOf(uplink))?.condition : null;
    if (condition === null || condition === undefined) {
      return null;
    }
    const port = this.known(profile).at(0)?.port ?? null;
    return { kind: this.kind, machine: addressOf(uplink, 0).host, port, ...condition };
  }

  keep(profiles: readonly Profile[]): void {
    const wanting = profiles.filter(({ uplink }) => wantsDirect(uplink));
    const wanted = new Set(wanting.map(({ uplink }) => keyOf(uplink)));
    for (const { uplink } of wanting) {
      this._open(uplink).then(
        () => this._said.delete(keyOf(uplink)),
        (error: unknown) => this._say(keyOf(uplink), error)
      );
    }
    for (const key of this._states.keys()) {
      if (!wanted.has(key)) {
        this._states.delete(key);
        this._changed();
      }
    }
    for (const [key, port] of this._ports) {
      if (!wanted.has(key)) {
        this._ports.delete(key);
        port.then(
          open => open.dispose(),
          (error: unknown) => this._context.log.info('uplink.closed', { key, error: String(error) })
        );
      }
    }
  }

  dispose(): void {
    this.keep([]);
  }

  /** One port for all profiles that say the same. @throws PilothouseError uplink_failed */
  private async _open(uplink: UplinkOptions): Promise<number> {
    const key = keyOf(uplink);
    const known = this._ports.get(key);
    const opening = known ?? this._listen(uplink, portKeyOf(uplink));
    this._ports.set(key, opening);
    const state = this._states.get(key) ?? new UplinkState(this._context.clock, this._changed);
    this._states.set(key, state);
    try {
      const { port } = await opening;
      state.opened();
      return port;
    } catch (error) {
      if (this._ports.get(key) === opening) {
        this._ports.delete(key);
      }
      // It is tried with each look at what is to be kept open.
      state.failed(error, null);
      throw error;
    }
  }

  private async _listen(uplink: UplinkOptions, key: string): Promise<AgentPort> {
    const { log } = this._context;
    const range = parsePorts(uplink.listenPorts);
    if (range === null) {
      const ports = uplink.listenPorts ?? '';
      throw failed('uplink.listenPorts', `${ports} are no ports`, 'Write them as 9000-9100.');
    }
    const before = Number(this._store.value(key) ?? 0);
    const port = new AgentPort(this._door, log, null);
    const host = uplink.listenAddress?.replace(/^\[(.*)\]$/, '$1');
    try {
      await port.listen(host === '*' ? undefined : host, candidates(range, before));
    } catch (error) {
      throw listenFailure(error as NodeJS.ErrnoException, uplink, this._context.machine);
    }
    this._store.putValue(key, String(port.port));
    log.info('uplink.open', { kind: this.kind, host: host ?? '*', port: port.port });
    return port;
  }

  /** Once, however often it is tried. */
  private _say(key: string, error: unknown): void {
    if (this._said.get(key) !== String(error)) {
      this._said.set(key, String(error));
      this._context.log.error('uplink.failed', error, { kind: this.kind, key });
    }
  }

  private readonly _states = new Map<string, UplinkState>();
  private readonly _said = new Map<string, string>();
  private readonly _ports = new Map<string, Promise<AgentPort>>();
}

const keyOf = ({ listenAddress = '', listenPorts = '' }: UplinkOptions): string =>
  `${listenAddress}|${listenPorts}`;

/** Where the database has the port of before. */
const portKeyOf = (uplink: UplinkOptions): string => `uplink.direct.${keyOf(uplink)}`;

/** What pilots dial, where this machine listens at `port`. */
function addressOf(uplink: UplinkOptions, port: number): IAddress {
  const { listenAddress, advertiseAddress, advertisePort } = uplink;
  const own =
    listenAddress === undefined || isAnyAddress(listenAddress) ? hostname() : listenAddress;
  return { host: advertiseAddress ?? own, port: advertisePort ?? port };
}

const failed = (
  field: string,
  problem: string,
  words: string,
  machine?: string,
  passing = false
): PilothouseError =>
  new PilothouseError({
    code: 'uplink_failed',
    params: { kind: 'direct', field, problem, passing },
    ...(machine === undefined ? {} : { machine }),
    words
  });

/** What the system has against listening there, at the field that says so (listen(2), bind(2)). */
function listenFailure(
  error: NodeJS.ErrnoException,
  { listenAddress = '*', listenPorts = 'any' }: UplinkOptions,
  machine: string
): PilothouseError {
  switch (error.code) {
    case 'EADDRINUSE':
      return failed(
        'uplink.listenPorts',
        `all of ports ${listenPorts} are in use on ${machine}`,
        'Give other ports, or a wider range.',
        machine,
        // The bridge before, which was restarted, may not have ended yet.
        true
      );
    case 'EACCES':
      return failed(
        'uplink.listenPorts',
        `${machine} does not let you listen on ports ${listenPorts}`,
        'Give ports from 1024 on.',
        machine
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EINVAL':
      return failed(
        'uplink.listenAddress',
        `${listenAddress} is no address of ${machine}`,
        'Give an address that this machine has; where pilots know it by another, advertise that.',
        machine
      );
    default:
      return failed('uplink.listenAddress', error.message, '', machine);
  }
}
