import type { Writable } from 'node:stream';
import { PilothouseError } from '../../errors';
import { shellLine } from '../../ssh/line';
import type { IConnection } from '../../ssh/connections';
import type { IChannel, ITransport } from '../../ssh/tokens';
import type { IClock, ILog } from '../../tokens';
import { framed, FRAME_LINE } from './frame';
import { Gathered } from './gathered';
import { MarkedStream, newMarks } from './markers';

/** What a submit host needs of its connection. */
export type Link = Pick<IConnection, 'host' | 'transport' | 'onConnection'>;

/** Where lines of a shell can be run; null: nobody is logged in. */
export interface IShells {
  readonly host: string;
  readonly transport: Pick<ITransport, 'exec'> | null;
}

/** More than any answer of a scheduler to a question about ten thousand jobs. */
const MOST_BYTES = 64 * 1024 * 1024;
/** What was printed last may come a moment after the program's end. */
const LAST_WORDS_MS = 2000;
const WORDS_CHARS = 2000;

/** A script to be run on the other machine. */
export interface IRequest {
  /** What it is, for a person: a program, or a file that it is about. */
  readonly command: string;
  /** See `framed`. */
  readonly body: string;
  readonly words?: readonly string[];
  /** See `framed`. */
  readonly inner?: string;
  readonly timeoutMs: number;
  readonly mostBytes?: number;
  readonly input?: string | Uint8Array;
  /**
   * Instead of `input`: says something once the answer has begun with `word`,
   * and ends the stream. `alive`: it goes on, so that the time begins anew.
   */
  readonly talk?: (word: string, stdin: Writable, alive: () => void) => Promise<void>;
  /**
   * Takes what the answer holds as it comes, instead of its being kept: each
   * piece shows that it goes on, and no more is read until it is taken (null: it is).
   */
  readonly receive?: (piece: Buffer) => Promise<void> | null;
  /** Ends it there, too; its reason is what it then fails with. */
  readonly signal?: AbortSignal;
}

export interface IAnswer {
  /** What the answer began with. */
  readonly word: string;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** As sh tells it: 128 and the signal's number where one ended it. */
  readonly exitCode: number;
}

/** What exchanges need of the bridge. */
export interface IExchangeContext {
  readonly clock: IClock;
  readonly log: ILog;
}

/**
 * Runs a script on the other machine in one channel, and reads what stands
 * between its marks.
 *
 * @throws PilothouseError login_needed, host_lost, channel_refused,
 *   command_hangs, command_failed (too much output), answer_unreadable
 */
export async function exchange(
  context: IExchangeContext,
  connection: IShells,
  request: IRequest
): Promise<IAnswer> {
  const transport = connected(connection);
  const { nonce, ...marks } = newMarks();
  const { body, words, inner } = request;
  const channel = await transport.exec(FRAME_LINE);
  const exchanged = new Exchange(context, connection.host, transport, channel, marks, request);
  exchanged.begin(framed({ nonce, body, words, inner }));
  return exchanged.answer;
}

/** @throws PilothouseError login_needed */
export function connected<T>({
  host,
  transport
}: {
  readonly host: string;
  readonly transport: T | null;
}): T {
  if (transport === null) {
    throw new PilothouseError({
      code: 'login_needed',
      params: { host },
      machine: host,
      words: `Nobody is logged in to ${host}.`
    });
  }
  return transport;
}

class Exchange {
  constructor(
    private readonly _context: IExchangeContext,
    private readonly _host: string,
    private readonly _transport: Pick<ITransport, 'exec'>,
    private readonly _channel: IChannel,
    marks: ConstructorParameters<typeof MarkedStream>[0],
    private readonly _request: IRequest
  ) {
    const { receive, signal } = _request;
    this._out = new MarkedStream(
      marks,
      receive === undefined ? this._keep(this._stdout) : this._pass(receive)
    );
    this._err = new MarkedStream(marks, this._keep(this._stderr));
    this.answer = new Promise((resolve, reject) => {
      this._resolve = resolve;
      this._reject = reject;
    });
    this._alive();
    signal?.addEventListener('abort', this._aborted, { once: true });
    if (signal?.aborted === true) {
      this._aborted();
    }
    _channel.stdout.on('data', (piece: Buffer) => {
      this._heard(this._out, piece);
    });
    _channel.stderr.on('data', (piece: Buffer) => {
      this._heard(this._err, piece);
    });
    // A program that does not read its input closes the pipe: that is its own business.
    _channel.stdin.on('error', () => undefined);
    void _channel.ended.then(({ exitCode, signal }) => {
      if (exitCode === null && signal === null) {
        this._fail(this._lost());
      } else if (!this._over) {
        this._last = _context.clock.after(LAST_WORDS_MS, () => {
          this._fail(this._unreadable());
        });
      }
    });
  }

  readonly answer: Promise<IAnswer>;

