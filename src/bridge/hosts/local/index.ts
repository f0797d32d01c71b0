import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TIMES } from '../../../protocol';
import type { IBridgeContext, IDisposable } from '../../tokens';
import type { ICommand, ICommandResult, IHost, IHostEntry, IHostFile, IHostPiece } from '../tokens';
import { forEachAtOnce } from './atOnce';
import { commandEnvironment } from '../environment';
import {
  fileWork,
  listFolder,
  privateFolder,
  putFile,
  putFolder,
  readPiece,
  sizeOf
} from './files';
import { runHere } from './run';

/** What hosts need to know of the bridge. */
export type HostContext = Pick<IBridgeContext, 'machine' | 'folders'> &
  Partial<Pick<IBridgeContext, 'times'>>;

/** The machine of the bridge as a submit host: no login, files where they are. */
export class LocalHost implements IHost {
  constructor(private readonly _context: HostContext) {
    this.name = _context.machine;
  }

  readonly name: string;
  readonly isThisMachine = true;
  readonly connected = true;

  onConnection(): IDisposable {
    return { dispose: () => undefined };
  }

  run(command: ICommand): Promise<ICommandResult> {
    const { commandMs } = this._context.times ?? TIMES;
    const timeoutMs = Math.min(command.timeoutMs, commandMs);
    return runHere({ ...command, timeoutMs }, this.name, commandEnvironment(process.env));
  }

  folder(wanted: string | undefined): Promise<string> {
    const path =
      wanted === undefined
        ? join(this._context.folders.state, 'site')
        : wanted.replace(/^~(?=\/|$)/, homedir());
    return this._do(path, () => privateFolder(path));
  }

  putFolder(folder: string, files: readonly IHostFile[]): Promise<void> {
    return this._do(folder, () => putFolder(folder, files));
  }

  putFile(local: string, path: string): Promise<{ readonly sent: boolean }> {
    return this._do(path, async () => ({ sent: await putFile(local, path) }));
  }

  read(path: string, offset: number, bytes: number): Promise<IHostPiece | null> {
    return this._do(path, () => readPiece(path, offset, bytes));
  }

  async sizes(paths: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const sizes = new Map<string, number>();
    await forEachAtOnce(paths, async path => {
      const size = await this._do(path, () => sizeOf(path));
      if (size !== null) {
        sizes.set(path, size);
      }
    });
    return sizes;
  }

  list(folder: string): Promise<readonly IHostEntry[]> {
    return this._do(folder, () => listFolder(folder));
  }

  async remove(paths: readonly string[]): Promise<void> {
    await forEachAtOnce(paths, path =>
      this._do(path, () => rm(path, { recursive: true, force: true }))
    );
  }

  dispose(): void {
    // Nothing is held open between two calls.
  }

  private _do<T>(path: string, work: () => Promise<T>): Promise<T> {
    return fileWork(path, this.name, work);
  }
}
