import type { Duplex } from 'node:stream';
import { Client } from 'ssh2';
import { PilothouseError } from '../../errors';
import type { IDisposable } from '../../tokens';
import { knownAlgorithms } from '../knownHosts';
import { offeredAlgorithms } from './algorithms';
import { Authentication, type TryNext } from './authentication';
import { onAuthMessages } from './authMessages';
import { type ISeen, whyEnded } from './endings';
import { Heard } from './heard';
import type { ILoggedIn, ILoginOptions } from './loginOptions';
import { checkMachineKey, type IAcceptedKey } from './machineKey';

/** One login at one machine, from its first byte to the last answer. */
export class Login {
  constructor(private readonly _options: ILoginOptions) {
    this._startedAtMs = _options.context.clock.now();
    this._authentication = new Authentication(_options, this._heard, {
      isOver: () => this._settle === null,
      whyEnded: () => this._whyEnded(),
      fail: error => this._fail(error),
      within: ms => this._within(ms),
      untimed: () => this._patience?.dispose()
    });
  }

  /** Looks which keys there are: before the machine's patience begins. */
  prepare(): Promise<void> {
    return this._authentication.prepare();
  }

  /**
   * Logs in over a connection that is there.
   * @throws PilothouseError as `OpenTransport` does
   */
  run(stream: Duplex): Promise<ILoggedIn> {
    this._stream = stream;
    return new Promise((resolve, reject) => {
      this._settle = { resolve, reject };
      try {
        this._begin(stream);
      } catch (error) {
        this._fail(error);
      }
    });
  }

  /** Ends it, with this as its reason. */
  end(why: PilothouseError): void {
    this._fail(why);
  }

  private _begin(stream: Duplex): void {
    const { settings, lines, times, host } = this._options;
    const machine = { host: settings.host, port: settings.port, alias: settings.hostKeyAlias };
    const client = this._client;
    client
      .on('error', (error: Error & { level?: string }) => this._troubled(error))
      .on('end', () => this._fail(this._whyEnded()))
      .on('close', () => this._fail(this._whyEnded()))
      .on('handshake', () => void this._proved())
      .on('banner', text => this._banner(text))
      .on('ready', () => this._ready());
    this._within(times.reachMs);
    this._heard.listen(stream);
    client.connect({
      sock: stream,
      username: settings.user,
      readyTimeout: 0,
      keepaliveInterval: times.keepAliveMs,
      keepaliveCountMax: times.keepAliveMost,
      algorithms: offeredAlgorithms(settings, knownAlgorithms(lines, machine)) as object,
      hostVerifier: (blob: Buffer, verify: (good: boolean) => void) => {
        void this._verify(blob, verify);
      },
      authHandler: (_left, _partial, next) => {
        void this._authentication.next(next as TryNext);
      }
    });
    onAuthMessages(client, settings.user, {
      failure: (left, partial) => this._authentication.failed(left, partial),
      told: text => void this._heard.add(text, false),
      changeWanted: (prompt, change) => void this._authentication.change(prompt, change),
      goodbye: words => void this._heard.add(words, false)
    });
    this._options.context.log.info('ssh_login', { host, user: settings.user });
  }

  private async _verify(blob: Buffer, verify: (good: boolean) => void): Promise<void> {
    if (this._accepted !== null) {
      // Keys are exchanged anew on the way: by the same machine, or not at all.
      verify(this._blob?.equals(blob) === true);
      return;
    }
    const { host, settings, lines, context, audience, told } = this._options;
    this._phase = 'handshake';
    this._patience?.dispose();
    try {
      this._verifying = true;
      const accepted = await checkMachineKey(blob, host, settings, lines, context, audience);
      this._verifying = false;
      if (this._settle === null) {
        return;
      }
      [this._accepted, this._blob] = [accepted, blob];
      told.key(accepted.key);
      this._within(this._options.times.handshakeMs);
      verify(true);
    } catch (error) {
      this._fail(error);
      verify(false);
    }
  }

  /** Its signature was checked: the key is its own. */
  private async _proved(): Promise<void> {
    if (this._phase === 'handshake') {
      this._phase = 'login';
      this._within(this._options.times.thinkMs);
      await this._accepted?.remember();
    }
  }

  private _banner(text: string): void {
    const clean = this._heard.add(text, true);
    if (clean !== null) {
      this._options.told.banner(clean);
    }
  }

  private _ready(): void {
    const accepted = this._accepted;
    if (accepted === null) {
      this._fail(new Error('ssh2 is ready without a machine key'));
      return;
    }
    const methods = this._authentication.succeeded();
    const settle = this._over();
    if (settle !== null) {
      this._client.removeAllListeners();
      // Until its owner listens; without any listener an error would end the bridge.
      this._client.on('error', () => undefined);
      settle.resolve({ client: this._client, key: accepted.key, methods });
    }
  }

  private _troubled(error: Error & { level?: string }): void {
    if (error.level === 'agent') {
      // That key was not used; the next one is.
      this._options.context.log.warn('ssh_key_unused', { problem: error.message });
      return;
    }
    this._problem = error.message;
    this._fail(this._whyEnded());
  }

  private _whyEnded(): PilothouseError {
    const { host, context } = this._options;
    const { waiting, answered } = this._authentication;
    const seen: ISeen = {
      ...{ host, phase: this._phase, waiting: waiting || this._verifying, answered },
      said: this._phase === 'reaching' ? this._heard.greeting : this._heard.since,
      problem: this._problem,
      seconds: Math.round((context.clock.now() - this._startedAtMs) / 1000)
    };
    return whyEnded(seen);
  }

  /** Nothing comes for that long: it is given up. */
  private _within(ms: number): void {
    this._patience?.dispose();
    this._patience = this._options.context.clock.after(ms, () => {
      const { host } = this._options;
      const seconds = Math.round(ms / 1000);
      const timeout = { code: 'login_timeout', params: { host, seconds } } as const;
      const silent = {
        code: 'host_unreachable',
        params: { address: host },
        words: `it has not gone on for ${seconds} s`
      } as const;
      this._fail(new PilothouseError(this._phase === 'login' ? timeout : silent));
    });
  }

  private _fail(error: unknown): void {
    const settle = this._over();
    if (settle !== null) {
      this._client.removeAllListeners();
      this._client.on('error', () => undefined);
      this._client.end();
      this._stream?.destroy();
      settle.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private _over(): Login['_settle'] {
    const settle = this._settle;
    this._settle = null;
    this._patience?.dispose();
    return settle;
  }

  private readonly _client = new Client();
  private _stream: Duplex | null = null;
  private readonly _startedAtMs: number;
  private _settle: { resolve(done: ILoggedIn): void; reject(why: Error): void } | null = null;
  private _patience: IDisposable | null = null;
  private _phase: ISeen['phase'] = 'reaching';
  private _accepted: IAcceptedKey | null = null;
  private _blob: Buffer | null = null;
  /** A person is asked whether the machine's key is the right one. */
  private _verifying = false;
  private _problem = '';
  private readonly _heard = new Heard();
  private readonly _authentication: Authentication;
}
