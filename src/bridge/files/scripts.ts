/**
 * What is run where the files are, each a body for `framed`: POSIX sh and the
 * tools of any Linux (stat, find, head, tail, readlink, of GNU or of busybox).
 * Paths come as words, are quoted once (`ssh/line.ts`), and are the user's own:
 * links are followed, as an editor does. What takes its time has no path among
 * the words of its process, which others can read. `n` and `g` are names of the
 * frame's. What is in the way is said on stderr, in the language in which it is
 * read.
 */

/** Exit codes of the scripts below. */
export const EXITS = { failed: 1, short: 6, odd: 7, changed: 8 } as const;

/** `at PATH`: sets `p`; what does not begin with / is meant from the home folder. */
const PREFACE = `export LC_ALL=C TZ=UTC0
at() {
case $1 in
/*) p=$1;;
*) p=$HOME/$1;;
esac
}
F='%f %u %g %s %y'
refuse() {
begin failed
printf '%s\\n' "$2" >&2
exit "$1"
}
ids() { printf '%s %s\\000' "$(id -u)" "$(id -G)"; }
tell() {
printf '%s\\000' "$p"
ids
stat -L -c "$F" -- "$p" 2>/dev/null || stat -c "$F" -- "$p"
}
at "$1"
`;

/** The path `$1`, who asks, and what is there. */
export const STAT_SCRIPT = `${PREFACE}begin ok
tell`;

/**
 * What is in the folder `$1`, at most `$2` lines: first all as it is, then as
 * links lead. No name holds a /, so that each line with one begins an entry.
 */
export const LIST_SCRIPT = `${PREFACE}begin ok
stat -L -c '' -- "$p" >/dev/null || exit ${EXITS.failed}
[ -d "$p" ] || { echo 'it is no folder' >&2; exit ${EXITS.failed}; }
[ -r "$p" ] && [ -x "$p" ] || { echo 'Permission denied' >&2; exit ${EXITS.failed}; }
cd -- "$p" || exit ${EXITS.failed}
printf '%s\\000' "$p"
ids
find . ! -name . -prune -exec stat -c "$F %n" -- {} + 2>/dev/null | head -n "$2"
printf '\\000'
find . ! -name . -prune -exec stat -L -c "$F %n" -- {} + 2>/dev/null | head -n "$2"
exit 0`;

/** A regular file and nothing else: reading a pipe would wait for ever. */
const REGULAR = `s=$(stat -L -c %s -- "$p" 2>&1) || refuse ${EXITS.failed} "$s"
[ -f "$p" ] || refuse ${EXITS.odd}
[ -r "$p" ] || refuse ${EXITS.failed} 'Permission denied'
`;

/**
 * At most `$3` bytes of the file `$1` from `$2`. Its word: what is known of it, and
 * which file it is. Both are of the file that was opened, whatever takes its place
 * meanwhile (proc(5), /proc/pid/fd).
 */
export const READ_SCRIPT = `${PREFACE}${REGULAR}{
begin "$(stat -L -c "$F %d:%i" -- /proc/self/fd/0)"
tail -c +$(($2 + 1)) | head -c "$3"
} < "$p"`;

/**
 * The file `$1` as it is now, from where a line of standard input says. Its
 * word: the hash of its first `$2` bytes, and what is known of it. It may grow
 * meanwhile: what was written after the beginning is not sent.
 */
export const GET_SCRIPT = `${PREFACE}${REGULAR}a=$(stat -L -c "$F" -- "$p")
h=
[ "$2" = 0 ] || [ "$2" -gt "$s" ] || h=$(head -c "$2" < "$p" | sha256sum 2>/dev/null)
begin "\${h%% *}|$a"
IFS= read -r o || exit ${EXITS.failed}
if [ "$o" = 0 ]
then
# Of all that machines have this is the quickest: tail and head carry 8 KiB at a time.
{ dd bs=131072 count=$((s / 131072)) 2>/dev/null && head -c $((s % 131072)); } < "$p" || {
echo 'it cannot be read' >&2
exit ${EXITS.failed}
}
elif [ "$o" -lt "$s" ]
then tail -c +$((o + 1)) < "$p" | head -c $((s - o))
fi
b=$(stat -L -c "$F" -- "$p")
[ "$a" = "$b" ] || [ "$(stat -L -c %s -- "$p")" -gt "$s" ] || exit ${EXITS.changed}
exit 0`;

