import type { Change, Method, Params, Result } from '../../protocol';
import { Delta } from '../../protocol';
import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';
import type { IDoor, IStreamListener, ViewMethod } from '../request';
import { RequestFailure } from '../request';
import type { Trouble } from '../tokens';
import { aSnapshot, NOW_MS } from './entities';

/** The mocked door: a test says what the bridge would, and sees what it was asked. */
export class TestDoor implements IDoor {
  readonly asked: { method: Method | 'start' | 'log'; params: unknown }[] = [];
  /** Answers by method; a trouble is thrown. What is not there answers `{}`. */
  readonly answers = new Map<string, (params: unknown) => unknown>();
  /** Streams opened so far. */
  opened = 0;

  get isOpen(): boolean {
    return this._listener !== null;
  }

  async call<M extends ViewMethod>(method: M, params: Params<M>): Promise<Result<M>> {
    this.asked.push({ method, params });
    await Promise.resolve();
    const answer: unknown = this.answers.get(method)?.(params) ?? {};
    return answer as Result<M>;
  }

  async start(): Promise<void> {
    this.asked.push({ method: 'start', params: {} });
    await Promise.resolve();
    this.answers.get('start')?.({});
  }

  async log(): Promise<string> {
    this.asked.push({ method: 'log', params: {} });
    await Promise.resolve();
    const answer = this.answers.get('log')?.({});
    return typeof answer === 'string' ? answer : '';
  }

  open(listener: IStreamListener): IDisposable {
    this.opened += 1;
    this._listener = listener;
    return new DisposableDelegate(() => {
      if (this._listener === listener) {
        this._listener = null;
      }
    });
  }

  snapshot(changes: Parameters<typeof aSnapshot>[0] = {}): void {
    const snapshot = aSnapshot(changes);
    this._seq = snapshot.seq;
    this._instance = snapshot.instance;
    this.message({ kind: 'snapshot', ...snapshot });
  }

  delta(...changes: Change[]): void {
    this._seq += 1;
    const delta = { instance: this._instance, seq: this._seq, atMs: NOW_MS, changes };
    this.message({ kind: 'delta', ...Delta.parse(delta) });
  }

  message(content: unknown): void {
    this._listener?.message(content);
  }

  /** Deltas that never arrive. */
  lose(number = 1): void {
    this._seq += number;
  }

  close(opened = true): void {
    const listener = this._listener;
    this._listener = null;
    listener?.closed(opened);
  }

  private _listener: IStreamListener | null = null;
  private _seq = 0;
  private _instance = 'b1';
}

/** Makes an answer fail. */
export const failing = (trouble: Trouble) => (): never => {
  throw new RequestFailure(trouble);
};
