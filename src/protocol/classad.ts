/** What is wrong with an expression, and where. */
export interface IExpressionProblem {
  /** Index of the character in the text. */
  readonly at: number;
  /** A sentence for a person. */
  readonly message: string;
}

type Kind = 'operand' | 'name' | 'unary' | 'binary' | 'sign' | 'open' | 'close' | 'other' | 'end';
interface IToken {
  readonly kind: Kind;
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /(?<comment>\/\*[^]*?\*\/)|(?<number>(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?)|(?<name>[A-Za-z_]\w*|'(?:[^'\\]|\\.)+')|(?<string>"(?:[^"\\]|\\"|\\(?!"))*")|(?<op>=\?=|=!=|\?:|==|!=|<=|>=|<<|>>>|>>|\|\||&&|[-+*/%<>|&^!~?:.,;=(){}[\]])/y;
const CLOSES: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const BINARY = new Set('=?= =!= ?: == != <= >= << >>> >> || && * / % < > | & ^ is isnt'.split(' '));
/** What people write for it, from other languages. */
const MEANT: Readonly<Record<string, string>> = {
  '=': '== (or =?= where the attribute may be undefined)',
  '===': '=?=',
  '!==': '=!=',
  '<>': '!=',
  '=>': '>=',
  '=<': '<='
};

/** Expressions within expressions: far more than anybody writes, far fewer than a stack holds. */
const MOST_DEEP = 200;

/** Thrown inside this file only. */
class Found extends Error {
  constructor(readonly problem: IExpressionProblem) {
    super(problem.message);
  }
}
const fail = (at: number, message: string): never => {
  throw new Found({ at, message });
};

function kindOf(text: string, groups: Partial<Record<string, string>>): Kind {
  if (groups.name !== undefined) {
    return BINARY.has(text.toLowerCase()) ? 'binary' : 'name';
  }
  if (groups.number !== undefined || groups.string !== undefined) {
    return 'operand';
  }
  if (text === '-' || text === '+') {
    return 'sign';
  }
  if (text === '!' || text === '~') {
    return 'unary';
  }
  if (BINARY.has(text)) {
    return 'binary';
  }
  return text in CLOSES ? 'open' : ')]}'.includes(text) ? 'close' : 'other';
}

function notAToken(text: string, at: number): never {
  const rest = text.slice(at);
  if (rest.startsWith('"')) {
    return fail(at, 'This quote is not closed; a quote inside a text is written \\".');
  }
  if (rest.startsWith("'")) {
    return fail(at, 'This quote is not closed; a text stands in double quotes.');
  }
  if (rest.startsWith('$')) {
    return fail(at, 'A $ can stand inside a text in double quotes only.');
  }
  return fail(
    at,
    `${JSON.stringify(String.fromCodePoint(rest.codePointAt(0) ?? 0))} means nothing in an expression.`
  );
}

function tokensOf(text: string): IToken[] {
  const tokens: IToken[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] ?? '')) {
      at += 1;
      continue;
    }
    if (text.startsWith('/*', at) && !text.includes('*/', at + 2)) {
      fail(at, 'This comment is not closed.');
    }
    if (text.startsWith('//', at)) {
      fail(at, 'A comment is written /* so */ here.');
    }
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text) ?? notAToken(text, at);
    const groups: Partial<Record<string, string>> = found.groups ?? {};
    if (groups.comment === undefined) {
      const kind = kindOf(found[0], groups);
      if (groups.number !== undefined && /^\w/.test(text.slice(TOKEN.lastIndex))) {
        fail(TOKEN.lastIndex, 'A number has no unit here.');
      }
      tokens.push({ kind, text: found[0], at });
    }
    at = TOKEN.lastIndex;
  }
  tokens.push({ kind: 'end', text: '', at: text.length });
  return tokens;
}

/** Reads what it is given and returns where it stopped: recursive descent, precedence does not matter. */
class Reader {
  constructor(text: string) {
    this._tokens = tokensOf(text);
  }

  all(): void {
    this._expression();
    const left = this._here;
    if (left.kind === 'close') {
      fail(left.at, `There is no bracket that this ${left.text} closes.`);
    }
    if (left.kind !== 'end') {
      this._unexpected(left);
    }
  }

  private get _here(): IToken {
    return this._tokens[this._next] ?? { kind: 'end', text: '', at: 0 };
  }

