import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Profile, textOf } from '../../protocol';
import { pilotScript } from './pilotScript';
import { quoteForShell } from './quote';
import type { IPilotMakings } from './tokens';

/** Shells that stand behind /bin/sh somewhere: Debian's, Red Hat's, small containers'. */
export const SHELLS = [['dash'], ['bash'], ['busybox', 'sh'], ['bash', '-l']] as const;

export interface IScriptRun {
  readonly code: number | null;
  readonly output: string;
  readonly exit: string | null;
}

/** A pilot's folder with a script in it and, in place of the agent, another sh script. */
export class ScriptFixture {
  constructor() {
    this._root = mkdtempSync(join(tmpdir(), 'ph-'));
    this.folder = join(this._root, "it's a folder");
    mkdirSync(this.folder);
  }

  readonly folder: string;

  /** Writes the script; gives its path. */
  write(
    environment: Partial<Profile['environment']>,
    agent: string,
    makings: Partial<IPilotMakings> = {}
  ): string {
    writeFileSync(join(this.folder, 'agent'), agent);
    const lines = pilotScript(Profile.parse({ name: 'test', environment }), {
      header: [],
      prelude: [
        `pilothouse_folder=${quoteForShell(this.folder)}`,
        `pilothouse_home=${quoteForShell(this.folder)}`
      ],
      makings: { agent: 'agent', python: '/bin/sh', minor: '3.11', runtime: null, ...makings }
    });
    const script = join(this.folder, 'pilot.sh');
    writeFileSync(script, textOf({ path: 'pilot.sh', language: 'shell', lines }));
    return script;
  }

  /** Runs a script to its end, in this shell: as if there were no bash to go on in. */
  run(
    script: string,
    shell: readonly string[] = ['sh'],
    environment: NodeJS.ProcessEnv = process.env
  ): IScriptRun {
    const [program = 'sh', ...options] = shell;
    const done = spawnSync(program, [...options, script], {
      encoding: 'utf8',
      env: { PILOTHOUSE_SHELL: program, ...environment },
      maxBuffer: 64 * 1024 * 1024
    });
    const exit = join(this.folder, 'exit');
    return {
      code: done.status,
      output: done.stdout + done.stderr,
      exit: existsSync(exit) ? readFileSync(exit, 'utf8') : null
    };
  }

  dispose(): void {
    rmSync(this._root, { recursive: true });
  }

  private readonly _root: string;
}
