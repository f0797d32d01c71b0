import { randomBytes } from 'node:crypto';

/**
 * What stands around an answer of another machine's shell, so that banners,
 * colours and whatever start files print before and after are passed over.
 * Made anew for each command: nothing that is printed can hold it by chance or
 * by design.
 */
export interface IMarks {
  readonly begin: string;
  readonly end: string;
}

const NONCE_BYTES = 16;
/** Longest line that is a mark's own: what follows it there. */
const MOST_WORD_BYTES = 200;
/** What start files may print before the answer begins. */
const MOST_NOISE_BYTES = 1024 * 1024;
const NOISE_KEPT_BYTES = 4000;
const NEWLINE = 0x0a;

export function newMarks(): IMarks & { readonly nonce: string } {
  const nonce = randomBytes(NONCE_BYTES).toString('hex');
  return { nonce, begin: `${nonce}<`, end: `${nonce}>` };
}

/** How far one stream of an answer has come. */
type Place = 'noise' | 'begin' | 'body' | 'end' | 'done' | 'garbled';

/**
 * Reads one stream: noise, a line `<begin> WORD`, the answer byte for byte, a
 * line `<end> WORD`, noise. A plain fold over pieces, without a clock or a
 * socket.
 */
export class MarkedStream {
  /** `body`: what the answer holds, as it comes. */
  constructor(
    private readonly _marks: IMarks,
    private readonly _body: (piece: Buffer) => void
  ) {}

  /** What stands behind the marks, once they have come. */
  begun: string | null = null;
  ended: string | null = null;
  /** No answer, or not one that can be read: `noise` has what was said in its place. */
  get garbled(): boolean {
    return this._place === 'garbled';
  }

  /** The end of what was printed where no answer was expected. */
  get noise(): string {
    return this._noise.toString('utf8');
  }

  push(piece: Buffer): void {
    let rest = this._rest.length === 0 ? piece : Buffer.concat([this._rest, piece]);
    for (;;) {
      const before = this._place;
      rest = this._step(rest);
      if (this._place === before) {
        this._rest = rest;
        return;
      }
    }
  }

  private _step(bytes: Buffer): Buffer {
    switch (this._place) {
      case 'noise':
        return this._skip(bytes);
      case 'begin':
        return this._word(bytes, 'body', word => {
          this.begun = word;
        });
      case 'body':
        return this._give(bytes);
      case 'end':
        return this._word(bytes, 'done', word => {
          this.ended = word;
        });
      case 'done':
      case 'garbled':
        return NOTHING;
    }
  }

  private _skip(bytes: Buffer): Buffer {
    const { begin } = this._marks;
    const at = bytes.indexOf(begin);
    const until = at === -1 ? Math.max(0, bytes.length - begin.length + 1) : at;
    this._skipped += until;
    this._noise = Buffer.concat([this._noise, bytes.subarray(0, until)]).subarray(
      -NOISE_KEPT_BYTES
    );
    if (at === -1) {
      this._place = this._skipped > MOST_NOISE_BYTES ? 'garbled' : 'noise';
      return bytes.subarray(until);
    }
    this._place = 'begin';
    return bytes.subarray(at + begin.length);
  }

  private _give(bytes: Buffer): Buffer {
    const { end } = this._marks;
    const at = bytes.indexOf(end);
    if (at === -1) {
      const sure = beginningOf(end, bytes);
      if (sure > 0) {
        this._body(bytes.subarray(0, sure));
      }
      return bytes.subarray(sure);
    }
    if (at > 0) {
      this._body(bytes.subarray(0, at));
    }
    this._place = 'end';
    return bytes.subarray(at + end.length);
  }

  private _word(bytes: Buffer, next: Place, found: (word: string) => void): Buffer {
    const at = bytes.indexOf(NEWLINE);
    if (at > MOST_WORD_BYTES || (at === -1 && bytes.length > MOST_WORD_BYTES)) {
      this._noise = bytes.subarray(0, NOISE_KEPT_BYTES);
      this._place = 'garbled';
      return NOTHING;
    }
    if (at === -1) {
      return bytes;
    }
    found(bytes.toString('utf8', 0, at).trim());
    this._place = next;
    return bytes.subarray(at + 1);
  }

  private _place: Place = 'noise';
  private _rest: Buffer = NOTHING;
  private _noise: Buffer = NOTHING;
  private _skipped = 0;
}

/** Where in the last bytes a mark may have begun; all of them: nowhere. Nearly always, so that nothing is kept and copied. */
function beginningOf(mark: string, bytes: Buffer): number {
  let at = Math.max(0, bytes.length - mark.length + 1) - 1;
  do {
    at = bytes.indexOf(mark[0], at + 1);
  } while (at !== -1 && !mark.startsWith(bytes.toString('latin1', at)));
  return at === -1 ? bytes.length : at;
}

const NOTHING = Buffer.alloc(0);