  /** Says what is to be done, and what that reads. */
  begin(head: string): void {
    const { talk, input } = this._request;
    this._channel.stdin.write(head);
    if (talk === undefined) {
      this._channel.stdin.end(input ?? '');
    }
  }

  private _alive(): void {
    const { timeoutMs, command } = this._request;
    this._limit?.dispose();
    this._limit = this._context.clock.after(timeoutMs, () => {
      const params = { command, seconds: timeoutMs / 1000 };
      const machine = this._host;
      this._fail(
        new PilothouseError({ code: 'command_hangs', params, machine, words: this._said() })
      );
    });
  }

  private _keep(kept: Gathered): (piece: Buffer) => void {
    const most = this._request.mostBytes ?? MOST_BYTES;
    return piece => {
      if (this._stdout.length + this._stderr.length + piece.length <= most) {
        kept.add(piece);
        return;
      }
      const params = {
        command: this._request.command,
        problem: `its output is more than ${most} bytes`
      };
      this._fail(new PilothouseError({ code: 'command_failed', params, machine: this._host }));
    };
  }

  private _pass(receive: NonNullable<IRequest['receive']>): (piece: Buffer) => void {
    let under = 0;
    return piece => {
      this._alive();
      const taking = receive(piece);
      if (taking === null) {
        return;
      }
      under += 1;
      this._channel.stdout.pause();
      taking.then(
        () => {
          under -= 1;
          if (under === 0) {
            this._channel.stdout.resume();
          }
        },
        (error: unknown) => {
          this._fail(error instanceof PilothouseError ? error : this._unreadable(error));
        }
      );
    };
  }

  private readonly _aborted = (): void => {
    const why: unknown = this._request.signal?.reason;
    this._fail(why instanceof PilothouseError ? why : this._unreadable(why));
  };

  private _heard(stream: MarkedStream, piece: Buffer): void {
    if (this._over) {
      return;
    }
    stream.push(piece);
    const { talk } = this._request;
    if (talk !== undefined && !this._talking && this._out.begun !== null) {
      this._talking = true;
      talk(this._word().word, this._channel.stdin, () => {
        if (!this._over) {
          this._alive();
        }
      }).catch((error: unknown) => {
        this._fail(error instanceof PilothouseError ? error : this._unreadable(error));
      });
    }
    if (stream.garbled) {
      this._fail(this._unreadable());
    } else if (this._out.ended !== null && this._err.ended !== null) {
      const exitCode = Number(this._out.ended);
      const { word } = this._word();
      this._end();
      this._resolve({ word, stdout: this._stdout.bytes, stderr: this._stderr.bytes, exitCode });
    }
  }

  /** The process group, and the word of the body. */
  private _word(): { group: number; word: string } {
    const [group = '', ...word] = (this._out.begun ?? '').split(' ');
    return { group: /^\d{1,10}$/.test(group) ? Number(group) : 0, word: word.join(' ') };
  }

  private _fail(error: PilothouseError): void {
    if (this._over) {
      return;
    }
    const { group } = this._word();
    this._end();
    if (group > 1) {
      this._kill(group);
    }
    this._reject(error);
  }

  private _end(): void {
    this._over = true;
    this._limit?.dispose();
    this._last?.dispose();
    this._request.signal?.removeEventListener('abort', this._aborted);
    this._channel.close();
  }

  /** By a channel of its own: closing one ends nothing at the other side. */
  private _kill(group: number): void {
    const kill = async (): Promise<void> => {
      const channel = await this._transport.exec(shellLine(`kill -9 -${group}`));
      channel.stdout.resume();
      channel.stderr.resume();
      channel.stdin.end();
      await channel.ended;
      channel.close();
    };
    kill().catch((error: unknown) => {
      this._context.log.warn('host.kill', { host: this._host, group, problem: String(error) });
    });
  }

  private _lost(): PilothouseError {
    return new PilothouseError({
      code: 'host_lost',
      params: { host: this._host },
      machine: this._host,
      words: `The connection broke while ${this._request.command} ran there.`
    });
  }

  private _unreadable(cause?: unknown): PilothouseError {
    const params = { command: this._request.command };
    const words = this._said();
    return new PilothouseError(
      { code: 'answer_unreadable', params, machine: this._host, words },
      cause
    );
  }

  /** What it said in place of an answer, or before it hung. */
  private _said(): string {
    const said = [this._stderr, this._stdout].map(({ bytes }) => bytes.toString('utf8'));
    const words = said.join('').trim() || `${this._err.noise}${this._out.noise}`;
    return words.slice(-WORDS_CHARS).trim();
  }

  private readonly _stdout = new Gathered();
  private readonly _stderr = new Gathered();
  private readonly _out: MarkedStream;
  private readonly _err: MarkedStream;
  private _resolve!: (answer: IAnswer) => void;
  private _reject!: (error: PilothouseError) => void;
  private _limit: { dispose(): void } | null = null;
  private _last: { dispose(): void } | null = null;
  private _talking = false;
  private _over = false;
}
