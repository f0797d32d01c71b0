"""The kernel's end of the warm helper: starts it, names it, ends it."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import threading
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent
_PACKAGES = str(_FOLDER.parent.parent)

_lock = threading.Lock()
_helper: _Helper | None = None


class _Helper:
    """A running helper process and the name of its socket."""

    def __init__(self) -> None:
        # A name in the abstract namespace leaves no file behind; both ends check the peer's user.
        self.name = f"pilothouse-{os.getpid()}-{secrets.token_hex(16)}"
        self.owner = os.getpid()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(b"\0" + self.name.encode())
            listener.listen(16)
            path = os.pathsep.join([_PACKAGES, *(entry for entry in sys.path if entry)])
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    str(_FOLDER / "helper.py"),
                    str(listener.fileno()),
                    str(os.getpid()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                # As launch.py; the interchanges it forks are in this session too.
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"},
            )

    @property
    def serves(self) -> bool:
        return self.owner == os.getpid() and self.process.poll() is None


def start() -> None:
    """Starts the helper if none runs, in a few milliseconds; does nothing where it cannot be.

    Needs Linux (pidfd, abstract sockets); elsewhere interchanges are started plainly.
    """
    global _helper
    if not (hasattr(os, "pidfd_open") and hasattr(socket, "SO_PEERCRED")):
        return
    with _lock:
        if _helper is None or not _helper.serves:
            try:
                _helper = _Helper()
            except OSError:
                _helper = None  # no process to spare: the plain start will say what is wrong


def stop() -> None:
    """Ends the helper; interchanges that it forked live on."""
    global _helper
    with _lock:
        helper, _helper = _helper, None
        if helper is not None and helper.owner == os.getpid():
            helper.process.terminate()
            helper.process.wait()


def command(output: Path, parsl: Path) -> list[str]:
    """HTEX's ``interchange_launch_cmd``.

    :param output: file for what the interchange prints.
    :param parsl: folder that holds the package ``parsl``.
    """
    with _lock:
        name = _helper.name if _helper is not None and _helper.serves else ""
    return [
        sys.executable,
        "-I",
        "-S",
        str(_FOLDER / "launch.py"),
        name,
        str(os.getpid()),
        str(output),
        str(parsl),
        _PACKAGES,
    ]
