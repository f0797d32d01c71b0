import { shellWords } from '../../ssh/line';
import { becoming } from './frame';

/**
 * What is run on the other machine: POSIX sh and the tools of any Linux (stat,
 * xargs, tar, of GNU or of busybox). Each is a body for `framed`; paths come as
 * words, or one a line on standard input.
 */

/** Texts that are read must be in the language they are read in. */
const PLAIN = 'export LC_ALL=C TZ=UTC0\n';
/** Mode and owner, size, time, name: as `readStat` reads them. */
const STAT = "stat -c '%f %u %s %y %n' --";

/**
 * Runs `$1` with `$2`, … in a folder, by an inner script (`withEnvironment`) that
 * nothing of the environment here comes to.
 * Words: `gone` (the folder), `missing` (the program), `runs`.
 */
export function runScript(path: string, folder: string | undefined): string {
  const enter =
    folder === undefined
      ? ''
      : `cd -- ${shellWords([folder])} 2>/dev/null || { begin gone; exit 0; }\n`;
  return `${enter}e=$(command -v env)
PATH=${shellWords([path])}
command -v -- "$1" >/dev/null 2>&1 || { begin missing; exit 0; }
begin runs
${becoming('"$e" -i')}`;
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Becomes a program with this environment and no other, but for what any sh adds (PWD, SHLVL). */
export function withEnvironment(environment: NodeJS.ProcessEnv, argv: readonly string[]): string {
  const settings = Object.entries(environment).map(([name, value]) => [name, value ?? ''] as const);
  const exports = settings
    .filter(([name]) => IDENTIFIER.test(name))
    .map(([name, value]) => `export ${name}=${shellWords([value])}\n`);
  // HTCondor's may hold a dot, which no shell can set.
  const odd = settings
    .filter(([name]) => !IDENTIFIER.test(name))
    .map(([name, value]) => `${name}=${value}`);
  const program = odd.length === 0 ? argv : ['env', ...odd, ...argv];
  return `${exports.join('')}exec ${shellWords(program)}`;
}

/** The environment of a login, NUL behind each variable; `line`: what prints it, for any shell. */
export const loginEnvironmentScript = (line: string): string =>
  `begin asks
printf '%s\\n' ${shellWords([line])} | "\${SHELL:-/bin/sh}" -l 2>/dev/null`;

/** The same without a login. */
export const PLAIN_ENVIRONMENT = "env -0 2>/dev/null || env | tr '\\n' '\\0'";

/** Exit codes of the scripts below: what is in the way is said on stdout, or on stderr. */
export const EXITS = { notOwn: 3, open: 4, swapped: 5, short: 6, isFolder: 7, link: 8 } as const;

/**
 * The private folder `$1`: prints its path without links, then what is wrong with
 * it. One that was not there is looked at, too: another user may have been quicker
 * to make it, and an inherited list (acl(5)) comes before the umask. What it lies
 * in must let nobody put another in its place: anybody's folder only where each
 * may take away but their own (inode(7), sticky bit). A group's is the group's matter.
 */
export const FOLDER_SCRIPT = `${PLAIN}begin ok
p=$1
case $p in '~') p=$HOME;; '~/'*) p=$HOME/\${p#??};; esac
mkdir -p -- "$p" || exit 1
f=$(cd -P -- "$p" && pwd -P) || exit 1
printf '%s\\n' "$f"
u=$(id -u)
l=$u
[ ! -L "$p" ] || l=$(stat -c %u -- "$p")
case $l in "$u"|0) ;; *) echo "$l"; exit ${EXITS.link};; esac
d=$f
while [ "\${d:-/}" != / ]
do
d=\${d%/*}
case $(stat -c %a -- "\${d:-/}") in
[1357]???) ;;
*[2367]) echo "\${d:-/}"; exit ${EXITS.swapped};;
esac
done
set -- $(stat -c '%a %u' -- "$f")
[ -n "$2" ] || exit 1
[ "$2" = "$u" ] || [ "$u" = 0 ] || { echo "$2"; exit ${EXITS.notOwn}; }
case $1 in *00) exit 0;; esac
[ -z "$(ls -A -- "$f")" ] || { echo "$1"; exit ${EXITS.open}; }
chmod 700 -- "$f" || exit 1
[ -z "$(ls -A -- "$f")" ] || { echo "$1"; exit ${EXITS.open}; }
exit 0`;

/** The new folder `$1` with what tar reads, whole if the file `$2` is in it: else there is none. */
export const PUT_FOLDER_SCRIPT = `${PLAIN}begin ok
d=\${1%/*}
mkdir -p -- "\${d:-/}" && mkdir -- "$1" || exit 1
(cd -- "$1" && tar -x -o -f -) && rm -- "$1/$2" && exit 0
rm -rf -- "$1"
exit ${EXITS.short}`;

/**
 * The file `$1` of `$2` bytes, gathered in `$3`. Its first word says who
 * asks, what is there, and how much of it with which hash; then a line says
 * `there`, `fresh` or `more`, and the rest are the bytes.
 */
export const PUT_FILE_SCRIPT = `${PLAIN}d=\${1%/*}
mkdir -p -- "\${d:-/}" || { begin failed; exit 1; }
a=$(stat -c '%f %u %s' -- "$1" 2>/dev/null)
b=
if [ -f "$3" ] && [ ! -L "$3" ]
then b="$(stat -c %s -- "$3") $(sha256sum < "$3" 2>/dev/null)"
fi
begin "$(id -u)|$a|\${b%% *-}"
IFS= read -r w || exit 1
case $w in
there) exit 0;;
fresh) rm -f -- "$3" && set -C && cat > "$3" || exit 1;;
more) cat >> "$3" || exit 1;;
*) exit 1;;
esac
[ "$(stat -c %s -- "$3")" = "$2" ] || exit ${EXITS.short}
[ ! -d "$1" ] || exit ${EXITS.isFolder}
mv -f -- "$3" "$1"`;

/**
 * At most `$3` bytes of the file `$1` from `$2`, counted from the end if
 * negative. A task can put into a pilot's folder what it likes: no link is
 * followed, and only a regular file is opened, which is looked at just before;
 * what was opened must be what stands there, no link being that.
 * Words: `none`, `closed` (not to be read), or where it begins and its size.
 */
export const READ_SCRIPT = `${PLAIN}d=\${1%/*}
d=\${d:-/}
none() { begin none; exit 0; }
cd -P -- "$d" 2>/dev/null && [ "$(pwd -P)" = "$d" ] || none
f=./\${1##*/}
[ -f "$f" ] && [ ! -L "$f" ] || none
[ -r "$f" ] || { begin closed; exit 0; }
piece() {
i=$(stat -L -c '%d %i' /dev/stdin)
[ -n "$i" ] && [ "$i" = "$(stat -c '%d %i' -- "$f")" ] || none
s=$(stat -L -c %s /dev/stdin)
o=$1
[ "$o" -ge 0 ] || o=$((s + o))
[ "$o" -ge 0 ] || o=0
[ "$o" -le "$s" ] || o=$s
begin "$o $s"
[ "$o" -lt "$s" ] || exit 0
tail -c +$((o + 1)) | head -c "$2"
}
piece "$2" "$3" < "$f"`;

/** What is known of paths, one a line. */
export const SIZES_SCRIPT = `${PLAIN}begin ok
stat -c %f / >/dev/null || exit 1
tr '\\n' '\\0' | xargs -0 -r ${STAT}
exit 0`;

/** What is in the folder `$1`; names that no line can hold are left out. */
export const LIST_SCRIPT = `${PLAIN}begin ok
stat -c %f -- "$1" >/dev/null && [ -d "$1" ] && cd -- "$1" || exit 1
find . ! -name . -prune ! -name '*
*' -exec ${STAT} {} +
exit 0`;

/** Removes paths, one a line. */
export const REMOVE_SCRIPT = `${PLAIN}begin ok
tr '\\n' '\\0' | xargs -0 -r rm -rf --`;
