"""The end of a kernel's process, made quick: a restart waits for it."""

from __future__ import annotations

import contextlib
import gc
import io
import sys


def hasten() -> None:
    """Spares a kernel that ends the interpreter's last collections.

    They look at every object of Parsl's modules to find that nothing can be freed, which takes
    longer than all else that a kernel does when it ends, and Jupyter looks only each 0.1 s
    whether it has. What they would have done for a person, to write what a file that only a
    cycle holds has in its buffer, is done here. Elsewhere than in a kernel nothing is changed.
    """
    if "ipykernel.kernelapp" not in sys.modules:
        return
    for found in gc.get_objects():
        if type(found) in (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom):
            with contextlib.suppress(OSError, ValueError):  # closed, or its reader is gone
                found.flush()
    gc.freeze()
