import { shellWords } from '../../ssh/line';

/**
 * A script of POSIX sh between marks, on both of its streams. The body runs in
 * a session of its own where the machine has setsid(1), so that its process
 * group can be ended with all that it has started; without it the group is that
 * of the login itself, since sshd gives each command one. What stands behind the
 * first mark is that group's id and a word of the body, what stands behind the
 * last the body's exit code as sh tells it.
 *
 * The body has `$1`, `$2`, … and begins its answer by `begin WORD`, once.
 */
export function framed(nonce: string, body: string, words: readonly string[] = []): string {
  // No mark stands here as it is printed: a list of processes may be an answer.
  const inner = `n=${nonce}
if [ "$0" = own ]
then g=$$
else g=$(ps -o pgid= -p $$ | tr -d ' ')
fi
begin() {
printf '\\n%s< %s %s\\n' "$n" "$g" "$1" >&2
printf '\\n%s< %s %s\\n' "$n" "$g" "$1"
}
umask 077
PATH=$PATH:/usr/local/bin:/usr/bin:/bin
${body}`;
  return `if command -v setsid >/dev/null 2>&1
then setsid /bin/sh -c ${shellWords([inner, 'own', ...words])}
else /bin/sh -c ${shellWords([inner, 'login', ...words])}
fi
c=$?
printf '%s> %s\\n' ${nonce} $c >&2
printf '%s> %s\\n' ${nonce} $c`;
}
