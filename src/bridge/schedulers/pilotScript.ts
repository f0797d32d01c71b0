import type { Profile, ScriptLine } from '../../protocol';
import { quoteForShell } from './quote';
import type { IPilotMakings } from './tokens';

/** Exit codes of the script itself; the agent's own are others, and are passed on. */
export const SCRIPT_EXIT = { pythonMissing: 97, workerInitFailed: 98, folderMissing: 99 } as const;

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

const ours = (text: string): ScriptLine[] =>
  text.split('\n').map(line => ({ text: line, field: null }));
const of = (field: string, text: string): ScriptLine[] =>
  text.split('\n').map(line => ({ text: line, field }));

/** In the pilot's folder: the script's exit code, and its process id while it runs. */
export const EXIT_FILE = 'exit';
export const PID_FILE = 'pid';

/**
 * What a pilot's job runs: POSIX sh, the same for all schedulers. worker_init
 * stands in it byte for byte and runs in the same shell, so that what it
 * exports reaches the agent; whatever it does, the exit code is written. The
 * agent is a child and not exec'ed, so that there is someone to write it.
 */
export function pilotScript(profile: IScriptProfile, frame: IScriptFrame): ScriptLine[] {
  const { makings } = frame;
  return [
    ...ours('#!/bin/sh'),
    ...frame.header,
    ...frame.prelude.flatMap(ours),
    ...ours(begin(makings)),
    ...of('environment.workerInit', profile.environment.workerInit),
    ...ours(end())
  ];
}

const begin = (makings: IPilotMakings): string => `pilothouse_umask=$(umask)
umask 077
pilothouse_agent="$pilothouse_home/"${quoteForShell(makings.agent)}
pilothouse_python=${quoteForShell(makings.python ?? `python${makings.minor}`)}
pilothouse_phase=begin
pilothouse_child=
pilothouse_stopping=

pilothouse_say() { printf '== pilothouse %s\\n' "$*"; }
pilothouse_now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
pilothouse_exit() {
  pilothouse_status=$?
  trap - EXIT
  if [ "$pilothouse_phase" = worker_init ]; then
    pilothouse_say "worker_init end $(pilothouse_now), it left the script with exit code $pilothouse_status"
    [ -n "$pilothouse_stopping" ] || pilothouse_status=${SCRIPT_EXIT.workerInitFailed}
  fi
  printf '%s\\n' "$pilothouse_status" > "$pilothouse_folder/${EXIT_FILE}.new" &&
    mv -f "$pilothouse_folder/${EXIT_FILE}.new" "$pilothouse_folder/${EXIT_FILE}"
  exit "$pilothouse_status"
}
pilothouse_stop() {
  pilothouse_stopping=yes
  if [ -n "$pilothouse_child" ]; then
    kill -TERM "$pilothouse_child" 2>/dev/null
  else
    exit 143
  fi
}
trap pilothouse_exit EXIT
trap pilothouse_stop TERM INT HUP

cd "$pilothouse_folder" || exit ${SCRIPT_EXIT.folderMissing}
printf '%s\\n' "$$" > "$pilothouse_folder/${PID_FILE}"

pilothouse_say "worker_init begin $(pilothouse_now)"
pilothouse_phase=worker_init
umask "$pilothouse_umask"
:`;

const end = (): string => `pilothouse_status=$?
set +eu
pilothouse_umask=$(umask)
umask 077
pilothouse_phase=python
trap pilothouse_exit EXIT
trap pilothouse_stop TERM INT HUP
pilothouse_say "worker_init end $(pilothouse_now), exit code $pilothouse_status"
if [ "$pilothouse_status" -ne 0 ]; then
  pilothouse_say "worker_init failed: its last command ended with exit code $pilothouse_status, so the pilot ends. Correct worker_init in the profile; a last line of ':' says that its end does not matter."
  exit ${SCRIPT_EXIT.workerInitFailed}
fi

cd "$pilothouse_folder" || exit ${SCRIPT_EXIT.folderMissing}
if ! command -v "$pilothouse_python" >/dev/null 2>&1; then
  pilothouse_say "python missing: there is no program $pilothouse_python on $(uname -n). Name a Python of that machine in the profile's environment, or make it available in worker_init."
  exit ${SCRIPT_EXIT.pythonMissing}
fi

pilothouse_phase=agent
# Tasks get the umask of the job or of worker_init; the agent keeps its own files private.
(umask "$pilothouse_umask"; exec "$pilothouse_python" "$pilothouse_agent" "$pilothouse_folder") &
pilothouse_child=$!
[ -z "$pilothouse_stopping" ] || kill -TERM "$pilothouse_child" 2>/dev/null
# wait returns early for a signal; the child is done when it can no longer be found.
while :; do
  wait "$pilothouse_child"
  pilothouse_status=$?
  kill -0 "$pilothouse_child" 2>/dev/null || break
done
exit "$pilothouse_status"`;
