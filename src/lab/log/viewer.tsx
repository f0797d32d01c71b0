import type { IDisposable } from '@lumino/disposable';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import { troubleOf } from '../request';
import type { IChangeSet, ILogTail, IPilotLog, LogSource, Trouble } from '../tokens';
import { LiveWidget } from '../views';
import type { ISurroundings } from '../views';
import { keyOf } from './choice';
import type { PilotFiles } from './choice';
import { LogContent } from './content';

/** A pilot that changes may have new files; they are asked for at most this often. */
const FILES_EVERY_MS = 2000;
/** A task that prints for the first time changes nothing else: files are asked for this often, too. */
const FILES_AGAIN_MS = 10_000;

/** A log file in the main area: its end, and what is written to it while it is open. */
export class LogViewer extends LiveWidget {
  constructor(surroundings: ISurroundings, source: LogSource) {
    super(surroundings);
    this.addClass('jp-Pilothouse-log');
    this._source = source;
  }

  get source(): LogSource {
    return this._source;
  }

  /** Shows another of the pilot's files. */
  choose(log: IPilotLog): void {
    if (this._source.kind === 'pilot' && keyOf(this._source) !== keyOf(log)) {
      this._source = { ...this._source, ...log };
      if (this.isAttached) {
        this._close();
        this._open();
        this.update();
      }
    }
  }

  protected override onAfterAttach(message: Message): void {
    this._open();
    this.surroundings.model.changed.connect(this._onPilot, this);
    void this._look();
    this._lookAgain();
    super.onAfterAttach(message);
  }

  protected override onBeforeDetach(message: Message): void {
    this.surroundings.model.changed.disconnect(this._onPilot, this);
    this._soon?.dispose();
    this._soon = null;
    this._again?.dispose();
    this._again = null;
    this._close();
    super.onBeforeDetach(message);
  }

  protected content(): React.ReactElement | null {
    const tail = this._tail;
    if (tail === null) {
      return null;
    }
    return (
      <LogContent
        key={this._source.kind === 'pilot' ? keyOf(this._source) : ''}
        tail={tail}
        source={this._source}
        files={this._files}
        trouble={this._filesTrouble}
        onLog={log => this.choose(log)}
        onFollow={following => {
          tail.following = following;
        }}
      />
    );
  }

  private _onPilot(_: unknown, changes: IChangeSet): void {
    if (
      this._source.kind === 'pilot' &&
      this._soon === null &&
      (changes.all || changes.pilots.has(this._source.pilot))
    ) {
      this._soon = this.surroundings.clock.after(FILES_EVERY_MS, () => {
        this._soon = null;
        void this._look();
      });
    }
  }

  /** Asks for files now and then, while somebody looks and the pilot may still write some. */
  private _lookAgain(): void {
    const { clock } = this.surroundings;
    this._again = clock.after(FILES_AGAIN_MS, () => {
      if (clock.visible && this.isVisible && (this._files?.keptUntilMs ?? null) === null) {
        void this._look();
      }
      this._lookAgain();
    });
  }

  /** Asks which files there are. */
  private async _look(): Promise<void> {
    if (this._source.kind !== 'pilot') {
      return;
    }
    const { pilot } = this._source;
    try {
      this._files = await this.surroundings.model.call('pilots.files', { pilot });
      const { trouble } = this._files;
      this._filesTrouble = trouble && { kind: 'bridge', error: trouble };
    } catch (error) {
      this._filesTrouble = troubleOf(error);
    }
    if (this.isAttached) {
      this.update();
    }
  }

  private _open(): void {
    this._tail = this.surroundings.model.logOf(this._source);
    this._tail.changed.connect(this.refresh, this);
  }

  private _close(): void {
    this._tail?.changed.disconnect(this.refresh, this);
    this._tail?.dispose();
    this._tail = null;
  }

  private _source: LogSource;
  private _tail: ILogTail | null = null;
  private _files: PilotFiles | null = null;
  private _filesTrouble: Trouble | null = null;
  private _soon: IDisposable | null = null;
  private _again: IDisposable | null = null;
}
