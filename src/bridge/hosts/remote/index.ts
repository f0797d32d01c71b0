import type { Writable } from 'node:stream';
import { TIMES } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { IBridgeContext, IDisposable } from '../../tokens';
import { linkOfOther, openToOthers, ownedByOther, swappedByOthers } from '../folderProblems';
import type { ICommand, ICommandResult, IHost, IHostEntry, IHostFile, IHostPiece } from '../tokens';
import { endOf, otherThanMissing, readPieceWord, readPutState, readStats } from './answers';
import { connected, exchange, type IAnswer, type IRequest, type Link } from './exchange';
import { checkedPath, decide, packed, send, sourceOf, WHOLE } from './files';
import { LoginEnvironment } from './loginEnvironment';
import {
  EXITS,
  FOLDER_SCRIPT,
  LIST_SCRIPT,
  PUT_FILE_SCRIPT,
  PUT_FOLDER_SCRIPT,
  READ_SCRIPT,
  REMOVE_SCRIPT,
  runScript,
  SIZES_SCRIPT,
  withEnvironment
} from './scripts';

/** What a submit host elsewhere needs of the bridge. */
export type RemoteContext = Pick<IBridgeContext, 'clock' | 'log' | 'machine'> &
  Partial<Pick<IBridgeContext, 'times'>>;

/** A question about files: no disk takes longer. */
const FILES_MS = 120_000;
/** What is sent moves on at least once in this time. */
const STANDSTILL_MS = 120_000;

/**
 * A submit host that is logged in to, with nothing there but a POSIX shell and
 * the tools of any Linux. While nobody is logged in all fails with
 * `login_needed`.
 */
export class RemoteHost implements IHost {
  constructor(
    private readonly _context: RemoteContext,
    private readonly _connection: Link
  ) {
    this.name = _connection.host;
    this._environment = new LoginEnvironment(_context, _connection);
  }

  readonly name: string;
  readonly isThisMachine = false;

  get connected(): boolean {
    return this._connection.transport !== null;
  }

  onConnection(call: (connected: boolean) => void): IDisposable {
    return this._connection.onConnection(call);
  }

