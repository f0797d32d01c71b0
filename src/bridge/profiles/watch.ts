import { statSync, watch, type FSWatcher } from 'node:fs';
import type { IClock, IDisposable, ILog } from '../tokens';

/** A file that is being written is left alone until nothing has come for this long. */
const SETTLES_MS = 50;
/** How often it is looked whether the folders that are watched are still those that are there. */
const RENEW_EVERY_MS = 2000;

export interface IFolderWatchOptions {
  readonly clock: IClock;
  readonly log: ILog;
  readonly folders: readonly string[];
  /** Something in a folder has changed, or a folder has come or gone. */
  readonly changed: () => void;
}

interface IWatched {
  readonly inode: bigint;
  /** null: it cannot be watched. */
  readonly watcher: FSWatcher | null;
}

/**
 * Says soon when a file in one of these folders changes. It only hastens what somebody who looks
 * now and then would find: network disks do not tell what other machines write, and a system may
 * have no watch left to give.
 */
export class FolderWatch implements IDisposable {
  constructor(private readonly _options: IFolderWatchOptions) {
    this._renew();
    this._renewing = _options.clock.every(RENEW_EVERY_MS, () => {
      if (this._renew()) {
        _options.changed();
      }
    });
  }

  dispose(): void {
    this._renewing.dispose();
    this._settling?.dispose();
    this._watched.forEach(({ watcher }) => {
      watcher?.close();
    });
    this._watched.clear();
  }

  /** Watches folders that came, lets go of those that went; whether there were any. */
  private _renew(): boolean {
    let differs = false;
    for (const folder of this._options.folders) {
      const inode = inodeOf(folder);
      if (this._watched.get(folder)?.inode === (inode ?? undefined)) {
        continue;
      }
      differs = true;
      this._watched.get(folder)?.watcher?.close();
      this._watched.delete(folder);
      if (inode !== null) {
        this._watched.set(folder, { inode, watcher: this._watch(folder) });
      }
    }
    return differs;
  }

  private _watch(folder: string): FSWatcher | null {
    try {
      const watcher = watch(folder, { persistent: false }, () => {
        this._noted();
      });
      watcher.on('error', error => {
        this._failed(folder, error);
      });
      return watcher;
    } catch (error) {
      this._failed(folder, error);
      return null;
    }
  }

  /** Said once for a folder: whoever looks now and then finds the changes. */
  private _failed(folder: string, error: unknown): void {
    if (!this._troubled.has(folder)) {
      this._troubled.add(folder);
      this._options.log.warn('profiles.watch', { folder, words: (error as Error).message });
    }
  }

  private _noted(): void {
    this._settling?.dispose();
    this._settling = this._options.clock.after(SETTLES_MS, () => {
      this._settling = null;
      this._options.changed();
    });
  }

  private readonly _watched = new Map<string, IWatched>();
  private readonly _troubled = new Set<string>();
  private readonly _renewing: IDisposable;
  private _settling: IDisposable | null = null;
}

/** null: there is no such folder, or none that may be looked into. */
function inodeOf(folder: string): bigint | null {
  try {
    return statSync(folder, { bigint: true }).ino;
  } catch {
    // Whoever reads the folder says what is wrong with it.
    return null;
  }
}
