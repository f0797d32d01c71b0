import type { IDisposable } from '../tokens';

/** A program to be run on a submit host. */
export interface ICommand {
  /** Words, not a shell line; `argv[0]` is looked up in the login's PATH. */
  readonly argv: readonly string[];
  readonly folder?: string;
  readonly input?: string;
  readonly timeoutMs: number;
  /** Output beyond this is an error, not cut in silence. */
  readonly mostBytes?: number;
}
export interface ICommandResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A file to be written on a submit host. */
export interface IHostFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly mode: 0o600 | 0o700;
}

/** A submit host: this machine, or one reached over SSH. One folder under hosts/. */
export interface IHost extends IDisposable {
  /** As people and errors call it. */
  readonly name: string;
  readonly isThisMachine: boolean;
  /** Whether it can be used now; where it cannot, all else fails with `login_needed`. */
  readonly connected: boolean;
  /** Called when `connected` has changed. */
  onConnection(call: (connected: boolean) => void): IDisposable;
  /** @throws PilothouseError command_missing, command_hangs, command_failed (could not be started) */
  run(command: ICommand): Promise<ICommandResult>;
  /** The folder for what we put there: absolute, 0700, made if it is not there. */
  folder(wanted: string | undefined): Promise<string>;
  /** Writes files into a new private folder; each has its mode from its first byte on. */
  putFolder(folder: string, files: readonly IHostFile[]): Promise<void>;
  /** Brings a file of this machine there under its name, unless one of that size is there: whole or not at all. */
  putFile(local: string, path: string): Promise<{ readonly sent: boolean }>;
  /** A piece of a regular file that no link led to; null: there is none. Negative offset: from the end. */
  read(path: string, offset: number, bytes: number): Promise<IHostPiece | null>;
  sizes(paths: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** What is in a folder, links told as links; a folder that is not there has nothing. */
  list(folder: string): Promise<readonly IHostEntry[]>;
  /** Removes files and folders with all in them; what is not there is no error. */
  remove(paths: readonly string[]): Promise<void>;
}
export interface IHostEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
  readonly size: number;
  readonly modifiedAtMs: number;
}
export interface IHostPiece {
  readonly bytes: Buffer;
  readonly offset: number;
  readonly size: number;
}
