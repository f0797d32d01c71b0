"""How much of a disk contents may take, and what is said where there is none left."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

_COUNT_AGAIN_SECONDS = 10.0
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BLOCK = 512
"""In which ``st_blocks`` counts (stat(2))."""


@dataclass(frozen=True)
class Grant:
    """What a scheduler allows a job on disk."""

    folder: Path
    """All in it counts: HTCondor's scratch directory."""
    count: int
    """Bytes; a job that uses more is held."""


class Room:
    """Of the disk that a folder is on.

    :param folder: of the contents, and of nothing else.
    :param grant: the job's, where the folder lies in what that is counted of.
    """

    def __init__(self, folder: Path, grant: Grant | None) -> None:
        self._folder = folder
        self._grant = grant
        self._counted_at = 0.0
        self._used = 0

    def left(self, written: int, coming: int) -> int:
        """Bytes that neither contents nor anything else of the job takes.

        :param written: what contents take by now.
        :param coming: what contents will take besides that are on their way.
        """
        found = os.statvfs(self._folder)
        free = found.f_bavail * found.f_frsize
        if self._grant is None:
            return free - coming
        now = time.monotonic()
        if not self._counted_at or now > self._counted_at + _COUNT_AGAIN_SECONDS:
            self._counted_at = now
            self._used = _used(self._grant.folder, self._folder)
        return min(free, self._grant.count - self._used - written) - coming

    @property
    def words(self) -> str:
        """What is counted, for a person."""
        if self._grant is None:
            return "of what is free there"
        return f"of what is left of the {self._grant.count >> 20} MiB of disk that the job may use"


def problem_of(error: OSError, folder: Path | str, remedy: str = "give pilots more disk") -> str:
    """Why nothing can be written there, with machine, folder and remedy.

    :param remedy: besides making room there.
    """
    words = error.strerror or str(error)
    where = f"in {folder} on {socket.gethostname()}: {words}"
    return f"{where}; make room there, or {remedy}" if error.errno in _FULL else where


def _used(folder: Path, without: Path) -> int:
    """Bytes on disk of all below a folder, as far as it can be seen.

    :param without: a folder in there that does not count.
    """
    total = 0
    folders, not_this = [str(folder)], str(without.resolve())
    while folders:
        at = folders.pop()
        with contextlib.suppress(OSError), os.scandir(at) as entries:  # gone, or another's
            for entry in entries:
                if entry.path == not_this:
                    continue
                with contextlib.suppress(OSError):  # it alone is gone meanwhile
                    total += entry.stat(follow_symlinks=False).st_blocks * _BLOCK
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
    return total
