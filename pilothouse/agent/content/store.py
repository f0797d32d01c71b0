"""What a pilot has of contents: files by their hashes, the one used longest ago goes first.

In a folder of this node's own disk (``TMPDIR``), which is locked while the agent lives. What an
agent has left that was killed, the next one of the same user on that node removes.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import socket
import tempfile
from collections import OrderedDict
from pathlib import Path

from .. import job
from .reference import Reference
from .room import Grant, Room

log = logging.getLogger(__name__)

PILOT_BYTES = 4 * 1024**3
"""``CONTENT_LIMITS.pilotBytes`` of src/protocol/content.ts."""

PREFIX = "pilothouse-content-"
_LOCK = "lock"
_LONGEST_PATH = 80
"""Of the folder; the longest path of a unix socket is 107 bytes (unix(7)), 103 on macOS."""


class NoRoom(OSError):
    """There is no room for a content; the text says where."""


class Store:
    """Made with its folder.

    :raises OSError: if that cannot be made.
    """

    def __init__(self) -> None:
        base = tempfile.gettempdir()
        if len(os.fsencode(base)) + len(PREFIX) + 10 > _LONGEST_PATH:
            base = "/tmp"
        _clean(Path(base))
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))  # 0700
        self._lock = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        granted = job.disk_granted(os.environ, self.folder)
        self._room = Room(self.folder, None if granted is None else Grant(*granted))
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._reserved: dict[str, int] = {}

    def open(self, reference: Reference) -> int | None:
        """A descriptor of a content that is here; None: it is not."""
        if reference.hash not in self._sizes:
            return None
        try:
            descriptor = os.open(self._path(reference.hash), os.O_RDONLY | os.O_CLOEXEC)
        except OSError as problem:
            log.warning("a content is lost here: %s", problem)
            del self._sizes[reference.hash]
            return None
        self._sizes.move_to_end(reference.hash)
        return descriptor

    def begin(self, reference: Reference) -> int:
        """A descriptor of a new file, to be filled and then kept or dropped.

        :raises NoRoom: there is none, even without all others.
        :raises OSError: it cannot be made.
        """
        self._make_room(reference)
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        descriptor = os.open(self._part(reference.hash), flags, 0o600)
        self._reserved[reference.hash] = reference.size
        return descriptor

    def keep(self, reference: Reference) -> None:
        """All of it is there, and right.

        :raises OSError: it cannot be renamed.
        """
        del self._reserved[reference.hash]
        os.rename(self._part(reference.hash), self._path(reference.hash))
        self._sizes[reference.hash] = reference.size

    def drop(self, reference: Reference) -> None:
        """It will not come."""
        self._reserved.pop(reference.hash, None)
        with contextlib.suppress(OSError):  # it goes with the folder
            os.unlink(self._part(reference.hash))

    def close(self) -> None:
        """Removes the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)  # what stays the next agent removes
        os.close(self._lock)

    def _make_room(self, reference: Reference) -> None:
        while (may := self._may_take()) < reference.size:
            if not self._sizes:
                raise NoRoom(
                    f"no room for {reference.size} bytes in {self.folder} on"
                    f" {socket.gethostname()}: {max(0, may)} bytes may be used there, which is half"
                    f" {self._room.words}, and at most {PILOT_BYTES}; make room there, or give"
                    " pilots more disk"
                )
            name, _ = self._sizes.popitem(last=False)
            os.unlink(self._path(name))

    def _may_take(self) -> int:
        """Bytes. Half of what is left is left to tasks; what is on its way counts as if kept."""
        kept, reserved = sum(self._sizes.values()), sum(self._reserved.values())
        here = sum(map(self._written, self._reserved))
        left = self._room.left(kept + here, reserved - here)
        return min(left // 2, PILOT_BYTES - kept - reserved)

    def _written(self, name: str) -> int:
        try:
            return self._part(name).stat().st_size
        except OSError as problem:
            log.warning("a content on its way is lost here: %s", problem)
            return 0

    def _path(self, name: str) -> Path:
        return self.folder / name

    def _part(self, name: str) -> Path:
        return self.folder / f"{name}.part"


def _clean(base: Path) -> None:
    """Removes folders whose agents are gone."""
    for folder in base.glob(f"{PREFIX}*"):
        try:
            if folder.lstat().st_uid != os.geteuid():
                continue
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue  # another's, just made or just gone
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass  # its agent lives
        finally:
            os.close(lock)
