"""The folders and files outside the checkout (docs/architecture.md, "Folders")."""

from __future__ import annotations

import os
import socket
import stat
from dataclasses import dataclass
from pathlib import Path

from pilothouse.bridge.filesystem import network_type_here
from pilothouse.errors import PilothouseError

#: A unix socket's path, without the closing zero: 104 bytes on macOS, 108 on Linux.
SOCKET_PATH_BYTES = 103

STATE_VARIABLE = "PILOTHOUSE_STATE_DIR"
RUNTIME_VARIABLE = "PILOTHOUSE_RUNTIME_DIR"
_SOCKET_NAME = "bridge.sock"


@dataclass(frozen=True)
class Folders:
    """Both folders of one user on one machine, made and checked by `folders`."""

    state: Path
    runtime: Path

    @property
    def lock(self) -> Path:
        """Locked with flock while a bridge lives."""
        return self.state / "bridge.lock"

    @property
    def log(self) -> Path:
        """The bridge's log, and what Node says when it cannot start."""
        return self.state / "bridge.log"

    @property
    def socket(self) -> Path:
        """The unix socket that the bridge listens on."""
        return self.runtime / _SOCKET_NAME

    @property
    def about(self) -> Path:
        """Whose socket it is, as the bridge wrote it before it listened."""
        return self.runtime / "bridge.json"

    @property
    def secret(self) -> Path:
        """The file with the secret that each connection must know."""
        return self.runtime / "secret"


def machine() -> str:
    """This machine's name, as errors and folders carry it."""
    return socket.gethostname()


def folders() -> Folders:
    """Make and check the state and the runtime folder.

    Raises PilothouseError folder_unsafe or path_too_long, each naming the folder and the
    environment variable that chooses another.
    """
    return Folders(state=state_folder(), runtime=runtime_folder())


def check_private(folder: Path, variable: str) -> None:
    """Make sure that nobody else can read or replace what is in `folder`.

    Looks at the folder itself and never through a link, since another user could have made the
    link. Raises PilothouseError folder_unsafe.
    """
    try:
        found = folder.lstat()
    except OSError as error:
        raise _unsafe(folder, f"cannot be looked at: {error.strerror}", variable) from error
    if stat.S_ISLNK(found.st_mode):
        raise _unsafe(folder, "is a symbolic link", variable)
    if not stat.S_ISDIR(found.st_mode):
        raise _unsafe(folder, "is not a folder", variable)
    if found.st_uid != os.geteuid():
        raise _unsafe(folder, f"belongs to user {found.st_uid}", variable)
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        raise _unsafe(folder, f"is open to others (mode {mode:04o} instead of 0700)", variable)


def state_folder() -> Path:
    """Make and check the state folder. Raises PilothouseError folder_unsafe."""
    chosen = os.environ.get(STATE_VARIABLE)
    if chosen:
        folder = Path(chosen).expanduser().absolute()
    else:
        base = os.environ.get("XDG_STATE_HOME")
        # The base directory specification has relative paths ignored.
        home = Path(base) if base and os.path.isabs(base) else Path.home() / ".local" / "state"
        folder = home / "pilothouse" / machine()
    _make(folder, STATE_VARIABLE)
    check_private(folder, STATE_VARIABLE)
    return folder


def runtime_folder() -> Path:
    """Make and check the runtime folder that this process's environment names.

    Raises PilothouseError folder_unsafe or path_too_long.
    """
    chosen = os.environ.get(RUNTIME_VARIABLE)
    if chosen:
        folder = Path(chosen).expanduser().absolute()
        kind = network_type_here(folder)
        if kind is not None:
            problem = f"is on a network file system ({kind}), where sockets do not work"
            raise _unsafe(folder, problem, RUNTIME_VARIABLE)
    else:
        folder = _session_folder() or Path(f"/tmp/pilothouse-{os.geteuid()}")
    length = len(os.fsencode(folder / _SOCKET_NAME))
    if length > SOCKET_PATH_BYTES:
        raise PilothouseError(
            "path_too_long",
            {
                "path": str(folder / _SOCKET_NAME),
                "bytes": length,
                "limit": SOCKET_PATH_BYTES,
                "variable": RUNTIME_VARIABLE,
            },
            machine(),
        )
    _make(folder, RUNTIME_VARIABLE)
    check_private(folder, RUNTIME_VARIABLE)
    return folder


def _session_folder() -> Path | None:
    """The folder in the login session's runtime folder, or None where that is no use.

    The variable survives `su` and enters containers, where what it names is another user's or
    is not there at all.
    """
    base = os.environ.get("XDG_RUNTIME_DIR")
    if not base or not os.path.isabs(base):
        return None
    session = Path(base)
    try:
        found = session.stat()
    except OSError:
        return None
    if found.st_uid != os.geteuid() or not os.access(session, os.W_OK | os.X_OK):
        return None
    folder = session / "pilothouse"
    if len(os.fsencode(folder / _SOCKET_NAME)) > SOCKET_PATH_BYTES:
        return None
    return None if network_type_here(session) else folder


def _make(folder: Path, variable: str) -> None:
    """Make `folder` and what is missing above it, each for this user only."""
    try:
        missing = [step for step in (folder, *folder.parents) if not os.path.lexists(step)]
        for step in reversed(missing):
            step.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _unsafe(folder, f"cannot be made: {error.strerror}", variable) from error


def _unsafe(folder: Path, problem: str, variable: str) -> PilothouseError:
    return PilothouseError(
        "folder_unsafe",
        {"folder": str(folder), "problem": problem, "variable": variable},
        machine(),
    )
