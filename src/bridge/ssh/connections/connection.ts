import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import {
  LIMITS,
  LoginId,
  type ErrorData,
  type Hop,
  type HostConnection,
  type HostId,
  type PoolName
} from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IBridgeContext, IDisposable } from '../../tokens';
import { onWaking } from '../../waking';
import type { ITransport, OpenTransport, SshTarget } from '../tokens';
import { doubt, DOUBTED_AFTER_MS } from './doubt';
import { LoginUnderWay } from './login';
import { nextLink, type Link, type LinkEvent } from './state';
import type { IConnection } from './tokens';

/** What connections need of the bridge. */
export type ConnectionContext = Pick<
  IBridgeContext,
  'clock' | 'log' | 'folders' | 'machine' | 'times'
>;

/** How each kind of transport is opened. */
export type OpenTable = Readonly<Partial<Record<SshTarget['transport'], OpenTransport>>>;

const DEFAULT_PORT = 22;
const ID_BYTES = 8;

/** The one connection to a submit host: logs in when asked to, and says how it is. */
export class Connection implements IConnection, IDisposable {
  constructor(
    private readonly _context: ConnectionContext,
    private readonly _open: OpenTable,
    readonly host: HostId,
    private _target: SshTarget,
    private readonly _changed: (connection: Connection) => void
  ) {
    this._link = { state: 'away', sinceMs: _context.clock.now(), trouble: null };
  }

  /** Places whose submit host it is. */
  pools: readonly PoolName[] = [];

  get transport(): ITransport | null {
    return this._transport;
  }

  get state(): HostConnection['state'] {
    return this._link.state;
  }

  /** The login under way. */
  get login(): LoginUnderWay | null {
    return this._login;
  }

  get view(): HostConnection {
    const link = this._link;
    const { address, jumpHosts, transport } = this._target;
    const connected = link.state === 'connected' ? link : null;
    // What the profile leaves to `~/.ssh/config` is known from the first login on.
    const { user = '', port = DEFAULT_PORT } = this._reached ?? this._target;
    return {
      host: this.host,
      ...{ address, user, port, via: jumpHosts, transport },
      state: link.state,
      sinceMs: link.sinceMs,
      login: link.state === 'logging-in' ? link.login : null,
      key: connected?.key ?? null,
      methods: [...(connected?.methods ?? [])],
      returnsByItself:
        link.state === 'lost' ? link.next !== null : (connected?.returnsByItself ?? false),
      nextTryMs: link.state === 'lost' ? (link.next?.atMs ?? null) : null,
      channels: {
        open: this._transport?.channels.open ?? 0,
        most: this._transport?.channels.most ?? 0
      },
      trouble: 'trouble' in link ? link.trouble : null,
      pools: [...this.pools]
    };
  }

  onConnection(call: (connected: boolean) => void): IDisposable {
    this._calls.add(call);
    return { dispose: () => void this._calls.delete(call) };
  }

  /** As the next login is to be made: a profile may have another key file by now. */
  aim(target: SshTarget): void {
    this._target = target;
  }

  /** Begins a login, or joins the one under way; nothing happens where it is connected. */
  begin(): void {
    void this._begin(false);
  }

  /** Closes it, and stays away. */
  logout(): void {
    this._next?.dispose();
    this._next = null;
    this._endLogin();
    const was = this._transport !== null;
    this._let();
    this._to({ kind: 'logout' });
    if (was) {
      this._tell(false);
    }
  }

  dispose(): void {
    this._disposed = true;
    this._calls.clear();
    this._waking?.dispose();
    this._next?.dispose();
    this._endLogin();
    this._transport?.dispose();
    this._transport = null;
  }

  /** Never rejects. */
  private async _begin(byItself: boolean): Promise<void> {
    const { state } = this._link;
    if (this._disposed || state === 'logging-in' || state === 'connected') {
      return;
    }
    this._next?.dispose();
    this._next = null;
    const id = LoginId.parse(randomBytes(ID_BYTES).toString('hex'));
    const login = new LoginUnderWay(id, this.host, !byItself, event => {
      if (event.kind === 'hop' && event.hop.number === event.hop.of) {
        this._reached = event.hop;
      }
      this._to(event);
    });
    this._login = login;
    this._to({ kind: 'begin', login: id, hop: firstHop(this._target), byItself });
    this._context.log.info('login.begins', { host: this.host, byItself });
    const { loginMostMs } = this._context.times;
    const limit = this._context.clock.after(loginMostMs, () => {
      const params = { host: this.host, seconds: loginMostMs / 1000 };
      login.end(new PilothouseError({ code: 'login_timeout', params }));
    });
    try {
      const transport = await unlessEnded(this._dial(login, !byItself), login.signal);
      this._finish(login);
      this._take(transport);
    } catch (error) {
      const trouble = troubleOf(login.endedBy ?? error);
      if (this._login === login) {
        this._finish(login);
        this._context.log.warn('login.failed', { host: this.host, code: trouble.code });
        this._to({ kind: 'failed', trouble });
        this._returnLater();
      }
    } finally {
      limit.dispose();
    }
  }

