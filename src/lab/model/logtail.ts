import { LIMITS } from '../../protocol';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { IClock } from '../clock';
import { DisposableBase } from '../disposable';
import type { IDoor } from '../request';
import { troubleOf } from '../request';
import type { ILogTail, LogSource, Trouble } from '../tokens';

/** Pause between two looks at a file that is followed. */
const LOOK_MS = 1000;
/** Characters kept; a longer log loses its oldest part. */
const KEPT_CHARS = 1024 * 1024;

/** The end of a log file, read by offset so that nothing is sent twice. */
export class LogTail extends DisposableBase implements ILogTail {
  constructor(private readonly _options: LogTail.IOptions) {
    super();
    void this._look();
  }

  get text(): string {
    return this._text;
  }

  get path(): string {
    return this._path;
  }

  get truncated(): boolean {
    return this._truncated;
  }

  get loading(): boolean {
    return this._loading;
  }

  get trouble(): Trouble | null {
    return this._trouble;
  }

  get following(): boolean {
    return this._following;
  }
  set following(value: boolean) {
    if (this._following !== value) {
      this._following = value;
      this._changed.emit();
    }
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  protected override release(): void {
    this._pause?.dispose();
  }

  private async _look(): Promise<void> {
    const before = { text: this._text, trouble: this._trouble, loading: this._loading };
    try {
      await this._read();
      this._trouble = null;
    } catch (error) {
      this._trouble = troubleOf(error);
    }
    this._loading = false;
    if (this.isDisposed) {
      return;
    }
    if (
      before.loading ||
      before.text !== this._text ||
      JSON.stringify(before.trouble) !== JSON.stringify(this._trouble)
    ) {
      this._changed.emit();
    }
    this._pause = this._options.clock.after(LOOK_MS, () => this._lookAgain());
  }

  private _lookAgain(): void {
    if (this._following && this._options.clock.visible) {
      void this._look();
    } else {
      this._pause = this._options.clock.after(LOOK_MS, () => this._lookAgain());
    }
  }

  private async _read(): Promise<void> {
    const { door, source } = this._options;
    if (source.kind === 'bridge') {
      this._text = await door.log();
      return;
    }
    let size: number;
    do {
      const first = this._end === null;
      const answer = await door.call('pilots.log', {
        pilot: source.pilot,
        file: source.file,
        ...(source.worker === null ? {} : { worker: source.worker }),
        offset: this._end ?? -LIMITS.logBytes,
        bytes: LIMITS.logBytes
      });
      size = answer.size;
      const isOther = !first && answer.path !== this._path;
      this._path = answer.path;
      if (first) {
        this._truncated = answer.offset > 0;
      } else if (isOther || answer.offset < (this._end ?? 0)) {
        // The file began anew: a newer lease, a requeued pilot, or a rotation.
        this._text = '';
        this._end = 0;
        continue;
      }
      if (answer.end === this._end) {
        break;
      }
      this._append(answer.text);
      this._end = answer.end;
    } while (this._end < size && !this.isDisposed);
  }

  private _append(text: string): void {
    const all = this._text + text;
    this._truncated = this._truncated || all.length > KEPT_CHARS;
    this._text = all.slice(-KEPT_CHARS);
  }

  private readonly _changed = new Signal<this, void>(this);
  private _text = '';
  private _path = '';
  private _truncated = false;
  private _loading = true;
  private _following = true;
  private _trouble: Trouble | null = null;
  /** Where the next piece begins, in bytes; null before the first. */
  private _end: number | null = null;
  private _pause: IDisposable | null = null;
}

export namespace LogTail {
  export interface IOptions {
    door: IDoor;
    clock: IClock;
    source: LogSource;
  }
}
