import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { PilothouseError } from '../../errors';
import type { ICommand, ICommandResult } from '../tokens';

/** More than any answer of a scheduler to a question about ten thousand jobs. */
const MOST_BYTES = 64 * 1024 * 1024;
/**
 * After its end the pipes may still be held by what it has left running, such
 * as the master of an ssh (ssh_config(5), ControlPersist): so long after its
 * last word nothing is waited for any more.
 */
const PIPES_MS = 500;

/**
 * Runs a program of this machine without a shell, in a process group of its
 * own, so that a time limit ends whatever it has started.
 *
 * @throws PilothouseError command_missing, command_hangs, command_failed,
 *   file_failed (its folder is gone)
 */
export function runHere(
  command: ICommand,
  machine: string,
  env: NodeJS.ProcessEnv
): Promise<ICommandResult> {
  const [program, ...words] = command.argv;
  const mostBytes = command.mostBytes ?? MOST_BYTES;
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      cwd: command.folder,
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe']
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let bytes = 0;
    let failure: PilothouseError | null = null;
    let ended = false;
    let late: NodeJS.Timeout | null = null;
    const leavePipes = (): void => {
      if (late !== null) {
        clearTimeout(late);
      }
      late = setTimeout(() => {
        const before = bytes;
        // After what has come meanwhile is read: this process may have been busy for that long.
        setImmediate(() => {
          if (bytes === before || failure !== null) {
            child.stdout.destroy();
            child.stderr.destroy();
          }
        });
      }, PIPES_MS);
    };
    const fail = (error: PilothouseError): void => {
      if (failure === null) {
        failure = error;
        killGroup(child);
        leavePipes();
      }
    };
    const limit = setTimeout(() => {
      const params = { command: program, seconds: command.timeoutMs / 1000 };
      const words = Buffer.concat([...err, ...out])
        .toString('utf8')
        .slice(-2000)
        .trim();
      fail(new PilothouseError({ code: 'command_hangs', params, machine, words }));
    }, command.timeoutMs);
    const keep =
      (kept: Buffer[]) =>
      (piece: Buffer): void => {
        bytes += piece.length;
        if (ended && failure === null) {
          leavePipes();
        }
        if (bytes <= mostBytes) {
          kept.push(piece);
          return;
        }
        const problem = `its output is more than ${mostBytes} bytes`;
        const params = { command: program, problem };
        fail(new PilothouseError({ code: 'command_failed', params, machine }));
      };
    child.stdout.on('data', keep(out));
    child.stderr.on('data', keep(err));
    // A program that does not read its input closes the pipe: that is its own business.
    child.stdin.on('error', () => undefined);
    child.stdin.end(command.input ?? '');
    const over = (): void => {
      clearTimeout(limit);
      if (late !== null) {
        clearTimeout(late);
      }
    };
    child.once('error', error => {
      over();
      reject(startError(command, machine, error, env));
    });
    child.once('exit', () => {
      ended = true;
      leavePipes();
    });
    child.once('close', (exitCode, signal) => {
      over();
      if (failure !== null) {
        reject(failure);
        return;
      }
      const text = (kept: Buffer[]): string => Buffer.concat(kept).toString('utf8');
      resolve({ exitCode, signal, stdout: text(out), stderr: text(err) });
    });
  });
}

function startError(
  { argv: [program], folder }: ICommand,
  machine: string,
  error: NodeJS.ErrnoException,
  env: NodeJS.ProcessEnv
): PilothouseError {
  if (folder !== undefined && !existsSync(folder)) {
    // Node gives the same error as for a program that is not there.
    const params = { path: folder, problem: `${program} was to be run there, and it is gone` };
    return new PilothouseError({ code: 'file_failed', params, machine }, error);
  }
  if (error.code === 'ENOENT') {
    const params = { command: program, tried: env.PATH ?? '' };
    return new PilothouseError({ code: 'command_missing', params, machine }, error);
  }
  const params = { command: program, problem: error.message };
  return new PilothouseError({ code: 'command_failed', params, machine }, error);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) {
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}