/**
 * Gathers bytes beside the file that `$1` is or leads to, `$2` when all of them
 * are there; with `$3` = last, they then take its place. `$4`: the mode of a
 * new one. `$5` = whole: a part of its own, which nothing goes on from. `$6` =
 * hash: says that of what is there already. `$7`: of whom it comes, so that two
 * who bring a file to one place at once do not mix what they bring.
 *
 * Its word: bytes of the part, its hash, what is known of the file. Then a line
 * says `stop`, `fresh` or `more`, and the rest are the bytes. A link is followed
 * only if it is the user's own, or of whom its folder is, as the kernel does it in
 * folders such as /tmp (proc(5), protected_symlinks): in one that others write to
 * it could lead anywhere.
 */
export const WRITE_SCRIPT = `${PREFACE}t=$p
if [ -L "$p" ]
then
d=\${p%/*}/.
case $(stat -c %u -- "$p") in
"$(id -u)"|0|"$(stat -c %u -- "$d")") ;;
*) refuse ${EXITS.failed} 'the link that is there belongs to another user';;
esac
l='
x'
t=$(readlink -f -- "$p" && echo x) || refuse ${EXITS.failed} 'the link leads nowhere'
t=\${t%"$l"}
fi
[ ! -e "$t" ] || [ -f "$t" ] || refuse ${EXITS.odd}
d=\${t%/*}/.
e=$(stat -- "$d" 2>&1) || refuse ${EXITS.failed} "$e"
[ -w "$d" ] && [ -x "$d" ] || refuse ${EXITS.failed} 'Permission denied'
f=\${t##*/}
[ "\${#f}" -le 200 ] || f=$(printf %s "$f" | cksum | tr ' ' -)
q=\${t%/*}/.$f\${7:+.$7}.pilothouse-part
[ "$5" != whole ] || q=$q.$$
known() { stat -c "$F" -- "$t" 2>/dev/null; }
o=$5
give_up() {
[ "$o" != whole ] || rm -f -- "$q"
exit "$1"
}
b=0
h=
if [ -f "$q" ] && [ ! -L "$q" ] && [ -O "$q" ]
then
b=$(stat -c %s -- "$q")
[ "$6" != hash ] || h=$(sha256sum < "$q" 2>/dev/null)
fi
a=$(known)
begin "$b|\${h%% *}|$a"
IFS= read -r w || exit ${EXITS.failed}
case $w in
fresh) rm -f -- "$q" && set -C && cat > "$q" || give_up ${EXITS.failed};;
more) cat >> "$q" || give_up ${EXITS.failed};;
*) exit 0;;
esac
[ "$(stat -c %s -- "$q")" = "$2" ] || give_up ${EXITS.short}
[ "$3" = last ] || exit 0
[ "$(known)" = "$a" ] || give_up ${EXITS.changed}
m=$4
[ -z "$a" ] || m=$(stat -c %a -- "$t")
chmod "$m" -- "$q" && mv -f -- "$q" "$t" || give_up ${EXITS.failed}
tell`;

export const MAKE_FOLDER_SCRIPT = `${PREFACE}begin ok
mkdir -- "$p" && tell`;

/** Renames `$1` to `$2`, where nothing may be. */
export const RENAME_SCRIPT = `${PREFACE}begin ok
f=$p
at "$2"
stat -c "" -- "$f" >/dev/null || exit ${EXITS.failed}
if [ -e "$p" ] || [ -L "$p" ]
then
echo 'something is there already' >&2
exit ${EXITS.failed}
fi
mv -- "$f" "$p" && tell`;

/** A file, a link, or an empty folder. */
export const REMOVE_SCRIPT = `${PREFACE}begin ok
stat -c "" -- "$p" >/dev/null || exit ${EXITS.failed}
if [ -d "$p" ] && [ ! -L "$p" ]
then rmdir -- "$p"
else rm -f -- "$p"
fi`;
