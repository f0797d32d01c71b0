import { SCRIPT_EXIT } from './exits';

/** In the pilot's folder: the script's exit code, and its process id while it runs. */
export const EXIT_FILE = 'exit';
export const PID_FILE = 'pid';

/** What is kept of setup's output: so much of its beginning, and as much of its end. */
export const SETUP_OUTPUT_BYTES = 1024 * 1024;

/**
 * The outer half. Setup and agent run in a child, so that whatever a profile's
 * lines do (exit, exec, traps, endless loops), somebody is left who says how it
 * ended and writes the exit code. What the child is at stands in `setup/phase`.
 */
export const SUPERVISION = `pilothouse_umask=$(umask)
umask 077
pilothouse_path=$PATH
pilothouse_setup="$pilothouse_folder/setup"
pilothouse_child=
pilothouse_filter=
pilothouse_watcher=
pilothouse_stopping=

pilothouse_say() { printf '== pilothouse %s\\n' "$*"; }
pilothouse_now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
pilothouse_enter() { printf '%s\\n' "$*" >| "$pilothouse_setup/phase"; }
pilothouse_phase() {
  pilothouse_at=
  { read -r pilothouse_at < "$pilothouse_setup/phase"; } 2>/dev/null
}

# "process parent" of every process: proc(5), stat; ps where there is no /proc.
pilothouse_parents() {
  if [ ! -r /proc/self/stat ]; then
    ps -A -o pid= -o ppid=
    return
  fi
  for pilothouse_stat in /proc/[0-9]*/stat; do
    { read -r pilothouse_line < "$pilothouse_stat"; } 2>/dev/null || continue
    pilothouse_pid=\${pilothouse_line%% *}
    pilothouse_line=\${pilothouse_line##*) }
    pilothouse_line=\${pilothouse_line#* }
    echo "$pilothouse_pid \${pilothouse_line%% *}"
  done
}
# A process and all that descend from it.
pilothouse_find_tree() {
  pilothouse_tree=" $1 "
  pilothouse_all=$(pilothouse_parents)
  pilothouse_before=
  while [ "$pilothouse_before" != "$pilothouse_tree" ]; do
    pilothouse_before=$pilothouse_tree
    while read -r pilothouse_pid pilothouse_parent; do
      case $pilothouse_tree in
        *" $pilothouse_pid "*) ;;
        *" $pilothouse_parent "*) pilothouse_tree="$pilothouse_tree$pilothouse_pid " ;;
      esac
    done <<PILOTHOUSE_END
$pilothouse_all
PILOTHOUSE_END
  done
}

# Ends a setup that takes too long, and notes what it was waiting for.
pilothouse_watch() {
  exec < /dev/null > /dev/null 2>&1 8>&- 9>&-
  pilothouse_slept=0
  while kill -0 "$1" 2>/dev/null && kill -0 "$$" 2>/dev/null; do
    pilothouse_phase
    case $pilothouse_at in agent | end*) return ;; esac
    if [ "$pilothouse_slept" -ge "$pilothouse_limit" ]; then
      pilothouse_find_tree "$1"
      echo "$pilothouse_at" >| "$pilothouse_setup/hangs"
      for pilothouse_pid in \${pilothouse_tree#" $1 "}; do
        { tr '\\000' ' ' < "/proc/$pilothouse_pid/cmdline"; } 2>/dev/null | head -c 200
        echo
      done >> "$pilothouse_setup/hangs"
      kill -TERM $pilothouse_tree 2>/dev/null
      sleep 3
      pilothouse_first=$pilothouse_tree
      pilothouse_find_tree "$1"
      kill -KILL $pilothouse_first $pilothouse_tree 2>/dev/null
      return
    fi
    sleep 1
    pilothouse_slept=$((pilothouse_slept + 1))
  done
}

# Passes on what setup prints: the first MiB at once, of the rest the last MiB when setup has
# ended. It reads on whatever happens, so that setup is neither blocked nor killed by it.
pilothouse_bound() {
  trap '' TERM INT HUP
  pilothouse_left=${SETUP_OUTPUT_BYTES}
  while [ "$pilothouse_left" -gt 0 ]; do
    pilothouse_block=65536
    [ "$pilothouse_left" -ge 65536 ] || pilothouse_block=$pilothouse_left
    dd bs="$pilothouse_block" count=1 of="$pilothouse_setup/piece" 2>/dev/null
    pilothouse_got=$(wc -c < "$pilothouse_setup/piece")
    [ "\${pilothouse_got:-0}" -gt 0 ] || break
    cat "$pilothouse_setup/piece" >&8
    pilothouse_left=$((pilothouse_left - pilothouse_got))
  done
  if [ "$pilothouse_left" -le 0 ]; then
    printf '\\n== pilothouse setup prints much: what follows is left out but for its last MiB, which is shown when it has ended\\n' >&8
  fi
  tail -c ${SETUP_OUTPUT_BYTES} >&8
}

pilothouse_exit() {
  pilothouse_status=$?
  trap - EXIT
  # bash runs this also in a child that is killed between its fork and its first command.
  pilothouse_self=$(exec sh -c 'echo "$PPID"')
  [ "\${pilothouse_self:-$$}" = "$$" ] || exit
  # PIPE, since a shell prints of no other signal that its child had it.
  kill -PIPE $pilothouse_filter $pilothouse_watcher 2>/dev/null
  rm -rf "$pilothouse_folder/runtimes" "$pilothouse_setup"
  printf '%s\\n' "$pilothouse_status" > "$pilothouse_folder/${EXIT_FILE}.new" &&
    mv -f "$pilothouse_folder/${EXIT_FILE}.new" "$pilothouse_folder/${EXIT_FILE}"
  exit "$pilothouse_status"
}
pilothouse_stop() {
  pilothouse_stopping=yes
  [ -n "$pilothouse_child" ] || exit 143
  pilothouse_phase
  if [ "$pilothouse_at" = agent ]; then
    kill -TERM "$pilothouse_child" 2>/dev/null
  else
    pilothouse_find_tree "$pilothouse_child"
    kill -TERM $pilothouse_tree 2>/dev/null
  fi
}
trap pilothouse_exit EXIT
trap pilothouse_stop TERM INT HUP

cd "$pilothouse_folder" || exit ${SCRIPT_EXIT.folderMissing}
rm -rf "$pilothouse_setup"
mkdir "$pilothouse_setup" && printf '%s\\n' "$$" > "$pilothouse_folder/${PID_FILE}" || {
  pilothouse_say "the pilot's folder cannot be written to: $pilothouse_folder on $(uname -n)"
  exit ${SCRIPT_EXIT.folderMissing}
}
`;

