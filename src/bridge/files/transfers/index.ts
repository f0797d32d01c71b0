import { randomBytes } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { HostId, type ErrorData, type Params, type Transfer } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IBridgeContext, IDisposable } from '../../tokens';
import type { Account } from '../account';
import { get } from './get';
import { put } from './put';

/** More at once share the same line, and take channels from whoever asks schedulers. */
const AT_ONCE = 3;
/** Others wait for their turn. */
const MOST_WAITING = 1000;
/** Ended ones that are still listed. */
const ENDED_KEPT = 50;
/** How often one tells how far it is, at most. */
const TELL_EVERY_MS = 250;

type What = Params<'files.transfer'>;
type Ended = Exclude<Transfer['state'], 'going'>;

interface IUnderWay {
  view: Transfer;
  readonly account: Account;
  readonly abort: AbortController;
  toldAtMs: number;
}

/** Files on their way to or from submit hosts. */
export class Transfers implements IDisposable {
  constructor(private readonly _context: Pick<IBridgeContext, 'clock' | 'log' | 'changes'>) {}

  /** Oldest first. */
  get all(): Transfer[] {
    return [...this._ended, ...[...this._underWay.values()].map(({ view }) => view)];
  }

  /** How many go or wait: a bridge does not end for being idle with any. */
  get going(): number {
    return this._underWay.size;
  }

  /** @throws PilothouseError file_failed (no absolute path, on its way already, too many) */
  begin(account: Account, { pool, direction, local, remote }: What): Transfer {
    if (!isAbsolute(local) || local.includes('\0')) {
      throw account.failed(local, 'on this machine a path from / is needed');
    }
    const host = HostId.parse(account.host);
    const isSame = ({ view }: IUnderWay): boolean =>
      direction === 'put'
        ? view.direction === 'put' && view.host === host && view.remote === remote
        : view.direction === 'get' && view.local === local;
    if ([...this._underWay.values()].some(isSame)) {
      throw account.failed(direction === 'put' ? remote : local, 'it is on its way already');
    }
    if (this._underWay.size >= MOST_WAITING) {
      throw account.failed(remote, `${MOST_WAITING} other files are on their way`);
    }
    const view: Transfer = {
      ...{ transfer: randomBytes(8).toString('hex'), pool, host, direction, local, remote },
      ...{ bytes: 0, size: 0, state: 'going', error: null },
      startedAtMs: this._context.clock.now()
    };
    const one: IUnderWay = { view, account, abort: new AbortController(), toldAtMs: 0 };
    this._underWay.set(view.transfer, one);
    this._tell(view);
    this._waiting.push(one);
    this._next();
    return view;
  }

  /** What has come stays, so that the next try goes on from it. One that has ended is forgotten. */
  cancel(transfer: string): void {
    const one = this._underWay.get(transfer);
    if (one === undefined) {
      this._forget(this._ended.filter(ended => ended.transfer === transfer));
      return;
    }
    one.abort.abort(
      new PilothouseError({
        code: 'file_failed',
        params: { path: one.view.remote, problem: CANCELLED }
      })
    );
    const at = this._waiting.indexOf(one);
    if (at !== -1) {
      this._waiting.splice(at, 1);
      this._end(one, 'cancelled', null);
    }
  }

  dispose(): void {
    for (const transfer of [...this._underWay.keys()]) {
      this.cancel(transfer);
    }
  }

  private _next(): void {
    while (this._carried < AT_ONCE) {
      const one = this._waiting.shift();
      if (one === undefined) {
        return;
      }
      this._carried += 1;
      void this._carry(one).finally(() => {
        this._carried -= 1;
        this._next();
      });
    }
  }

  /** Never rejects. */
  private async _carry(one: IUnderWay): Promise<void> {
    const { direction, local, remote, host, transfer } = one.view;
    const { signal } = one.abort;
    const at = (bytes: number, size: number): void => {
      one.view = { ...one.view, bytes, size };
      const now = this._context.clock.now();
      if (now - one.toldAtMs >= TELL_EVERY_MS && one.view.state === 'going') {
        one.toldAtMs = now;
        this._tell(one.view);
      }
    };
    this._context.log.info('transfer.begins', { transfer, host, direction });
    try {
      await (direction === 'put' ? put : get)(one.account, { local, remote, signal, at });
      this._end(one, 'done', null);
    } catch (error) {
      const cancelled = signal.aborted;
      this._end(one, cancelled ? 'cancelled' : 'failed', cancelled ? null : errorOf(one, error));
    }
  }

  private _end(one: IUnderWay, state: Ended, error: ErrorData | null): void {
    const view: Transfer = { ...one.view, state, error };
    this._underWay.delete(view.transfer);
    this._ended.push(view);
    const { transfer, host, direction, bytes } = view;
    this._context.log.info('transfer.ends', {
      ...{ transfer, host, direction, bytes, state },
      ...(error === null ? {} : { code: error.code })
    });
    this._tell(view);
    this._forget(this._ended.slice(0, Math.max(0, this._ended.length - ENDED_KEPT)));
  }

  private _forget(ended: readonly Transfer[]): void {
    for (const old of ended) {
      this._ended.splice(this._ended.indexOf(old), 1);
      this._context.changes.put({ kind: 'transfer-gone', transfer: old.transfer });
    }
  }

  private _tell(value: Transfer): void {
    this._context.changes.put({ kind: 'transfer', value });
  }

  private readonly _underWay = new Map<string, IUnderWay>();
  private readonly _waiting: IUnderWay[] = [];
  private readonly _ended: Transfer[] = [];
  private _carried = 0;
}

const CANCELLED = 'it was cancelled';

/** What is not told by the other side is about the file of this one. */
function errorOf({ account, view }: IUnderWay, error: unknown): ErrorData {
  if (error instanceof PilothouseError) {
    return error.data;
  }
  // `Error: ENOENT: no such file or directory, open '/x'`: the path is told beside it.
  const problem = String(error)
    .replace(/^(\w*Error: )?(E[A-Z0-9]+: )?/, '')
    .replace(/, \w+( '.*)?$/s, '');
  return { ...account.failed(view.local, problem, error).data, machine: undefined };
}
