import { spawn, type ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import { until } from '../../until.fixture';

const ROOT = resolve(__dirname, '../../../..');
const PYTHON = join(ROOT, '.venv/bin/python');

/** A relay as a person starts it. */
export class Relay {
  constructor(secretFile: string, port = 0) {
    const argv = ['-m', 'pilothouse', 'relay', '--listen', `127.0.0.1:${port}`];
    this._child = spawn(PYTHON, [...argv, '--secret-file', secretFile, '--name', '127.0.0.1'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit']
    });
    this._child.stdout?.on('data', (bytes: Buffer) => (this.output += bytes.toString()));
  }

  output = '';

  async port(): Promise<number> {
    const found = await until('the relay', () => /"127\.0\.0\.1:(\d+)"/.exec(this.output));
    return Number(found[1]);
  }

  async end(): Promise<void> {
    this._child.kill('SIGKILL');
    await until('its end', () => this._child.exitCode !== null || this._child.signalCode !== null);
  }

  private readonly _child: ChildProcess;
}
