import { execFile } from 'node:child_process';
import { PilothouseError } from '../../errors';
import { SSH_TIMES } from '../times';
import type { IAsked } from './settings';
import type { ISshSurroundings } from './surroundings';
import { type ConfigValues, parseEffective } from './values';

const MOST_BYTES = 1024 * 1024;

/**
 * Asks OpenSSH for the effective settings of a machine. It runs what `Match
 * exec` of the user's own configuration says, as it does for the user.
 *
 * @returns null where there is no such program
 * @throws PilothouseError command_failed, command_hangs
 */
export async function askBinary(
  asked: IAsked,
  around: ISshSurroundings,
  timeoutMs: number = SSH_TIMES.configMs
): Promise<ConfigValues | null> {
  const { ssh, configFile, environment } = around;
  if (ssh === null) {
    return null;
  }
  const words = [
    // As for a connection without a session: ssh refuses to tell anything where its configuration
    // would have it fork and it sees nothing to run (ssh_config(5), ForkAfterAuthentication).
    ...['-G', '-N'],
    ...(configFile === null ? [] : ['-F', configFile]),
    ...(asked.user === undefined ? [] : ['-l', asked.user]),
    ...(asked.port === undefined ? [] : ['-p', String(asked.port)]),
    '--',
    asked.address
  ];
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, maxBuffer: MOST_BYTES, killSignal: 'SIGKILL' as const };
    execFile(ssh, words, { ...options, env: environment }, (error, stdout, stderr) => {
      const command = `${ssh} -G`;
      if (error === null) {
        resolve(parseEffective(stdout));
      } else if (error.code === 'ENOENT') {
        resolve(null);
      } else if (error.killed === true && error.signal === 'SIGKILL') {
        reject(hangs(command, timeoutMs, error));
      } else {
        const params = { command, problem: error.message.split('\n')[0] };
        const words = stderr.trim();
        reject(new PilothouseError({ code: 'command_failed', params, words }, error));
      }
    }).stdin?.end();
  });
}

const hangs = (command: string, timeoutMs: number, cause: unknown): PilothouseError =>
  new PilothouseError(
    { code: 'command_hangs', params: { command, seconds: timeoutMs / 1000 } },
    cause
  );
