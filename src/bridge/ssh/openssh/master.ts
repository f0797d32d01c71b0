import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { IClock, IDisposable } from '../../tokens';
import { supervised } from './commandLine';
import { Lines } from './words';

/** What came out after ssh's end may come a moment later, or never: a ProxyCommand may hold it open. */
const LAST_WORDS_MS = 500;
/** ssh has closed its connection by then. */
const ENDS_WITHIN_MS = 2000;

/** One ssh, and the folder of its sockets. */
export class Master implements IDisposable {
  constructor(
    private readonly _clock: Pick<IClock, 'after'>,
    readonly folder: string,
    program: string,
    words: readonly string[],
    environment: NodeJS.ProcessEnv,
    private readonly _line: (line: string) => void
  ) {
    const [shell, argv] = supervised(program, words);
    // Of its own process group, and without a terminal: it asks nobody but askpass.
    this._child = spawn(shell, argv, {
      detached: true,
      env: environment,
      stdio: ['pipe', 'ignore', 'pipe']
    });
    const lines = new Lines();
    this._child.stdin?.on('error', () => undefined);
    this._child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      lines.add(chunk).forEach(line => this._line(line));
    });
    this.ended = new Promise(resolve => {
      const end = (): void => {
        this._over = true;
        lines.add('\n').forEach(line => this._line(line));
        rmSync(folder, { recursive: true, force: true });
        resolve();
      };
      this._child.once('error', error => {
        this._line(`ssh: ${error.message}`);
        end();
      });
      this._child.once('exit', () => {
        const late = this._clock.after(LAST_WORDS_MS, end);
        this._child.once('close', () => {
          late.dispose();
          end();
        });
      });
    });
  }

  /** Resolves when it has ended and said its last. */
  readonly ended: Promise<void>;

  get pid(): number | undefined {
    return this._child.pid;
  }

  /** At once, before it says anything more to anybody. */
  kill(): void {
    if (!this._over && this._child.pid !== undefined && this._child.exitCode === null) {
      try {
        process.kill(-this._child.pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Lets it close its connection; what is left of it after that is killed. */
  dispose(): void {
    if (this._over) {
      return;
    }
    this._child.stdin?.end();
    const limit = this._clock.after(ENDS_WITHIN_MS, () => this.kill());
    void this.ended.then(() => limit.dispose());
    rmSync(this.folder, { recursive: true, force: true });
  }

  private readonly _child: ChildProcess;
  private _over = false;
}