  private _dial(login: LoginUnderWay, persons: boolean): Promise<ITransport> {
    const { transport } = this._target;
    const open = this._open[transport];
    if (open === undefined) {
      const params = { host: this.host, what: transport };
      const words = `Pilothouse cannot log in by ${transport} here: choose another transport in the profile.`;
      return Promise.reject(new PilothouseError({ code: 'transport_unfit', params, words }));
    }
    return open(this._context, this._target, { audience: login, persons, signal: login.signal });
  }

  private _take(transport: ITransport): void {
    this._transport = transport;
    this._waking ??= onWaking(this._context.clock, sleptMs => this._woke(sleptMs));
    this._held = [
      transport.onLost(why => {
        this._lost(why);
      }),
      transport.onChannels(() => {
        this._changed(this);
      })
    ];
    const { key, methods, neededPerson } = transport;
    this._context.log.info('login.done', { host: this.host, methods, neededPerson });
    this._to({ kind: 'ready', key, methods, neededPerson });
    this._tell(true);
  }

  private _lost(why: PilothouseError): void {
    this._context.log.warn('connection.lost', { host: this.host, why: why.message });
    this._let();
    this._to({ kind: 'lost', trouble: why.data });
    this._returnLater();
    this._tell(false);
  }

  /** This machine has slept. What a person logged in to is left to its keep-alive. */
  private _woke(sleptMs: number): void {
    const link = this._link;
    const transport = this._transport;
    if (link.state === 'lost' && link.next !== null) {
      this._to({ kind: 'woken' });
      void this._begin(true);
    }
    if (link.state !== 'connected' || !link.returnsByItself || transport === null) {
      return;
    }
    // Where all channels are in use, who asks has to wait, and that tells nothing.
    const { open, most } = transport.channels;
    if (sleptMs > DOUBTED_AFTER_MS && open < most) {
      const gone = (): void => {
        const words = 'it did not answer after this machine had slept';
        this._lost(new PilothouseError({ code: 'host_lost', params: { host: this.host }, words }));
        void this._begin(true);
      };
      this._held.push(doubt(this._context.clock, transport, gone));
    }
  }

  /** Lets go of the transport. */
  private _let(): void {
    const transport = this._transport;
    for (const held of this._held.splice(0)) {
      held.dispose();
    }
    this._transport = null;
    transport?.dispose();
  }

  private _returnLater(): void {
    if (this._disposed || this._link.state !== 'lost' || this._link.next === null) {
      return;
    }
    const { clock } = this._context;
    this._next?.dispose();
    this._next = clock.after(Math.max(0, this._link.next.atMs - clock.now()), () => {
      this._next = null;
      void this._begin(true);
    });
  }

  private _endLogin(): void {
    const login = this._login;
    if (login !== null) {
      login.end(cancelled(this.host));
      this._finish(login);
    }
  }

  private _finish(login: LoginUnderWay): void {
    login.close();
    if (this._login === login) {
      this._login = null;
    }
  }

  private _to(event: LinkEvent): void {
    const { clock, times } = this._context;
    const next = nextLink(this._link, event, times, clock.now());
    if (next !== this._link && !this._disposed) {
      this._link = next;
      this._changed(this);
    }
  }

  private _tell(connected: boolean): void {
    for (const call of [...this._calls]) {
      call(connected);
    }
  }

  private _link: Link;
  private _login: LoginUnderWay | null = null;
  private _transport: ITransport | null = null;
  private _held: IDisposable[] = [];
  private _next: IDisposable | null = null;
  /** From the first connection on. */
  private _waking: IDisposable | null = null;
  /** Who and where the last login was, as far as `~/.ssh/config` had a say. */
  private _reached: Hop | null = null;
  private _disposed = false;
  private readonly _calls = new Set<(connected: boolean) => void>();
}

/** Until the transport says where it is. */
function firstHop({ address, user, port, jumpHosts }: SshTarget): Hop {
  return {
    address,
    port: port ?? DEFAULT_PORT,
    user: user ?? userInfo().username,
    number: 1,
    of: 1 + jumpHosts.length
  };
}

export const cancelled = (host: string): PilothouseError =>
  new PilothouseError({ code: 'login_cancelled', params: { host } });

/** What is opened after its login was ended is closed at once. */
function unlessEnded(dialled: Promise<ITransport>, signal: AbortSignal): Promise<ITransport> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', end, { once: true });
    dialled.then(transport => {
      if (signal.aborted) {
        transport.dispose();
      }
      signal.removeEventListener('abort', end);
      resolve(transport);
    }, reject);
  });
}

function troubleOf(error: unknown): ErrorData {
  if (error instanceof PilothouseError) {
    const { words } = error.data;
    return {
      ...error.data,
      ...(words === undefined ? {} : { words: words.slice(0, LIMITS.wordsChars) })
    };
  }
  const words = error instanceof Error ? error.message : String(error);
  return { code: 'internal', params: {}, words: words.slice(0, LIMITS.wordsChars) };
}
