import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { FieldProblem, ITemplate, SchedulerKind } from '../../../protocol';
import { DisposableBase } from '../../disposable';
import { kindOf, problemsOf } from '../checks';
import { at, isWithin, textAt, withAt } from '../paths';
import type { Written } from '../paths';

/** Where a draft comes from. */
export interface IOrigin {
  /** Its name among the profiles; null: it is new. */
  readonly name: string | null;
  /** The file it was read from, or what the bridge calls it; empty: it is new. */
  readonly source: string;
  readonly readOnly: boolean;
}

/** What a person typed that is no value. */
interface IUnread {
  readonly text: string;
  readonly message: string;
}

/** A profile being written: what stands in it, what was saved, what is wrong with it. */
export class Draft extends DisposableBase {
  constructor(options: Draft.IOptions) {
    super();
    this._trans = options.trans;
    this._written = options.written;
    this._origin = options.origin;
    this._saved = options.origin.name === null ? null : options.written;
    this.template = options.template ?? null;
    this._begun = options.written;
    this._problems = problemsOf(this._trans, this._written);
  }

  /** What it was made from. */
  readonly template: ITemplate | null;

  get written(): Written {
    return this._written;
  }

  get origin(): IOrigin {
    return this._origin;
  }

  get kind(): SchedulerKind {
    return kindOf(this._written);
  }

  /** What was typed that is no value, by path. */
  get unread(): ReadonlyMap<string, IUnread> {
    return this._unread;
  }

  /** What can be said without asking anybody. */
  get problems(): readonly FieldProblem[] {
    const unread = [...this._unread].map(([field, { message }]): FieldProblem => ({
      field,
      message,
      severity: 'error'
    }));
    return [...unread, ...this._problems.filter(({ field }) => !this._unread.has(field))];
  }

  /** Whether anything would be lost by closing it. */
  get isDirty(): boolean {
    return (
      this._unread.size > 0 ||
      JSON.stringify(this._written) !== JSON.stringify(this._saved ?? this._begun)
    );
  }

  get isNew(): boolean {
    return this._origin.name === null;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Writes a value, or takes it away (undefined). */
  set(path: string, value: unknown): void {
    this._unread.delete(path);
    this._written = withAt(this._written, path, value);
    this._settle();
  }

  /** Keeps what was typed and is no value; the last value stays. */
  setUnread(path: string, text: string, message: string): void {
    this._unread.set(path, { text, message });
    this._settle();
  }

  /** Another scheduler: the fields of the one before are kept aside for a way back. */
  setKind(kind: SchedulerKind): void {
    if (kind === this.kind) {
      return;
    }
    this._aside.set(this.kind, at(this._written, 'scheduler'));
    for (const path of [...this._unread.keys()]) {
      if (isWithin(path, 'scheduler')) {
        this._unread.delete(path);
      }
    }
    this._written = { ...this._written, scheduler: this._aside.get(kind) ?? { kind } };
    this._settle();
  }

  /** A further line becomes the field it belongs to. */
  move(from: string, line: string, to: string, value: unknown): void {
    const lines = textAt(this._written, from).split('\n');
    const rest = lines.filter(one => one !== line).join('\n');
    this._written = withAt(this._written, from, rest === '' ? undefined : rest);
    this.set(to, value);
  }

  /** All of it becomes another: what was imported. */
  replace(written: Written): void {
    this._unread.clear();
    this._written = written;
    this._settle();
  }

  /** It was saved as it stands, under this name. */
  setSaved(written: Written, origin: IOrigin): void {
    this._saved = written;
    this._origin = origin;
    this._changed.emit();
  }

  private _settle(): void {
    this._problems = problemsOf(this._trans, this._written);
    this._changed.emit();
  }

  private readonly _trans: TranslationBundle;
  private readonly _begun: Written;
  private readonly _unread = new Map<string, IUnread>();
  private readonly _aside = new Map<SchedulerKind, unknown>();
  private readonly _changed = new Signal<this, void>(this);
  private _written: Written;
  private _saved: Written | null;
  private _origin: IOrigin;
  private _problems: readonly FieldProblem[];
}

export namespace Draft {
  export interface IOptions {
    trans: TranslationBundle;
    written: Written;
    origin: IOrigin;
    template?: ITemplate;
  }
}
