"""Files as one archive without times and owners, named by its content."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer

_TIME = 946_684_800
"""2000-01-01; tar warns of an older one."""
_HASH_CHARS = 32
_COMPRESSION = 6


@dataclass(frozen=True)
class Member:
    """One file of an archive."""

    name: str
    content: Path | str
    is_program: bool = False

    @property
    def size(self) -> int:
        """In bytes."""
        if isinstance(self.content, str):
            return len(self.content.encode())
        return self.content.stat().st_size


@dataclass(frozen=True)
class Written:
    """An archive that is there."""

    path: Path
    hash: str
    bytes: int


class _Hashing(gzip.GzipFile):
    """A compressed file that notes the hash of what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__("", "wb", _COMPRESSION, file, mtime=0)
        self.hash = hashlib.sha256()

    def write(self, content: Buffer) -> int:
        self.hash.update(content)
        return super().write(content)


def write(folder: Path, members: Iterable[Member]) -> Written:
    """Writes ``runtime-<hash>.tar.gz`` into ``folder`` (made 0700 if absent), whole or not at all.

    :raises OSError: if a file cannot be read, or the archive not be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=".runtime-", dir=folder)  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            with (
                _Hashing(file) as packed,
                tarfile.TarFile(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
            ):
                for member in members:
                    _add(tar, member)
            file.flush()
            os.fsync(file.fileno())
        digest = packed.hash.hexdigest()[:_HASH_CHARS]
        path = folder / f"runtime-{digest}.tar.gz"
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return Written(path, digest, path.stat().st_size)


def _add(tar: tarfile.TarFile, member: Member) -> None:
    entry = tarfile.TarInfo(member.name)
    entry.mtime = _TIME
    entry.mode = 0o755 if member.is_program else 0o644
    if isinstance(member.content, str):
        content = member.content.encode()
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
        return
    with member.content.open("rb") as file:
        entry.size = os.fstat(file.fileno()).st_size
        tar.addfile(entry, file)
