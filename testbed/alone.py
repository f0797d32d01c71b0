"""One process at a time starts or stops sites."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from testbed.places import CACHE


@contextmanager
def alone() -> Iterator[None]:
    """Waits until no other process starts or stops sites."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
