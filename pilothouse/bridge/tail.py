"""The end of a text file."""

from __future__ import annotations

import os
from pathlib import Path


def read_end(path: Path, size: int) -> str:
    """The last `size` bytes of a file as text, from the start of a line; empty if it is not there.

    Raises OSError for a file that is there and cannot be read.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return ""
    with file:
        whole = os.fstat(file.fileno()).st_size
        file.seek(max(0, whole - size))
        text = file.read(size).decode(errors="replace")
    return text if whole <= size else text.partition("\n")[2]