  async run(command: ICommand): Promise<ICommandResult> {
    const [program] = command.argv;
    const environment = await this._environment.get(connected(this._connection));
    const { commandMs } = this._context.times ?? TIMES;
    const answer = await exchange(this._context, this._connection, {
      command: program,
      body: runScript(environment.PATH ?? '', command.folder),
      words: command.argv.slice(0, 1),
      inner: withEnvironment(environment, command.argv),
      timeoutMs: Math.min(command.timeoutMs, commandMs),
      mostBytes: command.mostBytes,
      input: command.input
    });
    const { word, stdout, stderr, exitCode } = answer;
    if (word === 'missing') {
      const params = { command: program, tried: environment.PATH ?? '' };
      throw new PilothouseError({ code: 'command_missing', params, machine: this.name });
    }
    if (word === 'gone') {
      throw this._fileError(command.folder ?? '', `${program} was to be run there, and it is gone`);
    }
    return { ...endOf(exitCode), stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
  }

  async folder(wanted: string | undefined): Promise<string> {
    const path = wanted ?? `~/.pilothouse/${this._context.machine.replace(/[^\w.-]/g, '_')}`;
    const { exitCode, stdout, stderr } = await this._files(path, FOLDER_SCRIPT, [path]);
    const [found, problem = ''] = stdout.toString('utf8').split('\n');
    if (exitCode === EXITS.notOwn) {
      throw this._fileError(found, ownedByOther(problem));
    }
    if (exitCode === EXITS.link) {
      throw this._fileError(path, linkOfOther(problem));
    }
    if (exitCode === EXITS.swapped) {
      throw this._fileError(found, swappedByOthers(problem));
    }
    if (exitCode === EXITS.open) {
      throw this._fileError(found, openToOthers(problem));
    }
    if (exitCode !== 0 || !found.startsWith('/')) {
      throw this._fileError(path, textOf(stderr));
    }
    return found;
  }

  async putFolder(folder: string, files: readonly IHostFile[]): Promise<void> {
    const path = checkedPath(folder, this.name);
    let input: Buffer;
    try {
      input = packed(files);
    } catch (error) {
      throw this._fileError(path, error instanceof Error ? error.message : String(error));
    }
    const { exitCode, stderr } = await this._files(path, PUT_FOLDER_SCRIPT, [path, WHOLE], {
      input
    });
    if (exitCode !== 0) {
      throw this._fileError(path, textOf(stderr) || 'it did not come whole');
    }
  }

  /** One at a time for each path: the next finds what the one before has brought. */
  async putFile(local: string, path: string): Promise<{ readonly sent: boolean }> {
    const before = this._puts.get(path) ?? Promise.resolve();
    const put = before.then(() => this._putFile(local, checkedPath(path, this.name)));
    const settled = put.then(
      () => undefined,
      () => undefined
    );
    this._puts.set(path, settled);
    try {
      return await put;
    } finally {
      if (this._puts.get(path) === settled) {
        this._puts.delete(path);
      }
    }
  }

  async read(path: string, offset: number, bytes: number): Promise<IHostPiece | null> {
    const words = [checkedPath(path, this.name), String(offset), String(bytes)];
    const { word, stdout, stderr } = await this._files(path, READ_SCRIPT, words);
    if (word === 'none') {
      return null;
    }
    if (word === 'closed') {
      throw this._fileError(path, 'it is not to be read by this user');
    }
    const where = readPieceWord(word);
    if (where === null || textOf(stderr) !== '') {
      throw this._fileError(path, textOf(stderr) || 'its size could not be read');
    }
    // It may have grown since it was looked at.
    const size = Math.max(where.size, where.offset + stdout.length);
    return { bytes: stdout, offset: where.offset, size };
  }

  async sizes(paths: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (paths.length === 0) {
      return new Map();
    }
    const answer = await this._overLines(paths, SIZES_SCRIPT);
    return new Map(
      readStats(answer.stdout.toString('utf8'))
        .filter(({ kind }) => kind === 'file')
        .map(({ name, size }) => [name, size])
    );
  }

  async list(folder: string): Promise<readonly IHostEntry[]> {
    const path = checkedPath(folder, this.name);
    const { exitCode, stdout, stderr } = await this._files(path, LIST_SCRIPT, [path]);
    const problem = otherThanMissing(textOf(stderr));
    if (problem !== '') {
      throw this._fileError(path, problem);
    }
    return exitCode === 0
      ? readStats(stdout.toString('utf8'))
          .map(({ name, kind, size, modifiedAtMs }) => ({
            name: name.replace(/^\.\//, ''),
            kind,
            size,
            modifiedAtMs
          }))
          // Whatever a machine says, an entry lies in its folder.
          .filter(({ name }) => !name.includes('/') && !['', '.', '..'].includes(name))
      : [];
  }

  async remove(paths: readonly string[]): Promise<void> {
    if (paths.length > 0) {
      await this._overLines(paths, REMOVE_SCRIPT);
    }
  }

  dispose(): void {
    // The connection is not its own: others may use it.
  }

  private async _putFile(local: string, path: string): Promise<{ readonly sent: boolean }> {
    const source = await sourceOf(local, path).catch((error: unknown) => {
      throw this._fileError(local, error instanceof Error ? error.message : String(error), error);
    });
    let sent = true;
    const talk = async (word: string, stdin: Writable, alive: () => void): Promise<void> => {
      const state = readPutState(word);
      if (state === null) {
        stdin.end();
        return;
      }
      const decision = await decide(source, state);
      sent = decision.how !== 'there';
      await send(source, decision, stdin, alive);
    };
    const words = [path, String(source.size), source.part];
    const { exitCode, stderr } = await this._files(path, PUT_FILE_SCRIPT, words, { talk });
    if (exitCode !== 0) {
      const why =
        exitCode === EXITS.isFolder
          ? 'a folder is there'
          : exitCode === EXITS.short
            ? 'it did not come whole'
            : 'it could not be written';
      throw this._fileError(path, textOf(stderr) || why);
    }
    return { sent };
  }

  /** One command for any number of paths. */
  private async _overLines(paths: readonly string[], body: string): Promise<IAnswer> {
    const input = paths.map(path => `${checkedPath(path, this.name)}\n`).join('');
    const answer = await this._files(paths[0], body, [], { input });
    const problem = otherThanMissing(textOf(answer.stderr));
    if (problem !== '' || answer.exitCode !== 0) {
      throw this._fileError(paths[0], problem || `exit code ${answer.exitCode}`);
    }
    return answer;
  }

  private _files(
    path: string,
    body: string,
    words: readonly string[],
    more: Pick<IRequest, 'input' | 'talk'> = {}
  ): Promise<IAnswer> {
    const timeoutMs = more.talk === undefined ? FILES_MS : STANDSTILL_MS;
    const request = { command: path, body, words, timeoutMs, ...more };
    return exchange(this._context, this._connection, request);
  }

  private _fileError(path: string, problem: string, cause?: unknown): PilothouseError {
    const machine = this.name;
    return new PilothouseError({ code: 'file_failed', params: { path, problem }, machine }, cause);
  }

  private readonly _environment: LoginEnvironment;
  private readonly _puts = new Map<string, Promise<void>>();
}

const textOf = (bytes: Buffer): string => bytes.toString('utf8').trim();
