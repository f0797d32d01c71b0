"""What a task prints: all that comes to the one file that is its worker's output and error."""

from __future__ import annotations

import os
import sys

PRINTED_CHARS = 8192
"""``printedChars`` of src/protocol/limits.ts."""
OUTPUT_FILE_BYTES = 16 * 1024 * 1024
"""A worker's output file is emptied before a task that finds it larger."""

_MOST_BYTES_PER_CHAR = 4


def here() -> int:
    """From which byte of the file on a task prints that begins now."""
    size = _size()
    return _empty() if size > OUTPUT_FILE_BYTES else size


def since(offset: int) -> str:
    """The end of what was written to fd 1 and 2 (one file) from ``offset`` on."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue  # closed or replaced by a task; its output is the task's own affair
    size = _size()
    if size <= offset:
        return ""
    start = max(offset, size - PRINTED_CHARS * _MOST_BYTES_PER_CHAR)
    try:
        content = os.pread(1, size - start, start)
    except OSError:
        return ""  # redirected to something that cannot be read
    return content.decode("utf-8", "replace")[-PRINTED_CHARS:]


def _size() -> int:
    try:
        return os.fstat(1).st_size
    except OSError:
        return 0  # closed by a task


def _empty() -> int:
    try:
        os.ftruncate(1, 0)
    except OSError:
        return _size()  # not a file any more
    return 0
