import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { HostConnection, Login, LoginQuestion, PoolName } from '../../protocol';
import { DisposableBase } from '../disposable';
import { RequestFailure } from '../request';
import type { IPilothouseModel } from '../tokens';
import { mayUseOpenSsh } from '../words';
import { writeOpenSsh } from './openSsh';
import type { Stage } from './stage';
import { stageOf } from './stage';

/**
 * One person's part in the logins to one submit host, from one tab: follows
 * what is asked, whoever began it and whoever answers, and holds no answer.
 */
export class LoginTalk extends DisposableBase {
  /** `host`: as it was when the person joined; `pool`: the place that it is for. */
  constructor(
    private readonly _model: IPilothouseModel,
    private _joined: HostConnection,
    private readonly _pool: PoolName | null
  ) {
    super();
    _model.changed.connect(this._onChanged, this);
    this._hear();
  }

  /** As the bridge says that it is now; undefined: it is no more. */
  get host(): HostConnection | undefined {
    // The answer to `hosts.login` may be here before the change that the stream brings.
    return this._heard ? this._model.picture.hosts.get(this._joined.host) : this._joined;
  }

  /** The same where it is no more: as it was when the person joined. */
  get known(): HostConnection {
    return this.host ?? this._joined;
  }

  get stage(): Stage {
    return stageOf(this.host);
  }

  /** Emitted once, when there is nothing more to see. */
  get ended(): ISignal<this, void> {
    return this._ended;
  }

  /** Emitted when another login has begun, of which the stream need not have told yet. */
  get began(): ISignal<this, void> {
    return this._began;
  }

  /**
   * Sends one answer for each prompt. Where the login has gone on meanwhile,
   * somebody else having answered, that is no failure: the stream tells what is.
   */
  async answer(
    { login }: Login,
    { round }: Extract<LoginQuestion, { kind: 'prompts' }>,
    answers: string[]
  ): Promise<void> {
    await unlessOver(this._model.call('logins.answer', { login, round, answers }));
  }

  /** Accepts the new key that is shown. */
  async trust(
    { login }: Login,
    { key }: Extract<LoginQuestion, { kind: 'machine-key' }>
  ): Promise<void> {
    const { fingerprint } = key;
    await unlessOver(this._model.call('logins.trust', { login, fingerprint }));
  }

  /** Ends the login, for all who see it; the person has nothing more to see. */
  async cancel(): Promise<void> {
    const { stage } = this;
    this.leave();
    if ('login' in stage && stage.login !== null) {
      await unlessOver(this._model.call('logins.cancel', { login: stage.login.login }));
    }
  }

  /** The person turns to something else; the login goes on. */
  leave(): void {
    if (!this.isDisposed) {
      this._ended.emit();
    }
  }

  /** Begins another login. */
  async again(): Promise<void> {
    const pool = this._place;
    if (pool !== undefined) {
      this._joined = await this._model.call('hosts.login', { pool });
      this._heard = false;
      this._hear();
      this._began.emit();
      this._onChanged();
    }
  }

  /** The place whose profile can be told to use this machine's OpenSSH, where that may help. */
  get placeForOpenSsh(): PoolName | undefined {
    return mayUseOpenSsh(this.known) ? this._place : undefined;
  }

  /** Has the place's profile say that OpenSSH logs in, and begins such a login. */
  async useOpenSsh(): Promise<void> {
    const pool = this.placeForOpenSsh;
    if (pool !== undefined) {
      await writeOpenSsh(this._model, pool);
      await this.again();
    }
  }

  private get _place(): PoolName | undefined {
    return this._pool ?? this.known.pools.at(0);
  }

  private _onChanged(): void {
    this._hear();
    if (this.stage.kind === 'over') {
      this.leave();
    }
  }

  private _hear(): void {
    const told = this._model.picture.hosts.get(this._joined.host);
    this._heard ||= told !== undefined && told.sinceMs >= this._joined.sinceMs;
  }

  private readonly _began = new Signal<this, void>(this);
  private readonly _ended = new Signal<this, void>(this);
  /** Whether the stream has told of what was joined. */
  private _heard = false;
}

async function unlessOver(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const isOver =
      error instanceof RequestFailure &&
      error.trouble.kind === 'bridge' &&
      error.trouble.error.code === 'unknown_login';
    if (!isOver) {
      throw error;
    }
  }
}
