import type { ErrorCode } from '../../protocol';
import { PilothouseError } from '../errors';
import type { ICommand, ICommandResult, IHost } from '../hosts/tokens';

/** A question: longer than any scheduler's own limit for one message, and its retries. */
export const ASK_MS = 60_000;
/** Submitting waits longer, as sbatch itself retries while slurmctld is busy. */
export const SUBMIT_MS = 120_000;

/** A text that a scheduler's tool did not print as it should have. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
  constructor(readonly words: string) {
    super(`cannot read ${JSON.stringify(words)}`);
  }
}

/** What a tool said: its errors, or else whatever it printed. */
export const wordsOf = ({ stderr, stdout }: ICommandResult): string =>
  (stderr.trim() === '' ? stdout : stderr).trim().slice(0, 4000);

/** A scheduler's tools at one submit host. */
export class SchedulerCommands {
  constructor(private readonly _host: IHost) {}

  /**
   * Runs a tool, whatever its exit code.
   * @throws PilothouseError command_missing, command_hangs, command_failed (ended by a signal)
   */
  async run(
    argv: readonly string[],
    more: Partial<Pick<ICommand, 'folder' | 'input' | 'timeoutMs'>> = {}
  ): Promise<ICommandResult> {
    const result = await this._host.run({ argv, timeoutMs: ASK_MS, ...more });
    if (result.exitCode === null) {
      const by = result.signal ?? 'a signal';
      throw this._error('command_failed', argv, `it was ended by ${by}`, result);
    }
    return result;
  }

  /**
   * Asks, and reads the answer.
   * @throws PilothouseError also command_failed for any other exit code than
   *   0, answer_unreadable for what `read` cannot
   */
  async ask<T>(argv: readonly string[], read: (stdout: string) => T): Promise<T> {
    const result = await this.run(argv);
    if (result.exitCode !== 0) {
      throw this.failure(argv, result);
    }
    return this.read(argv, result.stdout, read);
  }

  /** @throws PilothouseError answer_unreadable */
  read<T>(argv: readonly string[], stdout: string, read: (stdout: string) => T): T {
    try {
      return read(stdout);
    } catch (error) {
      if (error instanceof UnreadableAnswer) {
        throw new PilothouseError(
          {
            code: 'answer_unreadable',
            params: { command: argv[0] },
            machine: this._host.name,
            words: error.words
          },
          error
        );
      }
      throw error;
    }
  }

  /** The error of a tool that failed, with its own words. */
  failure(argv: readonly string[], result: ICommandResult): PilothouseError {
    const problem = `it ended with exit code ${result.exitCode ?? 'none'}`;
    return this._error('command_failed', argv, problem, result);
  }

  private _error(
    code: ErrorCode,
    argv: readonly string[],
    problem: string,
    result: ICommandResult
  ): PilothouseError {
    return new PilothouseError({
      code,
      params: { command: argv[0], problem },
      machine: this._host.name,
      words: wordsOf(result)
    });
  }
}
