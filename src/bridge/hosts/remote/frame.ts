import { shellLine, shellWords } from '../../ssh/line';

/**
 * Reads a script from a line of standard input and becomes it. What stands in
 * the words of a process is for everybody of its machine to read (proc(5),
 * hidepid): there is nothing of ours in them but this.
 */
const BECOME = `IFS= read -r s
eval "$(printf %s "$s" | base64 -d)"`;

/**
 * Marks on both streams around a script of POSIX sh. It runs in a session of
 * its own where the machine has setsid(1), so that its process group can be
 * ended with all that it has started; without it the group is that of the login
 * itself, since sshd gives each command one.
 */
const FRAME = `IFS= read -r n
b=${shellWords([BECOME])}
if command -v setsid >/dev/null 2>&1
then setsid /bin/sh -c "$b" own
else /bin/sh -c "$b" login
fi
c=$?
printf '%s> %s\\n' "$n" $c >&2
printf '%s> %s\\n' "$n" $c`;

/** The line that all exchanges run. */
export const FRAME_LINE = shellLine(FRAME);

/** What `FRAME_LINE` is told first: lines on its standard input. */
export interface IFramed {
  readonly nonce: string;
  readonly body: string;
  readonly words?: readonly string[];
  /** A script that the body runs by `becoming`. */
  readonly inner?: string | undefined;
}

/**
 * A body between marks. What stands behind the first mark is the process
 * group's id and a word of the body, what stands behind the last the body's
 * exit code as sh tells it.
 *
 * The body has `$1`, `$2`, … and begins its answer by `begin WORD`, once. What
 * it reads then is the answer's own input.
 */
export function framed({ nonce, body, words = [], inner }: IFramed): string {
  const script = `n=${nonce}
set -- ${shellWords(words)}
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
  const scripts = [script, ...(inner === undefined ? [] : [inner])];
  return [nonce, ...scripts.map(each => Buffer.from(each).toString('base64')), ''].join('\n');
}

/** Becomes the inner script with this program, a word list, before its shell. */
export const becoming = (program: string): string =>
  `exec ${program} /bin/sh -c ${shellWords([BECOME.replace('base64', '"$1"')])} sh "$(command -v base64)"`;
