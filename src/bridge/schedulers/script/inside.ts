import { SCRIPT_EXIT } from './exits';

/**
 * The inner half: modules, worker_init, Python, agent, one after the other in
 * one shell, so that what is exported reaches the agent, which takes the
 * shell's place. After worker_init nothing is taken for granted: options, IFS,
 * folder, umask, PATH may all be others.
 */
export const INSIDE = `# For the supervising half: why this half ends.
pilothouse_give_up() {
  pilothouse_enter "end $1"
  exit "$1"
}
pilothouse_inside() {
  trap - EXIT TERM INT HUP
  umask "$pilothouse_umask"
  pilothouse_modules
  pilothouse_enter worker_init
  pilothouse_say "worker_init begin $(pilothouse_now)"
  . "$pilothouse_setup/worker_init" 8>&- 9>&-
  pilothouse_status=$?
  set +efuxva +C
  IFS=' 	
'
  unset -f printf date umask cd kill command exec 2>/dev/null
  trap - EXIT TERM INT HUP
  pilothouse_umask=$(umask)
  umask 077
  pilothouse_users_path=\${PATH-}
  PATH="$pilothouse_users_path:$pilothouse_path"
  pilothouse_end_setup
  cd "$pilothouse_folder" || pilothouse_give_up ${SCRIPT_EXIT.folderMissing}
  pilothouse_choose_python
  pilothouse_enter agent
  # Tasks get the umask of the job or of worker_init; the agent keeps its own files private.
  umask "$pilothouse_umask"
  PATH=$pilothouse_users_path
  # The agent tells by it what modules and worker_init have set.
  export PILOTHOUSE_SCRIPT="$$"
  exec "$pilothouse_python" "$pilothouse_agent" "$pilothouse_folder" >&8 2>&9 8>&- 9>&-
}
pilothouse_end_setup() {
  pilothouse_enter python
  pilothouse_say "worker_init end $(pilothouse_now), exit code $pilothouse_status"
  [ "$pilothouse_status" -eq 0 ] && return
  pilothouse_say "worker_init failed: its last command ended with exit code $pilothouse_status, so the pilot ends. Correct worker_init in the profile; a last line of ':' says that its end does not matter."
  pilothouse_give_up ${SCRIPT_EXIT.workerInitFailed}
}
`;
