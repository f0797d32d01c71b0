"""The command `pilothouse`: a view of the bridge for a terminal."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from pilothouse.command.shown import shown
from pilothouse.errors import PilothouseError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code.

    0: done. 1: it could not be done, the reason is on standard error. 2: wrongly called.
    """
    # Here, because kernel and doctor take words and shapes of this package without its commands.
    from pilothouse.command.parser import make_parser

    arguments = make_parser().parse_args(argv)
    code: int
    try:
        code = arguments.run(arguments)
        sys.stdout.flush()
    except PilothouseError as error:
        code = 1
        with contextlib.suppress(OSError):  # The terminal may be gone.
            # Some of its words are other machines'.
            print(f"pilothouse: {shown(str(error))}", file=sys.stderr)
    except KeyboardInterrupt:
        code = 1
    except BrokenPipeError:
        code = 0  # The reader (`head`, `less`) has enough.
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        code = 1  # The terminal is gone.
    for stream in (sys.stdout, sys.stderr):
        _let_go(stream)
    return code


def _let_go(stream: TextIO) -> None:
    """What nobody reads any more is dropped: Python would complain about it at its end, and end
    with 120."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
