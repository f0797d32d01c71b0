import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { PoolName } from '../../protocol';
import type { IClock } from '../clock';
import { DisposableBase } from '../disposable';
import type { IPilothouseModel, Trouble } from '../tokens';
import type { FileFailure } from './failure';

/** Between two looks whether somebody has logged in. */
const LOOK_MS = 1000;

interface IWaiting {
  readonly pool: PoolName;
  readonly failure: FileFailure;
  readonly goOn: () => void;
  readonly giveUp: (why: FileFailure) => void;
}

/** Whether all that is missing is a person who logs in. */
export const lacksLogin = ({ trouble }: { trouble: Trouble }): boolean =>
  trouble.kind === 'bridge' && ['login_needed', 'host_lost'].includes(trouble.error.code);

/**
 * What is asked for documents of places where nobody is logged in: it waits for a login. JupyterLab
 * opens documents by itself when a page is loaded, and never again what could not be read then.
 */
export class Patience extends DisposableBase {
  constructor(
    private readonly _model: IPilothouseModel,
    private readonly _clock: IClock
  ) {
    super();
  }

  /** Places that documents wait for, and why the newest of them does. */
  get awaited(): ReadonlyMap<PoolName, FileFailure> {
    return new Map([...this._waiting].map(({ pool, failure }) => [pool, failure]));
  }

  /** Emitted when it is another. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /**
   * Does `work`, as often as somebody has logged in since it failed for that. `told` says what went
   * wrong; that is thrown if it is something else, or the place is gone.
   */
  async until<T>(
    pool: PoolName,
    work: () => Promise<T>,
    told: (error: unknown) => FileFailure
  ): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const failure = told(error);
        if (!lacksLogin(failure) || this.isDisposed) {
          throw failure;
        }
        await this._login(pool, failure);
      }
    }
  }

  protected override release(): void {
    this._timer?.dispose();
    this._waiting.forEach(({ failure, giveUp }) => giveUp(failure));
    this._waiting.clear();
  }

  private _login(pool: PoolName, failure: FileFailure): Promise<void> {
    return new Promise((goOn, giveUp) => {
      this._waiting.add({ pool, failure, goOn, giveUp });
      this._timer ??= this._clock.after(LOOK_MS, () => this._look());
      this._changed.emit();
    });
  }

  private _look(): void {
    this._timer = null;
    const before = this._waiting.size;
    for (const one of this._waiting) {
      const state = this._stateOf(one.pool);
      if (state !== 'away') {
        this._waiting.delete(one);
        if (state === 'there') {
          one.goOn();
        } else {
          one.giveUp(one.failure);
        }
      }
    }
    if (this._waiting.size > 0) {
      this._timer = this._clock.after(LOOK_MS, () => this._look());
    }
    if (this._waiting.size !== before) {
      this._changed.emit();
    }
  }

  private _stateOf(name: PoolName): 'there' | 'away' | 'gone' {
    const { picture, connection } = this._model;
    if (connection.kind !== 'live') {
      return 'away';
    }
    const pool = picture.pools.get(name);
    if (pool === undefined) {
      return 'gone';
    }
    const isThere = pool.host === null || picture.hosts.get(pool.host)?.state === 'connected';
    return isThere ? 'there' : 'away';
  }

  private readonly _waiting = new Set<IWaiting>();
  private readonly _changed = new Signal<this, void>(this);
  private _timer: IDisposable | null = null;
}