/** Runs the child, waits for its end and says what it was. The last of the script. */
export const RUN = `pilothouse_enter begin
exec 8>&1 9>&2
if command -v dd >/dev/null && command -v tail >/dev/null && mkfifo "$pilothouse_setup/pipe"; then
  pilothouse_bound < "$pilothouse_setup/pipe" &
  pilothouse_filter=$!
  pilothouse_inside < /dev/null > "$pilothouse_setup/pipe" 2>&1 &
else
  pilothouse_say "there is no pipe, dd or tail here: all that setup prints is kept, however much"
  pilothouse_inside < /dev/null 2>&1 &
fi
pilothouse_child=$!
pilothouse_watch "$pilothouse_child" &
pilothouse_watcher=$!
[ -z "$pilothouse_stopping" ] || pilothouse_stop
# wait returns early for a signal; the child is done when it can no longer be found.
while :; do
  wait "$pilothouse_child"
  pilothouse_status=$?
  kill -0 "$pilothouse_child" 2>/dev/null || break
done
if [ -n "$pilothouse_filter" ]; then
  # So that what follows stands below all that setup has printed; what setup left running may
  # hold the pipe open.
  (exec > /dev/null 2>&1 8>&- 9>&-; sleep 3; kill -PIPE "$pilothouse_filter") &
  wait "$pilothouse_filter" 2>/dev/null
  kill -PIPE "$!" 2>/dev/null
fi
pilothouse_phase
pilothouse_where="$pilothouse_at end $(pilothouse_now)"
if [ -s "$pilothouse_setup/hangs" ]; then
  pilothouse_say "$pilothouse_where, not done after $pilothouse_limit seconds. Ended with it:"
  cat "$pilothouse_setup/hangs"
  pilothouse_say "setup hangs: correct worker_init, or allow more seconds for setup in the profile."
  exit ${SCRIPT_EXIT.setupHangs}
fi
case $pilothouse_at in
  agent)
    case $pilothouse_status in
      126 | 127)
        pilothouse_say "the Python of this pilot cannot be started on $(uname -n); see above."
        exit ${SCRIPT_EXIT.pythonMissing}
        ;;
    esac
    ;;
  end*) exit "\${pilothouse_at#end }" ;;
  *)
    pilothouse_say "$pilothouse_where, it left the script with exit code $pilothouse_status"
    [ -z "$pilothouse_stopping" ] || exit 143
    case $pilothouse_at in
      modules) exit ${SCRIPT_EXIT.modulesFailed} ;;
      worker_init) exit ${SCRIPT_EXIT.workerInitFailed} ;;
      begin) exit ${SCRIPT_EXIT.folderMissing} ;;
      *) exit ${SCRIPT_EXIT.runtimeFailed} ;;
    esac
    ;;
esac
exit "$pilothouse_status"`;
