"""The folder of one executor in which what is large lies, for pilots to read and to answer."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..agent.content import bundle
from ..agent.content.bundle import Buffer, Bundle
from ..agent.content.reference import RESULTS, Reference, Stored
from ..errors import PilothouseError

logger = logging.getLogger(__name__)


class _Kept:
    """One content, and how many tasks need it.

    :param plain: the bytes that it is of, which live as long as it does: Parsl has them, too.
    """

    def __init__(self, plain: bytes | None) -> None:
        self.tasks = 1
        self.plain = plain


class ContentFolder:
    """Contents by their hashes, each once, for as long as a task needs it; and tasks' results.

    Made with the first content. Thread-safe.

    :param path: nothing may be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._made = False
        self._kept: dict[str, _Kept] = {}
        self._writing: dict[str, threading.Event] = {}
        self._same: dict[int, Reference] = {}
        """Of bytes that tasks need just now, by their ids: they cannot have changed, so that their
        sum is known."""

    def make(self) -> None:
        """Makes the folder, 0700, so that pilots that answer find it. Idempotent.

        :raises PilothouseError: ``content_failed``.
        """
        with self._lock:
            if self._made:
                return
            try:
                # One of them may be there already, if the disk was full for the other.
                self.path.mkdir(mode=0o700, exist_ok=True)
                (self.path / RESULTS).mkdir(mode=0o700, exist_ok=True)
            except OSError as error:
                raise self._failed(error) from error
            self._made = True

    def put(self, what: Bundle) -> Reference:
        """Writes it, unless it is there already; counts one more task that needs it.

        :raises PilothouseError: ``content_failed``, ``content_too_large``.
        """
        plain = what.plain
        if plain is not None:
            with self._lock:
                same = self._same.get(id(plain))
                if same is not None:
                    self._kept[same.hash].tasks += 1
                    return same
        parts = what.parts()
        name, size = bundle.sum_of(parts)
        if size > bundle.MOST_BYTES:
            raise PilothouseError("content_too_large", {"bytes": size, "limit": bundle.MOST_BYTES})
        reference = Reference(name, size)
        self.make()
        while True:
            with self._lock:
                if name in self._kept:
                    self._kept[name].tasks += 1
                    return reference
                others = self._writing.get(name)
                if others is None:
                    mine = self._writing[name] = threading.Event()
                    break
            others.wait()
        try:
            self._write(name, parts)
            with self._lock:
                self._kept[name] = _Kept(plain)
                if plain is not None:
                    self._same[id(plain)] = reference
        except OSError as error:
            raise self._failed(error) from error
        finally:
            with self._lock:
                del self._writing[name]
            mine.set()
        return reference

    def release(self, names: Iterable[str]) -> None:
        """A task needs these no more; what none needs is removed."""
        with self._lock:
            for name in names:
                kept = self._kept[name]
                kept.tasks -= 1
                if kept.tasks == 0:
                    del self._kept[name]
                    if kept.plain is not None:
                        del self._same[id(kept.plain)]
                    self._remove(self.path / name)

    def take(self, stored: Stored) -> bundle.Content:
        """A task's result, which is then removed.

        :raises OSError: it is not there, or cannot be read.
        :raises ValueError: it is shorter than it should be.
        """
        path = self.path / RESULTS / stored.name
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            size = os.fstat(descriptor).st_size
            if size != stored.size:
                raise ValueError(f"{path} has {size} bytes, and not {stored.size}")
            return bundle.read(descriptor, size)
        finally:
            os.close(descriptor)
            self._remove(path)

    def close(self) -> None:
        """Removes all of it."""
        with self._lock:
            if self._made:
                shutil.rmtree(self.path, ignore_errors=True)  # the bridge looks after what stays

    def _write(self, name: str, parts: Sequence[Buffer]) -> None:
        part = self.path / f"{name}.{secrets.token_hex(4)}.part"
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                bundle.write(descriptor, parts)
            finally:
                os.close(descriptor)
            os.rename(part, self.path / name)
        except BaseException:
            self._remove(part)
            raise

    def _failed(self, error: OSError) -> PilothouseError:
        problem = error.strerror or str(error)
        return PilothouseError("content_failed", {"folder": str(self.path), "problem": problem})

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("%s stays until the executor ends: %s", path, error)
