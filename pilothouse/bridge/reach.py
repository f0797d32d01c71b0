"""Finding the socket that a living bridge listens on."""

from __future__ import annotations

import dataclasses
import errno
import json
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
    lock file names. Raises PilothouseError folder_taken where the bridge of another state folder
    has that runtime folder: its pilots are others.
    """
    there = answers(folders.socket)
    other_state = _state_of_another(folders) if there else None
    if there and other_state is None:
        return folders
    noted = lock.read_runtime(folders.lock)
    if noted is not None and noted != folders.runtime and os.path.lexists(noted):
        check_private(noted, RUNTIME_VARIABLE)
        other = dataclasses.replace(folders, runtime=noted)
        if answers(other.socket) and _state_of_another(other) is None:
            return other
    if other_state is not None:
        raise PilothouseError(
            "folder_taken",
            {
                "folder": str(folders.runtime),
                "other": other_state,
                "state": str(folders.state),
                "variable": RUNTIME_VARIABLE,
            },
            machine(),
        )
    return None


def _state_of_another(folders: Folders) -> str | None:
    """The state folder of the bridge in `folders.runtime` if it is not `folders.state`."""
    try:
        about = json.loads(folders.about.read_bytes())
    except (OSError, ValueError):
        return None  # It is just being made again; the bridge writes it before it listens.
    state = about.get("stateFolder") if isinstance(about, dict) else None
    if not isinstance(state, str) or state == str(folders.state):
        return None
    try:
        return None if os.path.samefile(state, folders.state) else state
    except OSError:
        return state


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
