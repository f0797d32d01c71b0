import type { ErrorCode } from '../../../protocol';
import { PilothouseError } from '../../errors';
import type { ICommand, ICommandResult, IHost } from '../../hosts/tokens';
import { UnreadableAnswer } from './queue';

/** A question: longer than slurmctld's own limit for one message, and its retries (slurm.conf(5), MessageTimeout). */
export const ASK_MS = 60_000;
/** Submitting waits longer, as sbatch itself retries while slurmctld is busy. */
export const SUBMIT_MS = 120_000;

/**
 * What Slurm's tools say where the request did not reach slurmctld, or its
 * answer did not come back (slurm/src/common/slurm_errno.c): nothing is known
 * of what was asked for.
 */
const UNREACHABLE =
  /unable to contact slurm controller|socket timed out|communication (connection|shutdown) failure|zero bytes were transmitted|transport endpoint|connection (refused|reset|timed out)|temporarily unable to (accept|provide)|slurm backup controller in standby|protocol authentication error|munge|unexpected message received|insane message length|header lengths|message (receive|send) failure|(could not establish|no) a? ?configuration source|rate.?limit|configured time limit/i;

/** Whether a failure means that slurmctld was not asked, or did not answer. */
export const isUnreachable = (words: string): boolean => UNREACHABLE.test(words);

/** What a tool said: its errors, or else whatever it printed. */
export const wordsOf = ({ stderr, stdout }: ICommandResult): string =>
  (stderr.trim() === '' ? stdout : stderr).trim().slice(0, 4000);

/** Slurm's tools at one submit host. */
export class SlurmCommands {
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
      throw this.error('command_failed', argv, `it was ended by ${by}`, result);
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
    return this.error('command_failed', argv, problem, result);
  }

  private error(
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
