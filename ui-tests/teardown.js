/** Ends the pilots and the bridge of this run, and removes its folders. */
const { execFileSync } = require('node:child_process');
const { readFileSync, rmSync } = require('node:fs');
const { join } = require('node:path');
const { home, environment } = require('./home');

const GONE_WITHIN_MS = 15000;

const alive = pid => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // No such process: what is waited for.
  }
};

module.exports = async () => {
  let pid;
  try {
    pid = JSON.parse(
      readFileSync(join(environment.PILOTHOUSE_RUNTIME_DIR, 'bridge.json'), 'utf8')
    ).pid;
  } catch (error) {
    if (error.code !== 'ENOENT') {
      throw error;
    }
  }
  if (pid !== undefined && alive(pid)) {
    execFileSync('pilothouse', ['down', '--all'], { stdio: 'inherit' });
    process.kill(pid, 'SIGTERM');
    const deadline = Date.now() + GONE_WITHIN_MS;
    while (alive(pid)) {
      if (Date.now() > deadline) {
        throw new Error(`the bridge ${pid} does not end`);
      }
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
};
