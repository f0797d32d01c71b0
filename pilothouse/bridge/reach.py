"""Finding the socket that a living bridge listens on."""

from __future__ import annotations

import dataclasses
import errno
import os
import socket
import stat
from pathlib import Path

from pilothouse.bridge import lock
from pilothouse.bridge.paths import RUNTIME_VARIABLE, Folders, check_private, machine
from pilothouse.errors import PilothouseError

#: A bridge that is stopped in a debugger still has its queue of connections accepted by the
#: kernel, so this passes only if the machine itself hangs.
_CONNECT_TIMEOUT_SECONDS = 5.0


def living(folders: Folders) -> Folders | None:
    """`folders` with the runtime folder in which a bridge answers, or None.

    Looks in the runtime folder that this process's environment names, then in the one that the
    lock file names.
    """
    if answers(folders.socket):
        return folders
    noted = lock.read_runtime(folders.lock)
    if noted is None or noted == folders.runtime or not os.path.lexists(noted):
        return None
    check_private(noted, RUNTIME_VARIABLE)
    other = dataclasses.replace(folders, runtime=noted)
    return other if answers(other.socket) else None


def answers(path: Path) -> bool:
    """Whether somebody listens at the unix socket `path`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_CONNECT_TIMEOUT_SECONDS)
        try:
            probe.connect(os.fspath(path))
        except OSError as error:
            # A full queue of connections is a busy bridge.
            return error.errno == errno.EAGAIN
    return True


def read_secret(folders: Folders) -> str:
    """The bridge's secret. Raises PilothouseError folder_unsafe, or OSError if there is none."""
    descriptor = os.open(folders.secret, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    with os.fdopen(descriptor, encoding="ascii") as file:
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise PilothouseError(
                "folder_unsafe",
                {
                    "folder": str(folders.secret),
                    "problem": "can be read by others, or is another user's",
                    "variable": RUNTIME_VARIABLE,
                },
                machine(),
            )
        return file.read().strip()


def unreachable(folders: Folders, problem: str) -> PilothouseError:
    """The error for a bridge that does not answer, or not any more."""
    return PilothouseError(
        "bridge_unreachable", {"folder": str(folders.runtime), "problem": problem}, machine()
    )
