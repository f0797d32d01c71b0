import { SCRIPT_EXIT } from './exits';

/** A Python that is to be looked for may take so long to say what it is. */
const PYTHON_SECONDS = 60;

/**
 * Which Python runs the agent. Without a runtime: the one named. With one: the
 * one named or the site's if its binary interface is the runtime's (minor
 * version, architecture, C library: all in SOABI, PEP 3149), else the one that
 * the runtime carries. What a site or worker_init sets for Python is kept for
 * tasks and does not touch the agent.
 */
export const PYTHON = `pilothouse_choose_python() {
  if [ -z "$pilothouse_archive" ]; then
    command -v "$pilothouse_python" >/dev/null 2>&1 && return
    pilothouse_say "python missing: there is no program $pilothouse_python on $(uname -n). Name a Python of that machine in the profile's environment, or make it available in worker_init."
    pilothouse_give_up ${SCRIPT_EXIT.pythonMissing}
  fi
  [ -z "\${PYTHONHOME-}" ] || pilothouse_say "PYTHONHOME=$PYTHONHOME is left out: with it no other Python can start"
  [ -z "\${PYTHONPATH-}" ] || export PILOTHOUSE_TASKS_PYTHONPATH="$PYTHONPATH"
  unset PYTHONPATH PYTHONHOME PYTHONSTARTUP
  export PYTHONNOUSERSITE=1
  pilothouse_read_needs
  pilothouse_site_python
  if [ -z "$pilothouse_python" ] && [ "\${pilothouse_carries-}" != yes ]; then
    pilothouse_say "python missing: $(uname -n) has no Python $pilothouse_minor ($pilothouse_tried), which the notebook's kernel needs. Load one by modules or worker_init, name one in the profile's environment, or let the runtime carry the kernel's own."
    pilothouse_give_up ${SCRIPT_EXIT.pythonMissing}
  fi
  pilothouse_check_machine
  pilothouse_get_runtime
  if [ -z "$pilothouse_python" ]; then
    pilothouse_python="$pilothouse_runtime/python/bin/python3"
    pilothouse_say "python: the runtime's own, $pilothouse_python"
  else
    pilothouse_say "python: $pilothouse_python"
    pilothouse_tree=$pilothouse_runtime
    . "$pilothouse_runtime/libraries"
    if [ -n "$pilothouse_libraries" ]; then
      export PILOTHOUSE_TASKS_LD_LIBRARY_PATH="\${LD_LIBRARY_PATH-}"
      export LD_LIBRARY_PATH="$pilothouse_libraries\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    fi
  fi
  export PILOTHOUSE_RUNTIME="$pilothouse_runtime/site"
  export PYTHONPATH="$PILOTHOUSE_RUNTIME"
}
# The first of its arguments that is a Python of the runtime's binary interface.
pilothouse_first_fit() {
  for pilothouse_name in "$@"; do
    pilothouse_python=$(command -v "$pilothouse_name" 2>/dev/null) || { pilothouse_tried="$pilothouse_tried, no $pilothouse_name"; continue; }
    pilothouse_is=$(pilothouse_limited "$pilothouse_python" -I -c 'import ctypes, multiprocessing, ssl, sys, sysconfig, zlib; print(sysconfig.get_config_var("SOABI"), "%d.%d.%d" % sys.version_info[:3])' 2>&1 < /dev/null)
    case $pilothouse_is in "$pilothouse_soabi "*) return ;; esac
    pilothouse_tried="$pilothouse_tried, $pilothouse_python says $(printf %s "$pilothouse_is" | tail -n 1 | head -c 200)"
  done
  pilothouse_python=
}
pilothouse_site_python() {
  pilothouse_tried=
  if [ -n "$pilothouse_python" ]; then
    pilothouse_named=$pilothouse_python
    pilothouse_first_fit "$pilothouse_named"
    [ -z "$pilothouse_python" ] || return 0
    pilothouse_say "python missing: $pilothouse_named of the profile's environment is no usable Python $pilothouse_minor on $(uname -n)$pilothouse_tried. The kernel needs that version."
    pilothouse_give_up ${SCRIPT_EXIT.pythonMissing}
  fi
  pilothouse_first_fit "python$pilothouse_minor" python3 python
  pilothouse_tried=\${pilothouse_tried#, }
}
pilothouse_limited() {
  if command -v timeout >/dev/null 2>&1; then timeout ${PYTHON_SECONDS} "$@"; else "$@"; fi
}

# Sets what the file \`needs\`, first in the archive, says.
pilothouse_read_needs() {
  if [ ! -r "$pilothouse_archive" ]; then
    pilothouse_say "runtime failed: there is no archive $pilothouse_archive on $(uname -n)"
    pilothouse_give_up ${SCRIPT_EXIT.runtimeFailed}
  fi
  pilothouse_needs=$(gzip -dc "$pilothouse_archive" 2>/dev/null | head -c 65536 | tar -xOf - needs 2>/dev/null)
  while read -r pilothouse_key pilothouse_value; do
    case $pilothouse_key in
      soabi) pilothouse_soabi=$pilothouse_value ;;
      architecture) pilothouse_architecture=$pilothouse_value ;;
      glibc) pilothouse_glibc=$pilothouse_value ;;
      glibc_python) pilothouse_glibc_python=$pilothouse_value ;;
      python) pilothouse_carries=$pilothouse_value ;;
      files) pilothouse_files=$pilothouse_value ;;
      mib) pilothouse_mib=$pilothouse_value ;;
    esac
  done <<PILOTHOUSE_END
$pilothouse_needs
PILOTHOUSE_END
  [ -z "\${pilothouse_mib-}" ] || return 0
  pilothouse_say "runtime failed: $pilothouse_archive cannot be read, or gzip or tar are missing on $(uname -n): $(gzip -dc "$pilothouse_archive" 2>&1 >/dev/null | head -c 300)"
  pilothouse_give_up ${SCRIPT_EXIT.runtimeFailed}
}
pilothouse_check_machine() {
  if [ "$pilothouse_architecture" != "$(uname -m)" ]; then
    pilothouse_unfit "it is made for $pilothouse_architecture machines and this one is $(uname -m). Ask for other machines in the profile, or run the notebook on such a machine."
  fi
  [ -n "$pilothouse_python" ] || pilothouse_glibc=$pilothouse_glibc_python
  pilothouse_has=$(getconf GNU_LIBC_VERSION 2>/dev/null || ldd --version 2>/dev/null | head -n 1)
  pilothouse_has=\${pilothouse_has##* }
  case $pilothouse_glibc/$pilothouse_has in
    -/*) ;;
    */[0-9]*.[0-9]*)
      if pilothouse_older "$pilothouse_has" "$pilothouse_glibc"; then
        pilothouse_unfit "it needs glibc $pilothouse_glibc or newer and this machine has $pilothouse_has. Ask for newer machines in the profile, use a container image, or load a Python $pilothouse_minor there."
      fi
      ;;
    *) pilothouse_unfit "it needs glibc $pilothouse_glibc or newer and this machine does not say that it has any. Ask for other machines in the profile, or use a container image." ;;
  esac
}
pilothouse_unfit() {
  pilothouse_say "runtime unfit on $(uname -n): $1"
  pilothouse_give_up ${SCRIPT_EXIT.runtimeUnfit}
}
# Whether version $1 is older than $2: two numbers each.
pilothouse_older() {
  pilothouse_minor_1=\${1#*.}
  pilothouse_minor_2=\${2#*.}
  [ "\${1%%.*}" -lt "\${2%%.*}" ] && return
  [ "\${1%%.*}" -eq "\${2%%.*}" ] && [ "\${pilothouse_minor_1%%[!0-9]*}" -lt "\${pilothouse_minor_2%%[!0-9]*}" ]
}
`;
