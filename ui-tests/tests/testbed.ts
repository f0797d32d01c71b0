import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = path.resolve(__dirname, '../..');

/** As long as Jest's tests wait for others' turns. */
export const TURN_WITHIN_MS = 900000;

/** A real site of the testbed, while it is not left. */
export interface ITurn {
  /** What its user has in the environment. */
  readonly environment: Readonly<Record<string, string>>;
  leave(): Promise<void>;
}

/**
 * Waits until a site is up.
 *
 * @param how `test`: and nobody else's tests use it; `use`: it is one that many use at the same time.
 */
export async function takeTurn(how: 'test' | 'use', site: string): Promise<ITurn> {
  const turn = spawn('/usr/bin/python3', ['-m', 'testbed', how, site], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit']
  });
  const ended = once(turn, 'exit');
  const environment: Record<string, string> = {};
  for await (const line of createInterface(turn.stdout)) {
    const variable = /^export (\w+)=(.*)$/.exec(line);
    if (variable === null) {
      return {
        environment,
        leave: async () => {
          turn.stdin.end();
          await ended;
        }
      };
    }
    environment[variable[1]] = variable[2];
  }
  throw new Error(`the testbed has no ${site}; what it said is above`);
}
