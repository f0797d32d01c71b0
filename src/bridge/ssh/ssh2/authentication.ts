import type { KeyboardInteractiveCallback, Prompt as AskedPrompt } from 'ssh2';
import { LIMITS } from '../../../protocol';
import type { PilothouseError } from '../../errors';
import { shown } from '../shown';
import type { IPromptRound } from '../tokens';
import { saysNotAllowed, whyOver } from './endings';
import type { Heard } from './heard';
import type { ILoginOptions } from './loginOptions';
import { gatherOffers, type OfferedKey } from './offers';
import { AuthPlan } from './plan';

/** The login of which this is a part. */
export interface ICourse {
  isOver(): boolean;
  /** Why it is over, or would be now. */
  whyEnded(): PilothouseError;
  fail(error: unknown): void;
  /** The machine has so long for its next word. */
  within(ms: number): void;
  /** Nothing is expected of the machine: a person has the word. */
  untimed(): void;
}

/** What ssh2 is to try next. */
export type TryNext = (attempt: object) => void;

/** Who the user is, as the machine wants it proved: one method after the other, and what each asks. */
export class Authentication {
  constructor(
    private readonly _options: ILoginOptions,
    private readonly _heard: Heard,
    private readonly _course: ICourse
  ) {}

  /** A person was asked and has not answered. */
  get waiting(): boolean {
    return this._waiting;
  }

  /** An answer or signature has gone there, and nothing has come back but words. */
  get answered(): boolean {
    return this._answered;
  }

  /** Looks which keys there are. */
  async prepare(): Promise<void> {
    const { settings, audience } = this._options;
    const ask = audience === null ? null : (round: IPromptRound) => this._ask(round);
    const { keys, locked, unfit } = await gatherOffers(settings, ask);
    this._plan = new AuthPlan<OfferedKey>(settings.methods, keys, audience !== null);
    this._unfit = unfit;
    this._locked = locked;
  }

  /** Never rejects: what goes wrong ends the login. */
  async next(next: TryNext): Promise<void> {
    if (this._course.isOver()) {
      return;
    }
    try {
      await this._try(next);
    } catch (error) {
      this._course.fail(error);
    }
  }

  /** The attempt under way was refused; `partial`: it was right and not enough. */
  failed(left: readonly string[], partial: boolean): void {
    this._plan.failed(left, partial);
    this._course.within(this._options.times.thinkMs);
    if (!partial && saysNotAllowed(this._heard.unseen)) {
      this._course.fail(this._course.whyEnded());
    }
    this._answered = false;
  }

  /** The password is over, and the machine wants another (RFC 4252, 8). Never rejects. */
  async change(prompt: string, change: (old: string, fresh: string) => void): Promise<void> {
    try {
      const prompts = ['Current password: ', 'New password: '].map(text => ({ text, echo: false }));
      const instructions = prompt;
      const round = { method: 'password', name: '', instructions, prompts, again: false } as const;
      const [old, fresh] = await this._ask(round);
      change(old, fresh);
    } catch (error) {
      this._course.fail(error);
    }
  }

  /** The attempt under way has let the user in. @returns the methods that were right, in order */
  succeeded(): readonly string[] {
    this._plan.succeeded();
    return this._plan.passed;
  }

  private async _try(next: TryNext): Promise<void> {
    const username = this._options.settings.user;
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
        this._course.fail(
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
      this._course.fail(error);
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
    this._course.untimed();
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
      this._course.fail(error);
      throw error;
    }
    this._waiting = false;
    if (this._course.isOver()) {
      throw this._course.whyEnded();
    }
    this._answered = true;
    this._heard.turn();
    this._course.within(this._options.times.thinkMs);
    return answers;
  }

  private _plan = new AuthPlan<OfferedKey>([], [], false);
  private _unfit: readonly string[] = [];
  private _locked = false;
  private _waiting = false;
  private _answered = false;
}
