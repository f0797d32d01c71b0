import { randomBytes } from 'node:crypto';
import {
  RELAY_LIMITS,
  RELAY_MARK,
  type Profile,
  type RelayReady,
  type Uplink
} from '../../../protocol';
import { PilothouseError } from '../../errors';
import { shellLine } from '../../ssh/line';
import type { ITransport } from '../../ssh/tokens';
import type { IBridgeContext, IDisposable, IPilotStore } from '../../tokens';
import type { IAddress, IDoorOfAgents, ILogins, IUplink } from '../tokens';
import { KeptRelay, type IOpenRelay } from './kept';
import { afterMark, type IUnmarked } from './mark';
import { keptMove, movedTo, moveOf, type Moved } from './moved';
import { relayProgram } from './program';

/** How long a relay waits for the port of the one before, which may not have noticed its end yet. */
const OLDER_ENDS_SECONDS = RELAY_LIMITS.silenceMs / 1000 + 5;
const STARTS_WITHIN_MS = 60_000;

interface IRelayThere {
  readonly relay: KeptRelay;
  readonly login: IDisposable;
  /** The machine that living pilots were told of last; null: there are none, or none was told. */
  machine: string | null;
  /** Kept, too: whether a pilot that it matters to lives, its pool knows. */
  moved: Moved;
}

/**
 * A relay on the submit host, started over the login and gone with it, for
 * profiles that name this way: that is a user's consent to it. It speaks by
 * its standard input and output, which works where forwards are forbidden, and
 * is one channel however many pilots there are.
 */
export class SubmitHostUplink implements IUplink {
  constructor(
    private readonly _context: IBridgeContext,
    private readonly _store: Pick<IPilotStore, 'value' | 'putValue'>,
    private readonly _door: IDoorOfAgents,
    private readonly _logins: ILogins,
    private readonly _changed: () => void
  ) {}

  readonly kind = 'submit-host';

  async addresses(profile: Profile): Promise<readonly IAddress[]> {
    const relay = profile.uplink.kinds.includes(this.kind) ? this._relay(profile, false) : null;
    return relay === null ? [] : namesOf(profile, await relay.wanted());
  }

  known(profile: Profile): readonly IAddress[] {
    const last = this._relayThere(profile)?.relay.last ?? null;
    return last === null ? [] : namesOf(profile, last);
  }

  view(profile: Profile): Uplink | null {
    const there = this._relayThere(profile);
    const condition = there?.relay.condition ?? null;
    if (there === undefined || condition === null) {
      return null;
    }
    const { submitHostAddress } = profile.uplink;
    const machine = submitHostAddress ?? profile.submitHost.address ?? '';
    // An address that the profile gives holds for all machines that the login may lead to.
    const moved = submitHostAddress === undefined ? there.moved : null;
    return {
      ...{ kind: this.kind, machine, port: there.relay.last?.port ?? null },
      ...condition,
      ...(moved === null ? {} : { moved })
    };
  }

  keep(profiles: readonly Profile[]): void {
    const wanting = profiles.filter(({ uplink }) => uplink.kinds.includes(this.kind));
    const wanted = new Set(wanting.map(each => this._key(each)));
    for (const profile of wanting) {
      this._relay(profile, true)?.keepOpen();
    }
    for (const [key, { relay, login }] of this._relays) {
      if (!wanted.has(key)) {
        this._relays.delete(key);
        login.dispose();
        relay.dispose();
        this._changed();
      }
    }
  }

  dispose(): void {
    this.keep([]);
  }

  private _relayThere(profile: Profile): IRelayThere | undefined {
    const key = profile.uplink.kinds.includes(this.kind) ? this._key(profile) : null;
    return key === null ? undefined : this._relays.get(key);
  }