  private _take(text: string): boolean {
    const is = this._here.kind !== 'operand' && this._here.text === text;
    this._next += is ? 1 : 0;
    return is;
  }

  private _expression(): void {
    this._depth += 1;
    if (this._depth > MOST_DEEP) {
      fail(this._here.at, `Brackets stand more than ${MOST_DEEP} deep here.`);
    }
    this._chain();
    this._depth -= 1;
  }

  private _chain(): void {
    for (;;) {
      this._operand();
      if (this._take('?')) {
        this._expression();
        if (!this._take(':')) {
          fail(this._here.at, 'After “condition ? value” comes “: other value”.');
        }
        continue;
      }
      const { kind, text, at } = this._here;
      if (kind !== 'binary' && kind !== 'sign') {
        return;
      }
      this._next += 1;
      const glued = this._tokens[this._next]?.text ?? '';
      const meant = this._tokens[this._next]?.at === at + text.length ? MEANT[text + glued] : null;
      if (meant) {
        fail(at, `Write ${meant} instead of ${text + glued}.`);
      }
    }
  }

  private _operand(): void {
    while (this._here.kind === 'unary' || this._here.kind === 'sign') {
      this._next += 1;
    }
    const first = this._here;
    if (this._take('.')) {
      this._name();
    } else if (first.kind === 'operand') {
      this._next += 1;
    } else if (first.kind === 'name') {
      this._next += 1;
      if (this._here.text === '(') {
        this._list(')');
      }
    } else if (first.text === '{') {
      this._list('}');
    } else if (this._take('(')) {
      this._expression();
      this._close(first);
    } else if (this._take('[')) {
      this._record(first);
    } else {
      this._missing(first);
    }
    for (;;) {
      const open = this._here;
      if (this._take('.')) {
        this._name();
      } else if (this._take('[')) {
        this._expression();
        this._close(open);
      } else {
        return;
      }
    }
  }

  private _name(): void {
    if (this._here.kind !== 'name') {
      fail(this._here.at, 'After a dot comes the name of an attribute.');
    }
    this._next += 1;
  }

  private _list(closing: string): void {
    const open = this._here;
    this._next += 1;
    if (this._take(closing)) {
      return;
    }
    do {
      this._expression();
    } while (this._take(','));
    this._close(open);
  }

  private _record(open: IToken): void {
    while (this._here.kind === 'name') {
      this._next += 1;
      if (!this._take('=')) {
        fail(this._here.at, 'In square brackets stand definitions, as in [a = 1; b = 2].');
      }
      this._expression();
      if (!this._take(';')) {
        break;
      }
    }
    this._close(open);
  }

  private _close(open: IToken): void {
    const closing = CLOSES[open.text] ?? '';
    if (this._take(closing)) {
      return;
    }
    const { kind, at, text } = this._here;
    if (kind === 'end') {
      fail(open.at, `This ${open.text} is not closed.`);
    }
    if (kind === 'close') {
      fail(at, `A ${text} closes nothing here: ${open.text} is closed by ${closing}.`);
    }
    this._unexpected(this._here);
  }

  private _missing({ kind, at, text }: IToken): never {
    return fail(
      at,
      kind === 'end'
        ? 'Something is missing at the end.'
        : kind === 'other' && text === '='
          ? 'A comparison is written ==, or =?= where the attribute may be undefined.'
          : `A value is missing before ${text}.`
    );
  }

  private _unexpected({ kind, at, text }: IToken): never {
    if (kind === 'other') {
      const meant = MEANT[text + (this._tokens[this._next + 1]?.text ?? '')] ?? MEANT[text];
      return fail(at, meant ? `Write ${meant}.` : `A ${text} has no meaning here.`);
    }
    return fail(at, 'An operator such as && is missing before this.');
  }

  private readonly _tokens: readonly IToken[];
  private _next = 0;
  private _depth = 0;
}

/**
 * Checks the writing of a ClassAd expression, as of a requirement, while a
 * person types it: brackets, quotes, operators (HTCondor manual, "ClassAd
 * Syntax"). What `condor_submit` takes is taken; whether names mean anything
 * only the pool knows.
 */
export function checkExpression(text: string): IExpressionProblem | null {
  const line = /[\r\n\0]/.exec(text);
  if (line !== null) {
    return { at: line.index, message: 'This must be one line.' };
  }
  try {
    new Reader(text).all();
    return null;
  } catch (error) {
    if (error instanceof Found) {
      return error.problem;
    }
    throw error;
  }
}
