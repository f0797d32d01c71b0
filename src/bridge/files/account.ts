import { normalize } from 'node:path/posix';
import { LIMITS, type HostEntry, type Result } from '../../protocol';
import { PilothouseError } from '../errors';
import { otherThanMissing } from '../hosts/remote/answers';
import {
  exchange,
  type IAnswer,
  type IExchangeContext,
  type IRequest,
  type IShells
} from '../hosts/remote/exchange';
import { problemOf, readListing, readOpened, readPart, readTold } from './answers';
import {
  EXITS,
  LIST_SCRIPT,
  MAKE_FOLDER_SCRIPT,
  READ_SCRIPT,
  REMOVE_SCRIPT,
  RENAME_SCRIPT,
  STAT_SCRIPT,
  WRITE_SCRIPT
} from './scripts';

/** A question about files: no disk takes longer. What is sent moves on at least once in this time. */
const STANDSTILL_MS = 120_000;
/** A new file is its owner's alone. */
const NEW_MODE = '600';

/** A piece of a file that is to be written; see `files.write`. */
export interface IPiece {
  readonly content: Buffer;
  readonly offset: number;
  readonly last: boolean;
  readonly expectedModifiedAtMs?: number | null;
  readonly sender?: string;
}

/** The files of one user at one machine, with that user's rights and no others. */
export class Account {
  constructor(
    private readonly _context: IExchangeContext,
    private readonly _shells: IShells
  ) {
    this.host = _shells.host;
  }

  readonly host: string;

  async list(path: string): Promise<Result<'files.list'>> {
    // One more than is listed tells that there is more.
    const answer = await this.ask(path, LIST_SCRIPT, [String(LIMITS.entriesListed + 1)]);
    const found = readListing(this.good(path, answer).stdout);
    if (found === null) {
      throw this.unreadable(path);
    }
    const entries = found.entries.slice(0, LIMITS.entriesListed);
    return { path: found.path, entries, more: found.lines > LIMITS.entriesListed };
  }

  async stat(path: string): Promise<Result<'files.stat'>> {
    const answer = await this.ask(path, STAT_SCRIPT);
    const [at = ''] = answer.stdout.toString('utf8').split('\0');
    if (answer.exitCode !== 0 && otherThanMissing(answer.stderr.toString('utf8')) === '') {
      return { path: normalize(at), entry: null };
    }
    return this._told(path, answer);
  }

  async read(path: string, offset: number, bytes: number): Promise<Result<'files.read'>> {
    const answer = this.good(
      path,
      await this.ask(path, READ_SCRIPT, [String(offset), String(bytes)])
    );
    const opened = readOpened(answer.word);
    if (opened === null) {
      throw this.unreadable(path);
    }
    const { known, file } = opened;
    // It may have grown since it was looked at.
    const size = Math.max(
      known.size,
      answer.stdout.length === 0 ? 0 : offset + answer.stdout.length
    );
    const { modifiedAtMs } = known;
    return { content: answer.stdout.toString('base64'), size, modifiedAtMs, file };
  }

  async write(path: string, piece: IPiece): Promise<Result<'files.write'>> {
    const { content, offset, last, expectedModifiedAtMs, sender = '' } = piece;
    const until = offset + content.length;
    const done = { received: until, written: true };
    const talk: IRequest['talk'] = (word, stdin) => {
      const part = readPart(word);
      const stop = (): void => {
        done.written = false;
        stdin.end('stop\n');
      };
      if (part === null) {
        stop();
        return Promise.resolve();
      }
      if (
        expectedModifiedAtMs !== undefined &&
        expectedModifiedAtMs !== (part.file?.modifiedAtMs ?? null)
      ) {
        stop();
        return Promise.reject(this.changed(path));
      }
      if (offset > 0 && part.bytes !== offset) {
        done.received = part.bytes;
        stop();
        return Promise.resolve();
      }
      stdin.write(offset === 0 ? 'fresh\n' : 'more\n');
      stdin.end(content);
      return Promise.resolve();
    };
    const isWhole = offset === 0 && last ? 'whole' : '';
    const words = [String(until), last ? 'last' : '', NEW_MODE, isWhole, '', sender];
    const answer = this.good(path, await this.ask(path, WRITE_SCRIPT, words, { talk }));
    const { received, written } = done;
    return { received, entry: written && last ? this._told(path, answer).entry : null };
  }

  async makeFolder(path: string): Promise<HostEntry> {
    return this._told(path, await this.ask(path, MAKE_FOLDER_SCRIPT)).entry;
  }

  async rename(path: string, to: string): Promise<HostEntry> {
    const words = [this._checked(to)];
    return this._told(path, await this.ask(path, RENAME_SCRIPT, words)).entry;
  }

  async remove(path: string): Promise<void> {
    this.good(path, await this.ask(path, REMOVE_SCRIPT));
  }

  /** Runs a script about a path. @throws PilothouseError file_failed for a path that is none; see `exchange` */
  ask(
    path: string,
    body: string,
    words: readonly string[] = [],
    more: Pick<IRequest, 'talk' | 'receive' | 'signal'> = {}
  ): Promise<IAnswer> {
    return exchange(this._context, this._shells, {
      command: path,
      body,
      words: [this._checked(path), ...words],
      timeoutMs: STANDSTILL_MS,
      ...more
    });
  }

  /** @throws PilothouseError file_failed, file_changed where a script could not do it */
  good(path: string, answer: IAnswer): IAnswer {
    switch (answer.exitCode) {
      case 0:
        return answer;
      case EXITS.changed:
        throw this.changed(path);
      case EXITS.short:
        throw this.failed(path, 'it did not come whole');
      case EXITS.odd:
        throw this.failed(path, 'it is no file');
      default:
        throw this.failed(path, problemOf(answer.stderr) || `exit code ${answer.exitCode}`);
    }
  }

  failed(path: string, problem: string, cause?: unknown): PilothouseError {
    const params = { path, problem };
    return new PilothouseError({ code: 'file_failed', params, machine: this.host }, cause);
  }

  changed(path: string): PilothouseError {
    return new PilothouseError({ code: 'file_changed', params: { path }, machine: this.host });
  }

  unreadable(path: string): PilothouseError {
    const params = { command: path };
    return new PilothouseError({ code: 'answer_unreadable', params, machine: this.host });
  }

  private _told(path: string, answer: IAnswer): { path: string; entry: HostEntry } {
    const told = readTold(this.good(path, answer).stdout);
    if (told === null) {
      throw this.unreadable(path);
    }
    return told;
  }

  /** As the scripts take it: `..` leads where it says, also behind a link. */
  private _checked(path: string): string {
    if (path.includes('\0')) {
      throw this.failed(JSON.stringify(path), 'a path cannot hold a NUL');
    }
    const plain = normalize(path);
    return plain === '/' ? plain : plain.replace(/\/$/, '');
  }
}
