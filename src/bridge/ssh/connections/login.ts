import type { Hop, LoginId, MachineKey } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { ILoginAudience, IPromptRound } from '../tokens';
import type { LinkEvent } from './state';

/** What a login waits for; answers pass through it and are kept nowhere. */
type Waiting =
  | {
      readonly kind: 'key';
      readonly fingerprint: string;
      readonly accept: (accepted: boolean) => void;
      readonly reject: (error: PilothouseError) => void;
    }
  | {
      readonly kind: 'prompts';
      readonly round: number;
      readonly count: number;
      readonly answer: (answers: readonly string[]) => void;
      readonly reject: (error: PilothouseError) => void;
    };

/**
 * One login under way: what it asks becomes part of its connection's state,
 * where anybody can see it, and what is answered goes to the one promise that
 * waits for it.
 */
export class LoginUnderWay implements ILoginAudience {
  /** `persons`: whether anybody is asked at all; `tell`: what happens, until it is over. */
  constructor(
    readonly login: LoginId,
    private readonly _host: string,
    private readonly _persons: boolean,
    private readonly _tell: (event: LinkEvent) => void
  ) {}

  get signal(): AbortSignal {
    return this._abort.signal;
  }

  /** Why it was ended before it was over; null: it was not. */
  get endedBy(): PilothouseError | null {
    return this._endedBy;
  }

  at(hop: Hop): void {
    this._say({ kind: 'hop', hop });
  }

  key(key: MachineKey): void {
    this._say({ kind: 'key', key });
  }

  banner(text: string): void {
    this._say({ kind: 'banner', text });
  }

  trust(key: MachineKey, file: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this._wait({ kind: 'key', fingerprint: key.fingerprint, accept: resolve, reject });
      this._say({ kind: 'new-key', key, file });
    });
  }

  ask(round: IPromptRound): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      this._rounds += 1;
      const count = round.prompts.length;
      this._wait({ kind: 'prompts', round: this._rounds, count, answer: resolve, reject });
      this._say({ kind: 'prompts', round });
    });
  }

  /** @throws PilothouseError unknown_login, invalid_params (not one answer for each prompt) */
  answer(round: number, answers: readonly string[]): void {
    const waiting = this._waiting;
    if (waiting?.kind !== 'prompts' || waiting.round !== round) {
      throw unknownLogin(this.login);
    }
    if (answers.length !== waiting.count) {
      throw new PilothouseError({
        code: 'invalid_params',
        params: {
          method: 'logins.answer',
          field: 'answers',
          value: answers.length,
          needed: waiting.count
        },
        words: `It asks for ${waiting.count} answers, and ${answers.length} were given.`
      });
    }
    this._answered();
    waiting.answer([...answers]);
  }

  /** @throws PilothouseError unknown_login where that is not the key that is asked for */
  accept(fingerprint: string): void {
    const waiting = this._waiting;
    if (waiting?.kind !== 'key' || waiting.fingerprint !== fingerprint) {
      throw unknownLogin(this.login);
    }
    this._answered();
    waiting.accept(true);
  }

  /** Ends it, wherever it is. */
  end(why: PilothouseError): void {
    if (this._over) {
      return;
    }
    this._endedBy ??= why;
    const waiting = this._waiting;
    this._waiting = null;
    waiting?.reject(this._endedBy);
    this._abort.abort(this._endedBy);
  }

  /** Nothing that comes later counts. */
  close(): void {
    this._over = true;
    this._waiting = null;
  }

  private _wait(waiting: Waiting): void {
    if (this._over || this._endedBy !== null) {
      waiting.reject(this._endedBy ?? unknownLogin(this.login));
    } else if (!this._persons) {
      waiting.reject(new PilothouseError({ code: 'login_needed', params: { host: this._host } }));
    } else {
      this._waiting = waiting;
    }
  }

  private _answered(): void {
    this._waiting = null;
    this._say({ kind: 'answered' });
  }

  private _say(event: LinkEvent): void {
    if (!this._over && this._endedBy === null) {
      this._tell(event);
    }
  }

  private readonly _abort = new AbortController();
  private _waiting: Waiting | null = null;
  private _rounds = 0;
  private _over = false;
  private _endedBy: PilothouseError | null = null;
}

export const unknownLogin = (login: string): PilothouseError =>
  new PilothouseError({ code: 'unknown_login', params: { login } });
