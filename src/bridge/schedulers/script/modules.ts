import { SCRIPT_EXIT } from './exits';

/**
 * Finds \`module\` and loads modules. A script of /bin/sh reads no profile, so
 * that Lmod and Tcl modules have to be looked for: what the shell already has,
 * what the environment names (both set MODULESHOME, Lmod LMOD_PKG too), what
 * the site's login shells read, and where packages put it.
 */
export const MODULES = `pilothouse_find_module() {
  if command -v module >/dev/null 2>&1; then
    pilothouse_say "modules by the batch shell's own"
    return 0
  fi
  pilothouse_shell=sh
  [ -z "\${BASH_VERSION-}" ] || pilothouse_shell=bash
  for pilothouse_file in "\${LMOD_PKG-}/init/$pilothouse_shell" "\${MODULESHOME-}/init/$pilothouse_shell" \\
    /etc/profile.d/lmod.sh /etc/profile.d/z*lmod*.sh /etc/profile.d/*lmod*.sh \\
    /etc/profile.d/modules.sh /etc/profile.d/z*modules*.sh /etc/profile.d/*module*.sh \\
    "/usr/share/lmod/lmod/init/$pilothouse_shell" "/usr/local/lmod/lmod/init/$pilothouse_shell" \\
    "/opt/apps/lmod/lmod/init/$pilothouse_shell" "/opt/cray/pe/lmod/lmod/init/$pilothouse_shell" \\
    "/usr/share/Modules/init/$pilothouse_shell" "/usr/share/modules/init/$pilothouse_shell" \\
    "/usr/local/Modules/init/$pilothouse_shell" "/opt/modules/init/$pilothouse_shell"; do
    [ -r "$pilothouse_file" ] || continue
    # First in a shell of its own: an error in a sourced file ends the shell.
    if (. "$pilothouse_file" && command -v module) >/dev/null 2>&1; then
      . "$pilothouse_file"
      pilothouse_say "modules by $pilothouse_file"
      return 0
    fi
  done
  pilothouse_say "modules failed: there is no module command on $(uname -n), neither Lmod's nor Tcl modules'. Correct the modules in the profile, or make the command available in worker_init and load them there."
  return 1
}
pilothouse_module_failed() {
  pilothouse_say "modules failed: module load $1 ended with exit code $2 on $(uname -n). Correct the modules in the profile."
  return 1
}
pilothouse_load() {
  pilothouse_say "module load $1"
  pilothouse_loaded=\${LOADEDMODULES-}
  module load "$1" 8>&- 9>&-
  pilothouse_status=$?
  [ "$pilothouse_status" -eq 0 ] || { pilothouse_module_failed "$1" "$pilothouse_status"; return 1; }
  # Tcl modules up to 4 can fail, print ERROR and end with 0.
  case ":\${LOADEDMODULES-}:" in *":$1:"* | *":$1/"*) return 0 ;; esac
  [ "$pilothouse_loaded" = "\${LOADEDMODULES-}" ] || return 0
  if module load "$1" 2>&1 8>&- 9>&- | head -c 65536 | grep -E '(^|[^A-Za-z])ERROR:' >/dev/null; then
    pilothouse_module_failed "$1" "0, with an error, and it is not loaded,"
    return 1
  fi
}
`;

/** The beginning and end of the function that loads them: each module's line stands between. */
export const LOAD_MODULES_BEGIN = `pilothouse_modules() {
  pilothouse_enter modules
  pilothouse_say "modules begin $(pilothouse_now)"
  pilothouse_find_module || pilothouse_give_up ${SCRIPT_EXIT.modulesFailed}`;
export const LOAD_MODULES_END = `  pilothouse_say "modules end $(pilothouse_now)"
}`;
export const loadModule = (quoted: string): string =>
  `  pilothouse_load ${quoted} || pilothouse_give_up ${SCRIPT_EXIT.modulesFailed}`;
