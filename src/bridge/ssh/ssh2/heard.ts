import type { Duplex } from 'node:stream';
import { LIMITS } from '../../../protocol';
import { shown } from '../shown';

/** Most of what is kept of a machine's words in one login. */
const MOST_CHARS = LIMITS.wordsChars * 4;

const joined = (...texts: string[]): string => texts.filter(text => text !== '').join('\n');

/** What a machine says during a login without asking, free of control characters. */
export class Heard {
  /** Since the last answer, or since something new was tried. */
  get since(): string {
    return this._since;
  }

  /** Of that, what no person has been shown yet. */
  get unseen(): string {
    return this._unseen;
  }

  /** What it said in place of who it is: sshd refuses some so, in a line of text (RFC 4253, 4.2). */
  get greeting(): string {
    return this._greeting.startsWith('SSH-') ? '' : this._greeting;
  }

  /** Listens to the very first bytes of a connection, and takes none of them from ssh2. */
  listen(stream: Duplex): void {
    const hear = (chunk: Buffer): void => {
      this._greeting = `${this._greeting}${chunk.toString('latin1')}`.slice(0, LIMITS.wordsChars);
      if (this._greeting.includes('SSH-') || this._greeting.length === LIMITS.wordsChars) {
        stream.off('data', hear);
      }
    };
    // A stream that is paused keeps what comes until ssh2 listens, too.
    stream.pause();
    stream.on('data', hear);
  }

  /** @returns the text as it may be shown; null: there is nothing to it, or too much was said already */
  add(text: string, wasShown: boolean): string | null {
    const clean = shown(text, LIMITS.wordsChars);
    if (clean.trim() === '' || this._chars > MOST_CHARS) {
      return null;
    }
    this._chars += clean.length;
    this._since = joined(this._since, clean);
    if (!wasShown) {
      this._unseen = joined(this._unseen, clean);
    }
    return clean;
  }

  /** What comes with the next question: what was not shown yet, and its own text. */
  instructions(own: string): string {
    const all = joined(this._unseen, own);
    this._unseen = '';
    return shown(all, LIMITS.wordsChars);
  }

  /** What is said from now on is about something else. */
  turn(): void {
    this._since = '';
  }

  private _since = '';
  private _unseen = '';
  private _greeting = '';
  private _chars = 0;
}
