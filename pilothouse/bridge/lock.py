"""The lock that makes sure that a state folder has one bridge at most.

flock(2) belongs to the open file, not to the process: the starter locks it, hands it to the
bridge as its standard input and closes its own copy. When the bridge dies, however it dies, the
kernel unlocks. Node gives no child its standard input, so no pilot keeps the lock.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path


def take(path: Path) -> int | None:
    """An open, locked file descriptor, or None if a bridge or another starter has the lock."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # A lock on a file that was deleted meanwhile keeps nobody out.
        if os.path.samestat(os.fstat(descriptor), os.stat(path)):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass  # The answer is None; who holds the lock is not known.
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def is_held(path: Path) -> bool:
    """Whether a bridge, or a starter about to start one, has the lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that several who look do not see each other.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def write_runtime(descriptor: int, runtime: Path) -> None:
    """Note in the lock file which runtime folder the bridge is given."""
    content = json.dumps({"runtime": str(runtime)}).encode()
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, content, 0)


def read_runtime(path: Path) -> Path | None:
    """The runtime folder of whoever had the lock last, or None where nothing is noted."""
    try:
        noted = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None  # No lock file yet, or a starter is just writing it.
    runtime = noted.get("runtime") if isinstance(noted, dict) else None
    return Path(runtime) if isinstance(runtime, str) else None
