import { randomBytes } from 'node:crypto';
import { LIMITS, RELAY_LIMITS, RELAY_MARK, type Profile, type RelayReady } from '../../../protocol';
import { PilothouseError } from '../../errors';
import { shellLine } from '../../ssh/line';
import type { IChannel, ITransport } from '../../ssh/tokens';
import type { IBridgeContext, IDisposable, IPilotStore } from '../../tokens';
import type { IAddress, IDoorOfAgents, ILogins, IUplink } from '../tokens';
import { KeptRelay, type IOpenRelay } from './kept';
import { relayProgram } from './program';

/** How long a relay waits for the port of the one before, which may not have noticed its end yet. */
const OLDER_ENDS_SECONDS = RELAY_LIMITS.silenceMs / 1000 + 5;
const STARTS_WITHIN_MS = 60_000;

interface IRelayThere {
  readonly relay: KeptRelay;
  readonly login: IDisposable;
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
    private readonly _logins: ILogins
  ) {}

  readonly kind = 'submit-host';

  async addresses(profile: Profile): Promise<readonly IAddress[]> {
    const { kinds, submitHostAddress } = profile.uplink;
    if (!kinds.includes(this.kind)) {
      return [];
    }
    const relay = this._relay(profile);
    if (relay === null) {
      return [];
    }
    const { port, hosts } = await relay.wanted();
    const names = submitHostAddress === undefined ? hosts : [submitHostAddress];
    return names.map(host => ({ host, port }));
  }

  keep(profiles: readonly Profile[]): void {
    const wanting = profiles.filter(({ uplink }) => uplink.kinds.includes(this.kind));
    const wanted = new Set(wanting.map(each => this._key(each)));
    for (const profile of wanting) {
      this._relay(profile)?.keepOpen();
    }
    for (const [key, { relay, login }] of this._relays) {
      if (!wanted.has(key)) {
        this._relays.delete(key);
        login.dispose();
        relay.dispose();
      }
    }
  }

  dispose(): void {
    this.keep([]);
  }

  /** One for all profiles that want the same; null: it would be on this machine. */
  private _relay(profile: Profile): KeptRelay | null {
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
    const relay = new KeptRelay(
      this._context,
      this._door,
      host,
      async () => open(),
      ready => this._opened(portKey, ready)
    );
    const watch = login.onConnection(connected => {
      if (connected) {
        relay.again();
      }
    });
    this._relays.set(key, { relay, login: watch });
    return relay;
  }

  private _key({ submitHost, uplink }: Profile): string | null {
    const login = this._logins.connection(submitHost);
    return login === null ? null : `${login.host}|${uplink.submitHostPorts ?? ''}`;
  }

  private _opened(portKey: string, { port }: RelayReady): void {
    const before = this._store.value(portKey);
    if (before !== null && Number(before) !== port) {
      this._context.log.warn('uplink.other_port', { key: portKey, before, port });
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
      throw failed(host, 'this bridge was started without the relay', '');
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
      const first = await this._afterMark(channel, `\n${mark}\n`, host);
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

  /** Passes over what the login shell prints; what comes after the mark. @throws PilothouseError */
  private _afterMark(channel: IChannel, mark: string, host: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      let said = Buffer.alloc(0);
      let words = '';
      const end = (settle: () => void): void => {
        limit.dispose();
        channel.stdout.off('data', read);
        settle();
      };
      const fail = (problem: string): void => {
        end(() => {
          reject(failed(host, problem, words.trim()));
        });
      };
      const read = (bytes: Buffer): void => {
        said = Buffer.concat([said, bytes]);
        const at = said.indexOf(mark);
        if (at >= 0) {
          // Nothing is lost in between: whoever reads next begins in the same turn.
          channel.stdout.pause();
          end(() => {
            resolve(said.subarray(at + mark.length));
          });
        } else if (said.length > RELAY_LIMITS.noiseBytes) {
          fail('it prints without end, and no relay starts');
        }
      };
      const limit = this._context.clock.after(STARTS_WITHIN_MS, () => {
        fail(`no relay started within ${STARTS_WITHIN_MS / 1000} s`);
      });
      channel.stderr.on('data', (bytes: Buffer) => {
        words = (words + bytes.toString('utf8')).slice(-LIMITS.wordsChars);
      });
      channel.stdout.on('data', read);
      void channel.ended.then(({ exitCode }) => {
        fail(exitCode === null ? 'the connection broke' : 'no relay could be started there');
      });
    });
  }

  private readonly _relays = new Map<string, IRelayThere>();
}

function failed(host: string, problem: string, words: string): PilothouseError {
  const field = /EADDRINUSE|EACCES/.test(words) ? 'uplink.submitHostPorts' : 'uplink.kinds';
  return new PilothouseError({
    code: 'uplink_failed',
    params: { kind: 'submit-host', field, problem: `${host}: ${problem}` },
    machine: host,
    words
  });
}
