import { SCRIPT_EXIT } from './exits';

/** A runtime that no pilot of a node has used for so long is removed there, and more than so many are. */
const UNUSED_DAYS = 7;
const MOST_RUNTIMES = 8;
/** Another pilot that unpacks is waited for this long. */
const LOCK_SECONDS = 120;

/**
 * The runtime, unpacked once per node below TMPDIR or /tmp, where that can be
 * a folder of this user's alone, and used by all pilots there: else in the
 * pilot's own folder. Whoever unpacks holds a lock that the system takes back
 * when its holder dies; what is being unpacked has another name until it is
 * whole; a pilot that uses one holds a shared lock on its file \`used\`.
 */
export const UNPACKING = `pilothouse_get_runtime() {
  pilothouse_user=$(id -u)
  pilothouse_base="\${TMPDIR:-/tmp}"
  if pilothouse_shared_folder && pilothouse_take; then
    return
  fi
  [ "\${pilothouse_words+set}" != set ] || pilothouse_say "runtime: $pilothouse_base: $pilothouse_words; the pilot's own folder is tried"
  pilothouse_base="$pilothouse_folder/runtimes"
  pilothouse_words=
  mkdir -p "$pilothouse_base" && pilothouse_sole= && pilothouse_take && return
  pilothouse_say "runtime failed on $(uname -n): $pilothouse_words"
  pilothouse_give_up ${SCRIPT_EXIT.runtimeFailed}
}
# Makes pilothouse_base a folder that only this user can enter, below the one it was.
pilothouse_shared_folder() {
  case $pilothouse_base in
    *:*) pilothouse_words="a path with a colon cannot be a search path"; return 1 ;;
  esac
  if ! command -v flock >/dev/null 2>&1; then
    pilothouse_words="there is no flock here"
    return 1
  fi
  set -- $(ls -ldLn "$pilothouse_base/." 2>/dev/null)
  # Root's or this user's, so that nobody else can rename what is in it.
  case "\${1-} \${3-}" in
    d????????[tT]*" 0" | d????-??-?*" 0") ;;
    d????????[tT]*" $pilothouse_user" | d????-??-?*" $pilothouse_user") ;;
    *) pilothouse_words="others could rename what is in it"; return 1 ;;
  esac
  for pilothouse_part in "pilothouse-$pilothouse_user" runtimes; do
    pilothouse_base="$pilothouse_base/$pilothouse_part"
    mkdir -m 700 "$pilothouse_base" 2>/dev/null
    set -- $(ls -ldn "$pilothouse_base" 2>/dev/null)
    case "\${1-} \${3-}" in
      drwx------*" $pilothouse_user") ;;
      *) pilothouse_words="it is not a folder of this user alone, but \${1-missing} of user \${3-none}"; return 1 ;;
    esac
  done
  printf '#!/bin/sh\\n' > "$pilothouse_base/runs.$$" && chmod 700 "$pilothouse_base/runs.$$" &&
    "$pilothouse_base/runs.$$" 2>/dev/null
  pilothouse_status=$?
  rm -f "$pilothouse_base/runs.$$"
  [ "$pilothouse_status" -eq 0 ] && return
  pilothouse_words="programs cannot be written or run there"
  return 1
}
# Whether it is all there: what cleans /tmp may have been at it.
pilothouse_whole() {
  [ -f "$pilothouse_place/complete" ] &&
    [ "$(find "$pilothouse_place/tree" -name __pycache__ -prune -o -type f -print | wc -l)" -eq "$pilothouse_files" ]
}
pilothouse_use() {
  touch "$pilothouse_place/used"
  pilothouse_whole || return 1
  pilothouse_runtime="$pilothouse_place/tree"
  # Held by the agent as long as it lives; no program that it starts gets it.
  [ -z "\${pilothouse_sole-no}" ] || { exec 5>> "$pilothouse_place/used" && flock -s -n 5; }
}
# Sets pilothouse_runtime to the runtime in pilothouse_base, unpacking it if need be.
pilothouse_take() {
  pilothouse_place="$pilothouse_base/$pilothouse_hash"
  if [ -d "$pilothouse_place" ] && pilothouse_use; then
    pilothouse_say "runtime: $pilothouse_runtime, found"
    return 0
  fi
  exec 4>> "$pilothouse_base/lock"
  if [ -n "\${pilothouse_sole-no}" ]; then
    pilothouse_waited=0
    until flock -n 4; do
      if [ "$pilothouse_waited" -ge ${LOCK_SECONDS} ]; then
        pilothouse_words="another pilot has been unpacking there for ${LOCK_SECONDS} seconds"
        exec 4>&-
        return 1
      fi
      sleep 1
      pilothouse_waited=$((pilothouse_waited + 1))
    done
    if [ -d "$pilothouse_place" ] && pilothouse_use; then
      exec 4>&-
      pilothouse_say "runtime: $pilothouse_runtime, unpacked by another pilot"
      return 0
    fi
  fi
  # Nobody else is here: what bears these names was left by pilots that were killed.
  rm -rf "$pilothouse_base"/new.* "$pilothouse_base"/old.*
  pilothouse_new="$pilothouse_base/new.$pilothouse_hash.$$"
  pilothouse_unpack 4>&- && pilothouse_use
  pilothouse_status=$?
  [ "$pilothouse_status" -ne 0 ] || pilothouse_remove_old 4>&-
  exec 4>&-
  return "$pilothouse_status"
}
pilothouse_unpack() {
  pilothouse_say "runtime: unpacking $pilothouse_archive, $pilothouse_mib MiB, in $pilothouse_place"
  if command -v sha256sum >/dev/null 2>&1; then
    case $(gzip -dc "$pilothouse_archive" 2>/dev/null | sha256sum) in
      "$pilothouse_hash"*) ;;
      *) pilothouse_words="$pilothouse_archive is damaged: its content is not that of its name"; return 1 ;;
    esac
  fi
  if pilothouse_said=$({ mkdir -p "$pilothouse_new/tree" && gzip -dc "$pilothouse_archive" | tar -xof - -C "$pilothouse_new/tree"; } 2>&1) &&
    echo "$pilothouse_files" > "$pilothouse_new/complete"; then
    [ ! -e "$pilothouse_place" ] || mv "$pilothouse_place" "$pilothouse_base/old.$$"
    mv "$pilothouse_new" "$pilothouse_place" && pilothouse_whole && { rm -rf "$pilothouse_base/old.$$"; return 0; }
    pilothouse_said="$pilothouse_said; not all of it is there"
  fi
  pilothouse_room=$(df -kP "$pilothouse_base" 2>/dev/null | tail -n 1)
  rm -rf "$pilothouse_new" "$pilothouse_base/old.$$"
  pilothouse_words="$pilothouse_archive could not be unpacked in $pilothouse_place, where it takes $pilothouse_mib MiB (df: $pilothouse_room): $(printf %s "$pilothouse_said" | tail -n 3 | tail -c 500)"
  return 1
}
pilothouse_remove_old() {
  (
    cd "$pilothouse_base" || exit
    pilothouse_count=0
    for pilothouse_used in $(ls -1t -- */used 2>/dev/null); do
      pilothouse_count=$((pilothouse_count + 1))
      [ "$pilothouse_count" -gt ${MOST_RUNTIMES} ] || [ -n "$(find "$pilothouse_used" -mtime +${UNUSED_DAYS})" ] || continue
      # Not what a pilot uses just now.
      if (exec 6>> "$pilothouse_used" && flock -n 6) 2>/dev/null; then
        rm -rf "\${pilothouse_used%/used}"
      fi
    done
  )
}
`;
