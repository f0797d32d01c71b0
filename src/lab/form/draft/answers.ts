import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { Result, SiteLimits, SubmissionPlan } from '../../../protocol';
import type { IClock } from '../../clock';
import { DisposableBase } from '../../disposable';
import { troubleOf } from '../../request';
import type { IPilothouseModel, Trouble } from '../../tokens';
import type { Written } from '../paths';
import type { Draft } from './draft';

/** After the last key pressed, before the bridge is asked. */
const PAUSE_MS = 400;

export type Checked = Result<'profiles.check'>;

/** An answer of the bridge's, and for which text it was given. */
export interface IAnswer<T> {
  readonly value: T | null;
  /** What stands in the form is what was asked about. */
  readonly isFresh: boolean;
  readonly busy: boolean;
  readonly trouble: Trouble | null;
}

/** One question of the bridge, asked again when its subject changes; late answers to old ones are dropped. */
class Question<T> {
  constructor(private readonly _ask: () => Promise<T>) {}

  value: T | null = null;
  subject: string | null = null;
  trouble: Trouble | null = null;
  busy = false;

  async put(subject: string): Promise<void> {
    const turn = (this._turn += 1);
    this.busy = true;
    let value: T | null = null;
    let trouble: Trouble | null = null;
    try {
      value = await this._ask();
    } catch (error) {
      trouble = troubleOf(error);
    }
    if (turn === this._turn) {
      this.busy = false;
      this.trouble = trouble;
      this.value = value ?? this.value;
      this.subject = value === null ? this.subject : subject;
    }
  }

  answer(subject: string): IAnswer<T> {
    const { value, busy, trouble } = this;
    return { value, busy, trouble, isFresh: value !== null && this.subject === subject };
  }

  private _turn = 0;
}

/** What the bridge says of a draft: what would be submitted, what is wrong, what the site allows. */
export class Answers extends DisposableBase {
  constructor(options: Answers.IOptions) {
    super();
    const { model, draft } = options;
    this._draft = draft;
    this._clock = options.clock;
    const profile = (): Written => draft.written;
    this._script = new Question(() =>
      model.call('profiles.script', { profile: profile(), pilots: this._pilots })
    );
    this._check = new Question(() =>
      model.call('profiles.check', { profile: profile(), deep: false })
    );
    this._deep = new Question(() =>
      model.call('profiles.check', { profile: profile(), deep: true })
    );
    this._limits = new Question(() =>
      model.call('profiles.limits', { profile: profile(), again: this._again })
    );
    draft.changed.connect(this._onChanged, this);
    this._pause = this._clock.after(0, () => this._look());
  }

  /** What would be submitted. */
  get script(): IAnswer<SubmissionPlan> {
    return this._script.answer(this._scriptSubject);
  }

  /** What is wrong, as far as it can be told without asking the scheduler. */
  get check(): IAnswer<Checked> {
    return this._check.answer(this._subject);
  }

  /** What a person asked to be checked, the scheduler included. */
  get deep(): IAnswer<Checked> {
    return this._deep.answer(this._subject);
  }

  /** What the site lets this user ask for; kept while only other fields change. */
  get limits(): IAnswer<SiteLimits> {
    return this._limits.answer(this._siteSubject);
  }

  /** For how many pilots the script is. */
  get pilots(): number {
    return this._pilots;
  }

  /** Another number of pilots to show the script for. */
  showFor(pilots: number): void {
    if (pilots !== this._pilots) {
      this._pilots = pilots;
      this._onChanged();
      this._changed.emit();
    }
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  protected override release(): void {
    this._pause?.dispose();
  }

  /** Waits until what stands in the form just now has been checked, if it can be. */
  async settle(): Promise<void> {
    const isRead = this._draft.problems.every(({ severity }) => severity !== 'error');
    if (isRead && !this.check.isFresh) {
      await this._put(this._check, this._subject);
    }
  }

  /** Asks the scheduler too. */
  checkDeep(): Promise<void> {
    return this._put(this._deep, this._subject);
  }

  /** Asks for the site's limits, also where they were asked for lately. */
  async askLimits(again: boolean): Promise<void> {
    this._again = again;
    this._site = this._siteSubject;
    await this._put(this._limits, this._siteSubject);
  }

  private _onChanged(): void {
    this._pause?.dispose();
    this._pause = this._clock.after(PAUSE_MS, () => this._look());
  }

  private _look(): void {
    this._pause = null;
    if (this._draft.problems.some(({ severity }) => severity === 'error')) {
      // What cannot be read is said at its field already; the bridge could say no more.
      return;
    }
    if (this._script.subject !== this._scriptSubject) {
      void this._put(this._script, this._scriptSubject);
    }
    if (this._check.subject !== this._subject) {
      void this._put(this._check, this._subject);
    }
    if (this._draft.kind === 'slurm' && this._site !== this._siteSubject) {
      void this.askLimits(false);
    }
  }

  private async _put<T>(question: Question<T>, subject: string): Promise<void> {
    const answer = question.put(subject);
    this._changed.emit();
    await answer;
    if (!this.isDisposed) {
      this._changed.emit();
    }
  }

  private get _subject(): string {
    return JSON.stringify(this._draft.written);
  }

  private get _scriptSubject(): string {
    return `${this._pilots} ${this._subject}`;
  }

  /** What limits depend on: where the scheduler is, and which. */
  private get _siteSubject(): string {
    return JSON.stringify([this._draft.kind, this._draft.written.submitHost]);
  }

  private readonly _draft: Draft;
  private readonly _clock: IClock;
  private readonly _script: Question<SubmissionPlan>;
  private readonly _check: Question<Checked>;
  private readonly _deep: Question<Checked>;
  private readonly _limits: Question<SiteLimits>;
  private readonly _changed = new Signal<this, void>(this);
  private _pilots = 1;
  private _again = false;
  /** For which site limits were asked. */
  private _site: string | null = null;
  private _pause: IDisposable | null = null;
}

export namespace Answers {
  export interface IOptions {
    model: IPilothouseModel;
    draft: Draft;
    clock: IClock;
  }
}
