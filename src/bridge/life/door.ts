import { readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { z } from 'zod';
import type { Api } from '../api';
import { newSecret } from '../api/secret';
import { PilothouseError } from '../errors';
import type { IClock, IDisposable, ILog } from '../tokens';
import { inodeOf, ownFolder, runtimeFiles, writePrivate, type IRuntimeFiles } from './folder';

/** How often the runtime folder is looked at. */
export const LOOK_EVERY_MS = 2000;

/** `bridge.json`: who listens here. */
export const About = z.object({
  pid: z.int().positive(),
  instance: z.string(),
  version: z.string(),
  stateFolder: z.string(),
  startedAtMs: z.number()
});
export type About = z.infer<typeof About>;

export interface IDoorOptions {
  readonly folder: string;
  readonly about: About;
  readonly api: Api;
  readonly clock: IClock;
  readonly log: ILog;
}

/**
 * What makes the bridge findable: runtime folder, secret, socket, `bridge.json`.
 * Clean-up jobs and people delete what lies in /tmp and in /run; what is missing is
 * made again, and clients who are connected notice nothing.
 */
export class Door implements IDisposable {
  /** @throws PilothouseError path_too_long */
  constructor(private readonly _options: IDoorOptions) {
    this._files = runtimeFiles(_options.folder);
  }

  /** @throws PilothouseError folder_unsafe, folder_taken where another bridge is here */
  async open(): Promise<void> {
    const other = await this._other();
    if (other !== null) {
      throw new PilothouseError({
        code: 'folder_taken',
        params: {
          folder: this._files.folder,
          other: other.stateFolder,
          state: this._options.about.stateFolder,
          variable: 'PILOTHOUSE_RUNTIME_DIR'
        },
        words: `the bridge of ${other.stateFolder} (process ${other.pid}) uses ${this._files.folder}`
      });
    }
    await this._make();
    this._timer = this._options.clock.every(LOOK_EVERY_MS, () => void this.look());
  }

  /** Looks whether all is there, and makes it again if not. */
  async look(): Promise<void> {
    if (this._busy || this._disposed) {
      return;
    }
    this._busy = true;
    try {
      const missing = this._missing();
      if (missing === null) {
        return;
      }
      const other = await this._other();
      if (other !== null) {
        if (!this._displaced) {
          this._options.log.warn('runtime_folder_taken', { ...other, missing });
        }
        this._displaced = true;
        return;
      }
      this._options.log.warn('runtime_folder_lost', { folder: this._files.folder, missing });
      await this._make();
      this._displaced = false;
    } catch (error) {
      this._options.log.error('runtime_folder_failed', error, { folder: this._files.folder });
    } finally {
      this._busy = false;
    }
  }

  /** Takes away what leads here; the socket goes with the listener. */
  dispose(): void {
    this._disposed = true;
    this._timer?.dispose();
    if (this._missing() === null) {
      rmSync(this._files.secret, { force: true });
      rmSync(this._files.about, { force: true });
    }
  }

  private async _make(): Promise<void> {
    const { folder, socket, secret, about } = this._files;
    ownFolder(folder);
    this._secret = newSecret();
    writePrivate(secret, this._secret);
    // Before anybody can connect: who does looks there whose bridge this is.
    writePrivate(about, `${JSON.stringify(this._options.about)}\n`);
    await this._options.api.listen(socket, this._secret);
  }

  /** What is not as it was made; null: nothing. */
  private _missing(): string | null {
    const { socket, secret, about } = this._files;
    const inode = inodeOf(socket);
    if (inode === null || inode !== this._options.api.inode) {
      return socket;
    }
    if (contentOf(secret) !== this._secret) {
      return secret;
    }
    return inodeOf(about) === null ? about : null;
  }

  /** Another bridge that lives in this folder: one with another state folder, whose lock is another. */
  private async _other(): Promise<About | null> {
    const content = contentOf(this._files.about);
    if (content === null) {
      return null;
    }
    let about: About;
    try {
      about = About.parse(JSON.parse(content));
    } catch (error) {
      this._options.log.warn('bridge_file_unreadable', { words: (error as Error).message });
      return null;
    }
    if (about.stateFolder === this._options.about.stateFolder) {
      // The lock says that there is no other one.
      return null;
    }
    return (await isAnswered(this._files.socket)) ? about : null;
  }

  private readonly _files: IRuntimeFiles;
  private _secret = '';
  private _timer: IDisposable | null = null;
  private _busy = false;
  private _displaced = false;
  private _disposed = false;
}

function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) {
      return null;
    }
    throw error;
  }
}

/** Whether somebody accepts connections at a unix socket. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path);
    const settle = (answered: boolean) => (): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', settle(true));
    // Nothing there, or nobody behind it: either way the place is free.
    socket.once('error', settle(false));
  });
}
