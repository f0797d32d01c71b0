import { execFile, type ChildProcess } from 'node:child_process';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LIMITS } from '../../protocol';
import { PilothouseError } from '../errors';
import type { IBridgeContext } from '../tokens';
import type { IRuntimeArchive, IRuntimes } from './tokens';

/** Reading and compressing some 70 MB, on a slow disk. */
const BUILD_MS = 10 * 60_000;
/** An archive that nobody has asked for so long is removed; it can be made again. */
const KEEP_MS = 30 * 24 * 3600_000;
const ANSWER_BYTES = 1024 * 1024;

const Answer = z.object({
  hash: z.string().regex(/^[0-9a-f]{32}$/),
  path: z.string(),
  name: z.string().regex(/^runtime-[0-9a-f]{32}\.tar\.gz$/),
  bytes: z.int().positive(),
  minor: z.string().regex(/^\d+\.\d+$/),
  parsl: z.string(),
  architecture: z.string(),
  glibc: z.string().nullable(),
  carriesPython: z.boolean()
});

/**
 * Runtimes of this machine's Pythons, in `<state>/runtimes`. Each Python packs
 * its own (`pilothouse.runtime`), which also sees at once whether what it has
 * installed is what it packed before.
 */
export function createRuntimes(context: IBridgeContext): IRuntimes {
  return new Runtimes(context);
}

class Runtimes implements IRuntimes {
  constructor(private readonly _context: IBridgeContext) {
    this._folder = join(_context.folders.state, 'runtimes');
  }

  archive(executable: string, carriesPython: boolean): Promise<IRuntimeArchive> {
    const key = `${carriesPython} ${executable}`;
    const running = this._running.get(key);
    if (running !== undefined) {
      return running;
    }
    const made = this._make(executable, carriesPython).finally(() => {
      this._running.delete(key);
    });
    this._running.set(key, made);
    return made;
  }

  dispose(): void {
    for (const child of this._children) {
      child.kill('SIGKILL');
    }
  }

  private async _make(python: string, carriesPython: boolean): Promise<IRuntimeArchive> {
    const startedAtMs = this._context.clock.now();
    const stdout = await this._run(python, [
      '-m',
      'pilothouse.runtime',
      this._folder,
      ...(carriesPython ? ['--python'] : [])
    ]);
    // What site packages print at a start stands before it.
    const answer = Answer.safeParse(parsed(stdout.trimEnd().split('\n').at(-1) ?? ''));
    if (!answer.success) {
      throw this._failed(python, 'its answer cannot be read', stdout);
    }
    const { hash, bytes } = answer.data;
    const tookMs = this._context.clock.now() - startedAtMs;
    this._context.log.info('runtime.ready', { python, carriesPython, hash, bytes, tookMs });
    await this._removeOld();
    return answer.data;
  }

  private _run(python: string, words: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        python,
        words,
        {
          cwd: this._context.folders.state,
          timeout: BUILD_MS,
          killSignal: 'SIGKILL',
          maxBuffer: ANSWER_BYTES,
          encoding: 'utf8'
        },
        (error, stdout, stderr) => {
          this._children.delete(child);
          if (error === null) {
            resolve(stdout);
          } else {
            reject(this._failed(python, problemOf(error), stderr, error));
          }
        }
      );
      this._children.add(child);
    });
  }

  private _failed(python: string, problem: string, words: string, cause?: unknown) {
    return new PilothouseError(
      {
        code: 'runtime_failed',
        params: { python, problem },
        machine: this._context.machine,
        words: words.trim().slice(-LIMITS.wordsChars)
      },
      cause
    );
  }

  /** Archives, and what a killed build left. */
  private async _removeOld(): Promise<void> {
    const before = this._context.clock.now() - KEEP_MS;
    try {
      for (const name of await readdir(this._folder)) {
        const path = join(this._folder, name);
        if ((await stat(path)).mtimeMs < before) {
          await rm(path, { force: true });
        }
      }
    } catch (error) {
      this._context.log.error('runtime.remove_old', error, { folder: this._folder });
    }
  }

  private readonly _folder: string;
  private readonly _running = new Map<string, Promise<IRuntimeArchive>>();
  private readonly _children = new Set<ChildProcess>();
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Not JSON is no answer, which is what the caller then says with the whole text.
    return null;
  }
}

function problemOf(error: Error & { code?: unknown; killed?: boolean; signal?: unknown }): string {
  if (error.killed === true) {
    return `it was not done after ${BUILD_MS / 60_000} minutes`;
  }
  if (error.code === 'ENOENT' || error.code === 'EACCES') {
    return `this Python cannot be run (${error.code})`;
  }
  return typeof error.signal === 'string'
    ? `it was ended by ${error.signal}`
    : `it ended with exit code ${String(error.code)}`;
}
