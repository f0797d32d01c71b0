import type { Profile, ScriptLine } from '../../protocol';
import { quoteForShell, QuoteError } from './quote';
import { INSIDE } from './script/inside';
import { LOAD_MODULES_BEGIN, LOAD_MODULES_END, loadModule, MODULES } from './script/modules';
import { PYTHON } from './script/python';
import { RUN, SUPERVISION } from './script/supervision';
import { UNPACKING } from './script/unpacking';
import type { IPilotMakings } from './tokens';

export { SCRIPT_EXIT } from './script/exits';
export { EXIT_FILE, PID_FILE, SETUP_OUTPUT_BYTES } from './script/supervision';

/** What surrounds the script at one scheduler. */
export interface IScriptFrame {
  /** Right after `#!/bin/sh`, such as `#SBATCH` lines. */
  readonly header: readonly ScriptLine[];
  /**
   * sh that sets `pilothouse_folder`, the pilot's own folder, and
   * `pilothouse_home`, the folder where the makings lie; both absolute.
   */
  readonly prelude: readonly string[];
  readonly makings: IPilotMakings;
}

/** What of a profile the script depends on. */
export interface IScriptProfile {
  readonly environment: Pick<Profile['environment'], 'modules' | 'workerInit' | 'setupSeconds'>;
}

/**
 * By habit worker_init is bash: `source`, `[[`, what conda and experiments bring. Parsl's providers
 * run it in bash, too. Where /bin/sh is another shell, as on Debian, the script goes on in bash;
 * where there is no bash, in what there is.
 */
const IN_BASH = `# worker_init may be bash, whatever /bin/sh is.
if [ -z "\${BASH_VERSION-}\${PILOTHOUSE_SHELL-}" ] && command -v bash >/dev/null 2>&1; then
  PILOTHOUSE_SHELL=bash
  export PILOTHOUSE_SHELL
  exec bash "$0" "$@"
fi
unset PILOTHOUSE_SHELL`;

/**
 * What a pilot's job runs: POSIX sh, the same for all schedulers. Modules, then
 * worker_init, which stands in it byte for byte, then the agent, in one shell;
 * around it another that outlives them and writes the exit code.
 * @throws QuoteError for what no shell can hold
 */
export function pilotScript(profile: IScriptProfile, frame: IScriptFrame): ScriptLine[] {
  const { modules, workerInit, setupSeconds } = profile.environment;
  return [
    ...ours('#!/bin/sh'),
    ...frame.header,
    ...ours(IN_BASH),
    ...frame.prelude.flatMap(ours),
    ...ours(names(frame.makings)),
    { text: `pilothouse_limit=${setupSeconds}`, field: 'environment.setupSeconds' },
    ...ours(''),
    ...ours(SUPERVISION),
    ...workerInitLines(workerInit),
    ...ours(''),
    ...(modules.length === 0 ? ours('pilothouse_modules() { :; }') : moduleLines(modules)),
    ...ours(''),
    ...ours(INSIDE + PYTHON),
    ...(frame.makings.runtime === null ? [] : ours(UNPACKING)),
    ...ours(RUN)
  ];
}

const ours = (text: string): ScriptLine[] =>
  text.split('\n').map(line => ({ text: line, field: null }));

/** `python` is the one named; empty: to be looked for. Without a runtime there must be one. */
function names({ agent, python, minor, runtime }: IPilotMakings): string {
  const named = python ?? (runtime === null ? `python${minor}` : '');
  return `pilothouse_agent="$pilothouse_home/"${quoteForShell(agent)}
pilothouse_python=${quoteForShell(named)}
pilothouse_minor=${quoteForShell(minor)}
pilothouse_archive=${runtime === null ? '' : `"$pilothouse_home/"${quoteForShell(runtime.name)}`}
pilothouse_hash=${quoteForShell(runtime?.hash ?? '')}`;
}

/** worker_init as a here-document: no line of it can end it, so that no quote or bracket in it reaches further. */
function workerInitLines(workerInit: string): ScriptLine[] {
  if (workerInit.includes('\0')) {
    throw new QuoteError('worker_init cannot hold a NUL');
  }
  const lines = workerInit.split('\n');
  let end = 'END_OF_WORKER_INIT';
  while (lines.includes(end)) {
    end += '_';
  }
  return [
    ...ours(`cat > "$pilothouse_setup/worker_init" <<'${end}'`),
    ...lines.map(text => ({ text, field: 'environment.workerInit' })),
    ...ours(end)
  ];
}

const moduleLines = (modules: readonly string[]): ScriptLine[] => [
  ...ours(MODULES),
  ...ours(LOAD_MODULES_BEGIN),
  ...modules.map(name => ({
    text: loadModule(quoteForShell(name)),
    field: 'environment.modules'
  })),
  ...ours(LOAD_MODULES_END)
];
