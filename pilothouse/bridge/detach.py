"""A program run by the starter: starts the bridge so that it belongs to nobody.

    python -I -S detach.py PROGRAM ARGUMENT...

The starter gives it a new session (setsid). It forks and ends, so the bridge is a child of init
and leads no session: it gets no terminal, is no zombie of a Jupyter server, and is not found by
ipykernel, which at its end kills all its descendants. Only the standard library, nothing of the
project: it has to start fast and runs isolated.
"""

from __future__ import annotations

import os
import sys


def main(argv: list[str]) -> int:
    """Exec `argv` in a child and return at once; what goes wrong is said on standard error."""
    if os.fork() > 0:
        return 0
    # Signals that a kernel ignores or blocks survive exec, but Node resets them at its start.
    os.umask(0o077)
    try:
        os.execv(argv[0], argv)
    except OSError as error:
        sys.stderr.write(f"{argv[0]}: {error.strerror}\n")
        sys.stderr.flush()
    os._exit(127)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
