import { PilothouseError } from '../../errors';
import type { IClock, IDisposable } from '../../tokens';
import type { SshTimes } from '../times';

/** Most programs at once over one connection; a machine may allow fewer (sshd_config(5), MaxSessions: 10). */
export const MOST_SESSIONS = 8;

/** The same refusal so often, and it is the limit: a channel that has just closed still counts there for a moment. */
const REFUSALS_BELIEVED = 3;

interface IWaiting {
  readonly number: number;
  readonly open: () => Promise<void>;
  readonly reject: (why: Error) => void;
  readonly limit: IDisposable;
  /** It has waited as long as it may. */
  tooLate: boolean;
  refused: number;
  /** How many had been given back when it was refused last. */
  freed: number;
}

/**
 * Whose turn it is to open a session: first come, first served, at most so
 * many at once. What a machine refuses is learnt, for as long as the
 * connection lives.
 */
export class Sessions implements IDisposable {
  constructor(
    private readonly _clock: Pick<IClock, 'after'>,
    private readonly _times: Pick<SshTimes, 'channelWaitMs' | 'channelAgainMs'>,
    private readonly _host: string,
    private readonly _changed: () => void
  ) {}

  get open(): number {
    return this._open;
  }

  get most(): number {
    return this._most;
  }

  /**
   * Opens one by `opener`, which rejects with `isFull` true for a refusal.
   * Who got one says `free` once it is closed.
   * @throws PilothouseError channel_refused, and what else `opener` throws
   */
  take<T>(opener: () => Promise<T>, isFull: (error: unknown) => boolean): Promise<T> {
    return new Promise((resolve, reject) => {
      this._made += 1;
      const waiting: IWaiting = {
        number: this._made,
        reject,
        refused: 0,
        freed: -1,
        tooLate: false,
        limit: this._clock.after(this._times.channelWaitMs, () => {
          waiting.tooLate = true;
          // One that is just being opened has its answer soon.
          if (this._queue.includes(waiting)) {
            this._queue = this._queue.filter(each => each !== waiting);
            reject(this._lateRefusal());
          }
        }),
        open: async () => {
          try {
            resolve(await opener());
            waiting.limit.dispose();
            this._opening -= 1;
          } catch (error) {
            this._count(-1);
            this._opening -= 1;
            this._refused(waiting, error, isFull(error));
          }
          this._go();
        }
      };
      this._queue.push(waiting);
      this._go();
    });
  }

  free(): void {
    this._freed += 1;
    this._count(-1);
    this._go();
  }

  /** Nobody waits any more. */
  end(why: Error): void {
    const queue = this._queue;
    this._queue = [];
    for (const waiting of queue) {
      waiting.limit.dispose();
      waiting.reject(why);
    }
  }

  dispose(): void {
    this._pause?.dispose();
    this._pause = null;
    this.end(this._refusal('the connection was closed'));
  }

  private _go(): void {
    // After a refusal one at a time, so that no more than one is refused.
    while (
      this._queue.length > 0 &&
      this._open < this._most &&
      this._pause === null &&
      !(this._careful && this._opening > 0)
    ) {
      const [waiting] = this._queue.splice(0, 1);
      this._count(1);
      this._opening += 1;
      void waiting.open();
    }
  }

  private _refused(waiting: IWaiting, error: unknown, full: boolean): void {
    waiting.refused = waiting.freed === this._freed ? waiting.refused + 1 : 1;
    waiting.freed = this._freed;
    const others = this._open - this._opening;
    if (!full || (others <= 0 && waiting.refused >= REFUSALS_BELIEVED)) {
      waiting.limit.dispose();
      waiting.reject(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this._careful = true;
    if (waiting.tooLate) {
      waiting.reject(this._lateRefusal());
      return;
    }
    this._queue = [...this._queue, waiting].sort((a, b) => a.number - b.number);
    if (waiting.refused >= REFUSALS_BELIEVED) {
      this._most = Math.min(this._most, Math.max(1, others));
      this._changed();
    } else {
      this._pause ??= this._clock.after(this._times.channelAgainMs, () => {
        this._pause = null;
        this._go();
      });
    }
  }

  private _count(by: 1 | -1): void {
    this._open += by;
    this._changed();
  }

  private _lateRefusal(): PilothouseError {
    const seconds = this._times.channelWaitMs / 1000;
    return this._refusal(`none of ${this._most} was free for ${seconds} s`);
  }

  private _refusal(problem: string): PilothouseError {
    return new PilothouseError({ code: 'channel_refused', params: { host: this._host, problem } });
  }

  private _queue: IWaiting[] = [];
  private _made = 0;
  private _freed = 0;
  private _open = 0;
  private _opening = 0;
  private _most = MOST_SESSIONS;
  private _careful = false;
  private _pause: IDisposable | null = null;
}
