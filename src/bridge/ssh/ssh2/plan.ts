/** In which order a login tries what: a pure state machine, told what the machine answers. */

export type Attempt<Key> =
  | { readonly kind: 'none' }
  | { readonly kind: 'publickey'; readonly key: Key }
  | { readonly kind: 'keyboard-interactive' }
  | { readonly kind: 'password' }
  /** Nothing is left that could be tried. `needsPerson`: but for what a person would know. */
  | { readonly kind: 'over'; readonly needsPerson: boolean };

/**
 * Keys that are offered where a person can answer, too: each counts as a
 * failure there, of which a machine bears six (sshd_config(5), MaxAuthTries).
 */
const MOST_KEYS_BEFORE_QUESTIONS = 4;

const OF_PERSONS = ['keyboard-interactive', 'password'] as const;

export class AuthPlan<Key> {
  /** `methods`: those that may be used, in the order of preference. */
  constructor(
    private readonly _methods: readonly string[],
    keys: readonly Key[],
    private readonly _persons: boolean
  ) {
    this._keys = [...keys];
  }

  /** Methods that were right, in order. */
  get passed(): readonly string[] {
    return this._passed;
  }

  /** What the machine has said last that it would take. */
  get left(): readonly string[] {
    return this._left ?? [];
  }

  /** Whether the method that is tried next was refused before. */
  get again(): boolean {
    return this._refused.has(this._last);
  }

  /** A person was asked in the attempt under way. */
  asked(): void {
    this._asked = true;
  }

  /** The attempt under way was refused, or right and not enough. */
  failed(left: readonly string[], partial: boolean): void {
    this._left = left;
    if (partial) {
      this._passed.push(this._last);
      this._refused.clear();
      this._useless.clear();
    } else if (this._asked) {
      this._refused.add(this._last);
    } else {
      // Refused without a question, so it would be again.
      this._useless.add(this._last);
    }
  }

  /** The attempt under way has let the user in. */
  succeeded(): void {
    this._passed.push(this._last);
  }

  next(): Attempt<Key> {
    const attempt = this._choose();
    this._last = attempt.kind;
    this._asked = false;
    return attempt;
  }

  private _choose(): Attempt<Key> {
    if (this._left === null) {
      return { kind: 'none' };
    }
    const left = this._methods.filter(method => this.left.includes(method));
    const personal = OF_PERSONS.filter(method => left.includes(method));
    for (const method of left) {
      if (method === 'publickey') {
        const key = this._nextKey(personal.length > 0 && this._persons);
        if (key !== undefined) {
          return { kind: 'publickey', key };
        }
      }
      const ofPerson = OF_PERSONS.find(each => each === method && !this._useless.has(each));
      if (ofPerson !== undefined && this._persons) {
        return { kind: ofPerson };
      }
    }
    return { kind: 'over', needsPerson: !this._persons && personal.length > 0 };
  }

  private _nextKey(sparing: boolean): Key | undefined {
    if (sparing && this._offered >= MOST_KEYS_BEFORE_QUESTIONS) {
      return undefined;
    }
    this._offered += 1;
    return this._keys.shift();
  }

  private readonly _keys: Key[];
  private readonly _passed: string[] = [];
  private readonly _refused = new Set<string>();
  private readonly _useless = new Set<string>();
  private _left: readonly string[] | null = null;
  private _last = 'none';
  private _asked = false;
  private _offered = 0;
}
