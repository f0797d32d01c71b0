"""Locks: one process at a time starts or stops sites, and one test at a time uses them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from testbed.places import CACHE


@contextmanager
def _locked(name: str, how: int) -> Iterator[None]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / name).open("w") as lock:
        fcntl.flock(lock, how)
        yield


@contextmanager
def alone() -> Iterator[None]:
    """Waits until no other process starts or stops sites."""
    with _locked("lock", fcntl.LOCK_EX):
        yield


@contextmanager
def tested() -> Iterator[None]:
    """Waits until no other test, of whatever session, uses a site: it would end this one's jobs.

    Who waits stands in the entrance, so that a session which lets go and asks again at once, as one
    does between two tests, comes after it.
    """
    with ExitStack() as turn:
        with _locked("entrance-of-tests", fcntl.LOCK_EX):
            turn.enter_context(_locked("lock-of-tests", fcntl.LOCK_EX))
        yield


class Users:
    """How many test sessions use a site: the last one may take it down."""

    def __init__(self, site: str) -> None:
        CACHE.mkdir(parents=True, exist_ok=True)
        self._path = Path(CACHE / f"users-{site}")
        self._lock = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Is no user any more; whether there is no other."""
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(self._lock)
