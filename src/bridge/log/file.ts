import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { IDisposable } from '../tokens';

/** Bytes after which a log file is set aside. */
export const LOG_FILE_BYTES = 5 * 1024 * 1024;
/** Files kept: the one being written and those set aside (`.1` is the newest of these). */
export const LOG_FILES_KEPT = 3;

/**
 * A file of lines that sets itself aside when it is full. Writes are
 * synchronous: the log is thin, and its last line before an end matters most.
 */
export class RotatingFile implements IDisposable {
  constructor(
    readonly path: string,
    private readonly _maxBytes = LOG_FILE_BYTES,
    private readonly _kept = LOG_FILES_KEPT
  ) {
    this._open();
  }

  write(line: string): void {
    const bytes = Buffer.from(line, 'utf8');
    if (this._fd === -1) {
      this._open();
    }
    if (this._bytes > 0 && this._bytes + bytes.length > this._maxBytes) {
      this._rotate();
    }
    writeSync(this._fd, bytes);
    this._bytes += bytes.length;
  }

  dispose(): void {
    const fd = this._fd;
    this._fd = -1;
    if (fd !== -1) {
      closeSync(fd);
    }
  }

  private _open(): void {
    this._fd = openSync(this.path, 'a', 0o600);
    this._bytes = fstatSync(this._fd).size;
  }

  private _rotate(): void {
    // Forgotten before it is closed: another file may get its number, should no new one be opened.
    this.dispose();
    const nameOf = (n: number): string => (n === 0 ? this.path : `${this.path}.${n}`);
    rmSync(nameOf(this._kept - 1), { force: true });
    for (let n = this._kept - 2; n >= 0; n--) {
      try {
        renameSync(nameOf(n), nameOf(n + 1));
      } catch (error) {
        // A file that is not there yet, or was taken away by somebody, is nothing to keep.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
          this._open();
          throw error;
        }
      }
    }
    this._open();
  }

  private _fd = -1;
  private _bytes = 0;
}
