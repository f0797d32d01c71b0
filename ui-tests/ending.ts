import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Environment, IHome } from './home';

const GONE_WITHIN_MS = 15000;

/** Ends the pilots and the bridge of a home, and removes its folders. */
export async function endHome({ folder, environment }: IHome): Promise<void> {
  const pid = bridgeOf(environment);
  if (pid !== null && isAlive(pid)) {
    const env = { ...process.env, ...environment };
    // Not waited for idly: a test's own way to a submit host may go through this process.
    await promisify(execFile)('pilothouse', ['down', '--all'], { env });
    process.kill(pid, 'SIGTERM');
    await gone(pid);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Waits for the end of a process that was asked to end. */
export async function gone(pid: number): Promise<void> {
  const deadline = Date.now() + GONE_WITHIN_MS;
  while (isAlive(pid)) {
    if (Date.now() > deadline) {
      throw new Error(`process ${pid} does not end`);
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/** The process of a home's bridge; null: there has been none. */
function bridgeOf(environment: Environment): number | null {
  try {
    const text = readFileSync(join(environment.PILOTHOUSE_RUNTIME_DIR, 'bridge.json'), 'utf8');
    return (JSON.parse(text) as { pid: number }).pid;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error;
    }
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // No such process: what is waited for.
  }
}
