import type { Duplex } from 'node:stream';
import { Client, type KeyboardInteractiveCallback, type Prompt as AskedPrompt } from 'ssh2';
import { LIMITS } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IDisposable } from '../../tokens';
import { knownAlgorithms } from '../knownHosts';
import { shown } from '../shown';
import type { IPromptRound } from '../tokens';
import { offeredAlgorithms } from './algorithms';
import { onAuthMessages } from './authMessages';
import { type ISeen, saysNotAllowed, whyEnded, whyOver } from './endings';
import { Heard } from './heard';
import { checkMachineKey, type IAcceptedKey } from './machineKey';
import { gatherOffers, type OfferedKey } from './offers';
import type { ILoggedIn, ILoginOptions } from './loginOptions';
import { AuthPlan } from './plan';

/** One login at one machine, from its first byte to the last answer. */
export class Login {
  constructor(private readonly _options: ILoginOptions) {
    this._startedAtMs = _options.context.clock.now();
  }

  /** Looks which keys there are: before the machine's patience begins. */
  async prepare(): Promise<void> {
    const { settings, audience } = this._options;
    const ask = audience === null ? null : (round: IPromptRound) => this._ask(round);
    const { keys, locked, unfit } = await gatherOffers(settings, ask);
    this._plan = new AuthPlan<OfferedKey>(settings.methods, keys, audience !== null);
    this._unfit = unfit;
    this._locked = locked;
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
        void this._next(next as (attempt: object | false) => void);
      }
    });
    onAuthMessages(client, settings.user, {
      failure: (left, partial) => this._failed(left, partial),
      told: text => void this._heard.add(text, false),
      changeWanted: (prompt, change) => void this._change(prompt, change),
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
      this._waiting = true;
      const accepted = await checkMachineKey(blob, host, settings, lines, context, audience);
      this._waiting = false;
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

  private async _next(next: (attempt: object | false) => void): Promise<void> {
    const username = this._options.settings.user;
    if (this._settle === null) {
      return;
    }
    try {
      const attempt = this._plan.next();
      if (attempt.kind !== 'over') {
        this._heard.turn();
      }
      switch (attempt.kind) {
        case 'none':
          next({ type: 'none', username });
          return;
        case 'publickey':
          this._answered = true;
          next({ type: 'agent', username, agent: attempt.key });
          return;
        case 'password': {
          const again = this._plan.again;
          const text = `${username}@${this._options.host}'s password: `;
          const prompts = [{ text, echo: false }];
          const [password] = await this._ask({ method: 'password', name: '', prompts, again });
          next({ type: 'password', username, password });
          return;
        }
        case 'keyboard-interactive': {
          let again = this._plan.again;
          const prompt = (
            ...[name, instructions, , prompts, finish]: [
              string,
              string,
              string,
              AskedPrompt[],
              KeyboardInteractiveCallback
            ]
          ): void => {
            void this._round({ name, instructions, again }, prompts, finish);
            again = false;
          };
          next({ type: 'keyboard-interactive', username, prompt });
          return;
        }
        case 'over':
          this._fail(
            whyOver({
              host: this._options.host,
              needsPerson: attempt.needsPerson,
              left: this._plan.left,
              locked: this._locked,
              unfit: this._unfit,
              said: this._heard.since
            })
          );
      }
    } catch (error) {
      this._fail(error);
    }
  }

  private async _round(
    asked: Pick<IPromptRound, 'name' | 'instructions' | 'again'>,
    prompts: readonly AskedPrompt[],
    finish: KeyboardInteractiveCallback
  ): Promise<void> {
    try {
      const fields = prompts.map(({ prompt, echo = false }) => ({ text: prompt, echo }));
      finish([...(await this._ask({ method: 'keyboard-interactive', ...asked, prompts: fields }))]);
    } catch (error) {
      this._fail(error);
    }
  }

  private async _change(
    prompt: string,
    change: (old: string, fresh: string) => void
  ): Promise<void> {
    try {
      const prompts = ['Current password: ', 'New password: '].map(text => ({ text, echo: false }));
      const instructions = prompt;
      const round = { method: 'password', name: '', instructions, prompts, again: false } as const;
      const [old, fresh] = await this._ask(round);
      change(old, fresh);
    } catch (error) {
      this._fail(error);
    }
  }

  /** What the machine has just said without asking comes with its next question. */
  private async _ask(
    round: Omit<IPromptRound, 'instructions'> & { readonly instructions?: string }
  ): Promise<readonly string[]> {
    const ofMachine = round.method !== 'passphrase';
    if (ofMachine) {
      this._plan.asked();
    }
    this._waiting = true;
    this._patience?.dispose();
    let answers: readonly string[];
    try {
      answers = await this._options.ask({
        ...round,
        name: shown(round.name, LIMITS.promptChars),
        instructions: ofMachine ? this._heard.instructions(round.instructions ?? '') : '',
        prompts: round.prompts
          .slice(0, LIMITS.promptsPerRound)
          .map(({ text, echo }) => ({ text: shown(text, LIMITS.promptChars), echo }))
      });
    } catch (error) {
      this._fail(error);
      throw error;
    }
    this._waiting = false;
    if (this._settle === null) {
      throw this._whyEnded();
    }
    this._answered = true;
    this._heard.turn();
    this._within(this._options.times.thinkMs);
    return answers;
  }

  private _failed(left: readonly string[], partial: boolean): void {
    this._plan.failed(left, partial);
    this._within(this._options.times.thinkMs);
    if (!partial && saysNotAllowed(this._heard.unseen)) {
      this._fail(this._whyEnded());
    }
    this._answered = false;
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
    this._plan.succeeded();
    const settle = this._over();
    if (settle !== null) {
      this._client.removeAllListeners();
      // Until its owner listens; without any listener an error would end the bridge.
      this._client.on('error', () => undefined);
      settle.resolve({ client: this._client, key: accepted.key, methods: this._plan.passed });
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
    const seen: ISeen = {
      ...{ host, phase: this._phase, waiting: this._waiting, answered: this._answered },
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
  private _plan = new AuthPlan<OfferedKey>([], [], false);
  private _unfit: readonly string[] = [];
  private _locked = false;
  private _stream: Duplex | null = null;
  private readonly _startedAtMs: number;
  private _settle: { resolve(done: ILoggedIn): void; reject(why: Error): void } | null = null;
  private _patience: IDisposable | null = null;
  private _phase: ISeen['phase'] = 'reaching';
  private _accepted: IAcceptedKey | null = null;
  private _blob: Buffer | null = null;
  private _waiting = false;
  private _answered = false;
  private _problem = '';
  private readonly _heard = new Heard();
}
