import { Delta, ErrorData, Snapshot } from '../../protocol';
import type { IDisposable } from '@lumino/disposable';
import { z } from 'zod';
import type { IClock } from '../clock';
import { DisposableBase } from '../disposable';
import type { IDoor } from '../request';
import { troubleOf } from '../request';
import type { Trouble } from '../tokens';
import { pauseMs } from './connection';

/** What the server sends in the stream. */
const StreamMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('snapshot'), ...Snapshot.shape }),
  z.object({ kind: z.literal('delta'), ...Delta.shape }),
  z.object({ kind: z.literal('offline'), error: ErrorData })
]);

/** What the stream says to the model. */
export interface IStreamReader {
  snapshot(snapshot: Snapshot): void;
  /** False: something was missed, take a new snapshot. */
  delta(delta: Delta): boolean;
  offline(trouble: Trouble): void;
  /** The stream ended; `trouble` says why if it never began. It is tried again. */
  closed(trouble: Trouble | null): void;
}

/** Nothing heard for this long when the page is looked at again: the stream may be dead unnoticed. */
const SILENCE_MS = 30_000;

/** Keeps a stream open: checks what comes, and opens another when one ends. */
export class Stream extends DisposableBase {
  constructor(
    private readonly _door: IDoor,
    private readonly _clock: IClock,
    private readonly _reader: IStreamReader
  ) {
    super();
    // Proxies and sleeping machines cut a socket without a word to the browser.
    this._return = _clock.onReturn(() => {
      if (_clock.now() - this._heardMs > SILENCE_MS) {
        this.reopen();
      }
    });
    this._open();
  }

  protected override release(): void {
    this._return.dispose();
    this._end();
  }

  /** Drops the stream and opens another now. */
  reopen(): void {
    this._attempt = 0;
    this._open();
  }

  private _open(): void {
    this._end();
    this._heardMs = this._clock.now();
    const generation = ++this._generation;
    this._socket = this._door.open({
      message: content => this._message(content),
      closed: opened => void this._closed(opened, generation)
    });
  }

  private _end(): void {
    this._generation += 1;
    this._pause?.dispose();
    this._pause = null;
    this._socket?.dispose();
    this._socket = null;
  }

  private _message(content: unknown): void {
    this._heardMs = this._clock.now();
    const message = StreamMessage.safeParse(content);
    if (!message.success) {
      const words = z.prettifyError(message.error);
      this._reader.offline({
        kind: 'bridge',
        error: { code: 'invalid_message', params: { field: 'stream' }, words }
      });
      this._again();
      return;
    }
    switch (message.data.kind) {
      case 'snapshot':
        this._attempt = 0;
        this._reader.snapshot(message.data);
        break;
      case 'delta':
        if (!this._reader.delta(message.data)) {
          this._again();
        }
        break;
      case 'offline':
        this._reader.offline({ kind: 'bridge', error: message.data.error });
        break;
    }
  }

  private async _closed(opened: boolean, generation: number): Promise<void> {
    // A browser does not say why a socket could not be opened; a request does.
    const trouble = opened ? null : await this._why();
    if (generation === this._generation) {
      this._reader.closed(trouble);
      this._again();
    }
  }

  private async _why(): Promise<Trouble | null> {
    try {
      await this._door.call('bridge.status', {});
      return null;
    } catch (error) {
      return troubleOf(error);
    }
  }

  private _again(): void {
    this._end();
    const pause = pauseMs(this._attempt, Math.random());
    this._attempt += 1;
    this._pause = this._clock.after(pause, () => this._open());
  }

  private readonly _return: IDisposable;
  private _socket: IDisposable | null = null;
  private _pause: IDisposable | null = null;
  private _generation = 0;
  private _attempt = 0;
  private _heardMs = 0;
}
