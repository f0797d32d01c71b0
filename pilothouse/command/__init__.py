"""The command `pilothouse`: a view of the bridge for a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

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
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except PilothouseError as error:
        # Some of its words are other machines'.
        print(f"pilothouse: {shown(str(error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    except BrokenPipeError:
        # The reader (`head`, `less`) has enough. Python would complain about it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code
