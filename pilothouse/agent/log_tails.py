"""The end of what a lease's processes wrote, on the agent's own output: that comes home.

HTCondor removes a job's scratch directory, and with it every lease's folder; of a pilot there
the end of these logs is all that is left. Lines that are not the agent's begin with a bar.
"""

from __future__ import annotations

import logging
import os
import select
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import log_reading
from .checked import InvalidMessage

log = logging.getLogger(__name__)

MOST_OF_LEASE_BYTES = 64 * 1024
MOST_OF_PILOT_BYTES = 1024 * 1024
_LEAST_BYTES = 4096
"""With less than this left to it a pilot writes no more."""
_LEAST_SHARE_BYTES = 800
"""Where files are many, so much of those that were written last and nothing of the others."""
_MARKERS_BYTES = 300
"""Longer than the two lines around a file's end."""
_WRITE_SECONDS = 2.0
"""An output that nobody takes up (the submit host is away) costs the agent no more than this."""
_BAR = b"| "


@dataclass(frozen=True)
class Tail:
    """The last lines of a file, each behind a bar."""

    name: str
    text: bytes
    taken: int
    """Bytes of the file that are in it."""
    size: int


class LogTails:
    """Writes them for one pilot, within limits for each lease and for all."""

    def __init__(self, pilot_folder: Path) -> None:
        self._folder = pilot_folder
        self._left = MOST_OF_PILOT_BYTES

    def write(self, lease: str, start: str) -> None:
        """Of a start whose processes have ended."""
        if self._left == 0:
            return
        if self._left < _LEAST_BYTES:
            self._left = 0
            most = MOST_OF_PILOT_BYTES // 1024
            log.info("lease %s: what it wrote is left out, as %s KiB stand above", lease, most)
            return
        try:
            text = self._text(lease, start, min(MOST_OF_LEASE_BYTES, self._left))
            self._left -= len(text)
            _put(text)
        except (OSError, InvalidMessage) as problem:
            log.warning("lease %s: the end of what it wrote is lost: %s", lease, problem)

    def _text(self, lease: str, start: str, budget: int) -> bytes:
        found = [each for each in log_reading.files(self._folder, start) if each.size > 0]
        budget -= _MARKERS_BYTES
        files = found[: budget // _LEAST_SHARE_BYTES]
        tails: dict[str, Tail] = {}
        # The shortest first: what they do not need is the others'.
        for number, file in enumerate(sorted(files, key=lambda each: each.size)):
            share = budget // (len(files) - number)
            piece = log_reading.piece(
                self._folder, start, file.name, -share, min(share, log_reading.MOST_BYTES)
            )
            if piece is None:
                continue
            tail = tail_of(file.name, piece.content, piece.size, share - _MARKERS_BYTES)
            tails[file.name] = tail
            budget -= len(tail.text) + _MARKERS_BYTES
        # as a person counts: pool.log, pool.out, worker-2.out, worker-10.out
        ordered = sorted(tails.values(), key=lambda tail: (tail.name[0], len(tail.name), tail.name))
        return told(lease, ordered, len(found) - len(files))


def tail_of(name: str, content: bytes, size: int, most: int) -> Tail:
    """The last lines of a file that, with their bars, are at most ``most`` bytes.

    :param content: the end of the file.
    :param size: of the whole file.
    """
    lines: list[bytes] = []
    taken = used = 0
    for line in reversed(content.splitlines(keepends=True)):
        # A last line that has no end yet is given one.
        cost = len(_BAR) + len(line) + (not line.endswith(b"\n"))
        if used + cost > most:
            if not lines:
                line = line[-max(0, most - len(_BAR) - 1) :]
                lines.append(line)
                taken += len(line)
            break
        lines.append(line)
        used += cost
        taken += len(line)
    text = b"".join(_BAR + line.rstrip(b"\r\n") + b"\n" for line in reversed(lines))
    return Tail(name, text, taken, size)


def told(lease: str, tails: Sequence[Tail], left_out: int) -> bytes:
    """All of a lease, each file between two lines that name it.

    :param left_out: how many files there are beside.
    """
    parts: list[bytes] = []
    for tail in tails:
        how_much = f"{tail.size} bytes"
        if tail.taken < tail.size:
            how_much = f"its last {tail.taken} of {tail.size} bytes"
        parts.append(f"---- lease {lease}, {tail.name}: {how_much}\n".encode())
        parts.append(tail.text)
        parts.append(f"---- end of {tail.name}\n".encode())
    if left_out > 0:
        parts.append(f"---- lease {lease}: {left_out} more workers' output is left out\n".encode())
    return b"".join(parts)


def _put(text: bytes) -> None:
    """To standard output, whole or until nobody takes up more of it."""
    sys.stdout.flush()
    output = sys.stdout.fileno()
    until = time.monotonic() + _WRITE_SECONDS
    rest = memoryview(text)
    while rest:
        _, ready, _ = select.select([], [output], [], max(0.0, until - time.monotonic()))
        if not ready:
            raise OSError(f"{len(rest)} bytes were not taken up within {_WRITE_SECONDS:g} s")
        # so many never block a pipe that is ready for writing (pipe(7), PIPE_BUF)
        rest = rest[os.write(output, rest[: select.PIPE_BUF]) :]
