"""What leases leave in the pilot's folder, for a bridge that cannot read there: named, in pieces.

The names are a fixed set, and no link is followed: tasks can put there what they like.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .checked import InvalidMessage, field
from .lease_folder import LEASES, START

METHODS = frozenset({"logs.list", "logs.read"})
"""Of ``TO_AGENT`` in src/protocol/agent.ts."""
_MOST_FILES = 64 + 2
"""``workerLogs`` of src/protocol/limits.ts, and the pool's own."""
_LEASES_LOOKED = 4
"""``leasesLooked`` there."""
MOST_BYTES = 256 * 1024
"""``logBytes`` there."""
_WORDS_CHARS = 4000
_NAME = re.compile(r"pool\.(?:log|out)|worker-\d{1,5}\.out")
_NO_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO})
"""There is none, or what bears the name is something else (open(2), ``O_NOFOLLOW``)."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class LeaseFile:
    """A file that a lease has left."""

    name: str
    size: int
    modified_at: float
    """Seconds since the epoch."""


@dataclass(frozen=True)
class Piece:
    """Of a file: what begins at ``offset`` of its ``size`` bytes."""

    content: bytes
    offset: int
    size: int


def answer(pilot_folder: Path, method: str, params: Mapping[str, object]) -> dict[str, object]:
    """Params of ``agent.log``: what a question of :data:`METHODS` is answered with.

    :raises InvalidMessage: if it has no id to answer to.
    """
    number = field(params, "id", int, method)
    try:
        said = (
            _leases(pilot_folder) if method == "logs.list" else _read(pilot_folder, params, method)
        )
    except (OSError, InvalidMessage) as problem:
        said = {"kind": "failed", "problem": str(problem)[:_WORDS_CHARS]}
    return {"id": number, "answer": said}


def files(pilot_folder: Path, start: str) -> list[LeaseFile]:
    """The pool's files of this start, then its workers', that of who wrote last first.

    :raises OSError: if the folder is not there or cannot be read.
    """
    with (
        _opened(str(pilot_folder / LEASES), _FOLDER) as leases,
        _opened(start, _FOLDER, leases) as folder,
    ):
        return _files(folder)


def piece(pilot_folder: Path, start: str, name: str, offset: int, most: int) -> Piece | None:
    """At most ``most`` bytes of a file; None if there is no such regular file.

    :param offset: where to begin; negative: from the end.
    :raises InvalidMessage: if it is no name of such a file.
    :raises OSError: if it cannot be read.
    """
    if not START.fullmatch(start) or not _NAME.fullmatch(name):
        raise InvalidMessage("logs.read names no file of a lease")
    if not 1 <= most <= MOST_BYTES:
        raise InvalidMessage(f"logs.read.bytes is {most}, not between 1 and {MOST_BYTES}")
    try:
        with (
            _opened(str(pilot_folder / LEASES), _FOLDER) as leases,
            _opened(start, _FOLDER, leases) as folder,
            _opened(name, _FILE, folder) as file,
        ):
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                return None
            size = status.st_size
            begin = max(0, size + offset) if offset < 0 else min(offset, size)
            content = os.pread(file, most, begin)
    except OSError as problem:
        if problem.errno in _NO_FILE:
            return None
        raise
    return Piece(content, begin, max(size, begin + len(content)))


def _leases(pilot_folder: Path) -> dict[str, object]:
    try:
        with _opened(str(pilot_folder / LEASES), _FOLDER) as leases:
            found = _newest(leases)
    except FileNotFoundError:
        found = []
    return {"kind": "leases", "folder": str(pilot_folder), "leases": found}


def _newest(leases: int) -> list[dict[str, object]]:
    with os.scandir(leases) as entries:
        folders = [
            (entry.stat(follow_symlinks=False).st_mtime, entry.name)
            for entry in entries
            if START.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
        ]
    found: list[dict[str, object]] = []
    for modified_at, start in sorted(folders, reverse=True)[:_LEASES_LOOKED]:
        try:
            with _opened(start, _FOLDER, leases) as folder:
                listed = _files(folder)
        except OSError as problem:
            if problem.errno not in _NO_FILE:
                raise
            continue  # removed meanwhile, or something else by now
        found.append(
            {
                "start": start,
                "modifiedAtMs": modified_at * 1000,
                "files": [
                    {"name": each.name, "size": each.size, "modifiedAtMs": each.modified_at * 1000}
                    for each in listed[:_MOST_FILES]
                ],
            }
        )
    return found


def _files(folder: int) -> list[LeaseFile]:
    pool: list[LeaseFile] = []
    workers: list[LeaseFile] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not _NAME.fullmatch(entry.name) or not entry.is_file(follow_symlinks=False):
                continue
            status = entry.stat(follow_symlinks=False)
            of = pool if entry.name.startswith("pool.") else workers
            of.append(LeaseFile(entry.name, status.st_size, status.st_mtime))
    workers.sort(key=lambda each: (each.size > 0, each.modified_at), reverse=True)
    return [*sorted(pool, key=lambda each: each.name), *workers]


def _read(pilot_folder: Path, params: Mapping[str, object], where: str) -> dict[str, object]:
    found = piece(
        pilot_folder,
        field(params, "start", str, where),
        field(params, "name", str, where),
        field(params, "offset", int, where),
        field(params, "bytes", int, where),
    )
    if found is None:
        return {"kind": "none"}
    return {
        "kind": "piece",
        "content": base64.b64encode(found.content).decode(),
        "offset": found.offset,
        "size": found.size,
    }


@contextlib.contextmanager
def _opened(path: str, flags: int, within: int | None = None) -> Iterator[int]:
    descriptor = os.open(path, flags, dir_fd=within)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
