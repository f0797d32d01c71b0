import { spawn } from 'node:child_process';
import type { IShells } from '../hosts/remote/exchange';
import type { IChannel } from '../ssh/tokens';

/**
 * The files of the bridge's own machine by the same scripts: a shell of this
 * user runs them, so that both kinds of place do alike.
 */
export const shellsHere = (machine: string): IShells => ({
  host: machine,
  transport: { exec: line => Promise.resolve(run(line)) }
});

function run(line: string): IChannel {
  const child = spawn('/bin/sh', ['-c', line], { stdio: ['pipe', 'pipe', 'pipe'] });
  const { stdin, stdout, stderr } = child;
  for (const stream of [stdin, stdout, stderr]) {
    // Who waits learns from the end.
    stream.on('error', () => undefined);
  }
  const ended = new Promise<Awaited<IChannel['ended']>>(resolve => {
    child.once('error', () => {
      resolve({ exitCode: null, signal: null });
    });
    child.once('close', (exitCode, signal) => {
      resolve({ exitCode, signal });
    });
  });
  const close = (): void => {
    stdin.destroy();
    stdout.destroy();
    stderr.destroy();
  };
  return { stdin, stdout, stderr, ended, close };
}