  /**
   * One for all profiles that want the same; null: it would be on this machine.
   * @param ofLiving whether pilots live that were told of it, by an older bridge if it is new
   */
  private _relay(profile: Profile, ofLiving: boolean): KeptRelay | null {
    const login = this._logins.connection(profile.submitHost);
    const key = this._key(profile);
    if (login === null || key === null) {
      return null;
    }
    const known = this._relays.get(key);
    if (known !== undefined) {
      return known.relay;
    }
    const portKey = `uplink.submit-host.${key}`;
    const { host } = login;
    const open = (): Promise<IOpenRelay> => {
      if (login.transport === null) {
        throw new PilothouseError({ code: 'login_needed', params: { host } });
      }
      const before = this._store.value(portKey);
      return this._start(login.transport, host, profile.uplink.submitHostPorts, before);
    };
    const relay = new KeptRelay(this._context, this._door, {
      name: host,
      open: async () => open(),
      lost: words => failed(host, words, '', true),
      opened: ready => this._opened(there, portKey, ready),
      changed: this._changed
    });
    const watch = login.onConnection(connected => {
      if (connected) {
        relay.overNewLogin();
      }
    });
    const machine = ofLiving ? this._store.value(machineOf(portKey)) : null;
    const moved = moveOf(this._store.value(moveAt(portKey)), machine);
    const there: IRelayThere = { relay, login: watch, machine, moved };
    this._relays.set(key, there);
    return relay;
  }

  private _key({ submitHost, uplink }: Profile): string | null {
    const login = this._logins.connection(submitHost);
    return login === null ? null : `${login.host}|${uplink.submitHostPorts ?? ''}`;
  }

  private _opened(there: IRelayThere, portKey: string, { port, hosts }: RelayReady): void {
    const { clock, log } = this._context;
    const machine = hosts.at(0) ?? null;
    there.moved = movedTo(there.moved, there.machine, machine, clock.now());
    there.machine = machine;
    if (there.moved !== null) {
      log.warn('uplink.moved', { key: portKey, ...there.moved });
    }
    this._store.putValue(moveAt(portKey), keptMove(there.moved));
    if (machine !== null) {
      this._store.putValue(machineOf(portKey), machine);
    }
    const before = this._store.value(portKey);
    if (before !== null && Number(before) !== port) {
      log.warn('uplink.other_port', { key: portKey, before, port });
    }
    this._store.putValue(portKey, String(port));
  }

  /** @throws PilothouseError uplink_failed, host_lost, channel_refused */
  private async _start(
    transport: ITransport,
    host: string,
    ports: string | undefined,
    before: string | null
  ): Promise<IOpenRelay> {
    const { relayFolder } = this._context;
    if (relayFolder === undefined) {
      throw failed(host, 'this bridge was started without the relay', '', false);
    }
    const mark = `${RELAY_MARK} ${randomBytes(12).toString('hex')}`;
    const { script, code } = relayProgram(relayFolder, [
      ...['--mark', mark, '--wait', String(OLDER_ENDS_SECONDS)],
      ...(ports === undefined ? [] : ['--ports', ports]),
      ...(before === null ? [] : ['--before', before])
    ]);
    const channel = await transport.exec(shellLine(script));
    channel.stdin.on('error', error => {
      this._context.log.info('uplink.input', { host, error: String(error) });
    });
    channel.stdin.write(code);
    try {
      const { clock } = this._context;
      const first = await afterMark(channel, `\n${mark}\n`, clock, STARTS_WITHIN_MS);
      if ('problem' in first) {
        throw unmarked(host, first);
      }
      return {
        input: channel.stdout,
        output: channel.stdin,
        close: () => channel.close(),
        first
      };
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  private readonly _relays = new Map<string, IRelayThere>();
}

const machineOf = (portKey: string): string => `${portKey}.machine`;
const moveAt = (portKey: string): string => `${portKey}.moved`;

const namesOf = ({ uplink }: Profile, { port, hosts }: RelayReady): readonly IAddress[] =>
  (uplink.submitHostAddress === undefined ? hosts : [uplink.submitHostAddress]).map(host => ({
    host,
    port
  }));

function unmarked(host: string, { problem, words }: IUnmarked): PilothouseError {
  switch (problem) {
    case 'late':
      return failed(host, `no relay started within ${STARTS_WITHIN_MS / 1000} s`, words, true);
    case 'endless':
      return failed(host, 'it prints without end, and no relay starts', words, false);
    case 'broken':
      return failed(host, 'the connection broke', words, true);
    case 'ended':
      return failed(host, 'no relay could be started there', words, false);
  }
}

function failed(host: string, problem: string, words: string, passing: boolean): PilothouseError {
  const field = /EADDRINUSE|EACCES/.test(words) ? 'uplink.submitHostPorts' : 'uplink.kinds';
  return new PilothouseError({
    code: 'uplink_failed',
    params: { kind: 'submit-host', field, problem: `${host}: ${problem}`, passing },
    machine: host,
    words
  });
}
